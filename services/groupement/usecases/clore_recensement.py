"""Close a call for needs: whoever kept silent is out."""

import datetime as dt
import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.commun import achat_verrouille, avancer, convention_de
from shared.kernel.clock import jour_de
from shared.messaging.uow import UnitOfWork


def clore_recensement(uow: UnitOfWork, achat_id: uuid.UUID) -> None:
    """Close now, or at the legal time when the deadline is already past (D3)."""
    achat = achat_verrouille(uow, achat_id)
    maintenant = uow.clock.now()
    clos_le = min(maintenant, achat.cloture_le or maintenant)
    avancer(uow, achat, EtatAchat.RECENSEMENT_CLOS, clos_le=clos_le)
    achat.cloture_le = clos_le
    repondants, silencieux = _constater(uow, achat, clos_le)
    uow.emit(
        "groupement.recensement.clos.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "numero": achat.recensement,
            "repondants": repondants,
            "silencieux": silencieux,
            "clos_le": clos_le,
        },
    )


def clore_les_echus(uow: UnitOfWork, achat_id: uuid.UUID) -> bool:
    """Close a call whose deadline is past, unless somebody just did; tell if it was closed."""
    achat = achat_verrouille(uow, achat_id)
    echu = achat.cloture_le is not None and achat.cloture_le <= uow.clock.now()
    if achat.etat != EtatAchat.RECENSEMENT_OUVERT or not echu:
        return False
    clore_recensement(uow, achat_id)
    return True


def _constater(
    uow: UnitOfWork, achat: t.Achat, clos_le: dt.datetime
) -> tuple[list[str], list[str]]:
    reponses = {
        p.siret: p
        for p in uow.session.scalars(
            sa.select(t.Participation).where(t.Participation.achat_id == achat.id)
        )
    }
    dits = {siret for siret, p in reponses.items() if p.reponse != Reponse.SILENCE}
    convention = convention_de(uow.session, achat.convention_id)
    silencieux = sorted({a.siret for a in convention.consultes(jour_de(clos_le))} - dits)
    for siret in silencieux:
        uow.session.merge(
            t.Participation(
                achat_id=achat.id,
                siret=siret,
                reponse=Reponse.SILENCE.value,
                repondu_le=clos_le,
                acteur="silence",
                perimetre=False,
            )
        )
    return sorted(dits), silencieux
