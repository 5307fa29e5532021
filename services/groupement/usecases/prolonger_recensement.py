"""The minimum is not reached: give the members more time, once, as was said at the opening."""

import datetime as dt

from services.groupement import tables as t
from services.groupement.usecases.ouvrir_recensement import (
    adresse_des_besoins,
    membres_a_prevenir,
)
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


def prolonger(
    uow: UnitOfWork, achat: t.Achat, appel: t.Appel, total: Montant, *, site: str
) -> None:
    """Give the days announced, whole even after an outage, and tell everybody what is missing."""
    maintenant = uow.clock.now()
    depart = max(maintenant, achat.cloture_le or maintenant)
    nouvelle = depart + dt.timedelta(days=appel.prolongation_jours or 0)
    achat.cloture_le = appel.cloture_prevue_le = nouvelle
    appel.prolonge_le = maintenant
    donnees = {
        "achat_id": achat.id,
        "reference": achat.reference,
        "objet": achat.objet,
        "numero": achat.recensement,
        "cloture_le": nouvelle,
        "minimum_ht": appel.minimum_ht,
        "total_ht": total,
        "membres": membres_a_prevenir(uow, achat),
        "url": adresse_des_besoins(achat, site),
    }
    uow.audit("recensement.prolonge", str(achat.id), {"cloture_le": nouvelle, "total_ht": total})
    uow.emit("groupement.recensement.prolonge.v1", subject=str(achat.id), data=donnees)
