"""A member takes part in a purchase, or declines."""

import uuid
from dataclasses import dataclass

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat, exiger_recensement_ouvert
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    convention_de,
    organisation,
)
from shared.kernel.errors import ForbiddenError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleReponse:
    """The answer of one member, with the most it may commit."""

    achat_id: uuid.UUID
    siret: str
    reponse: Reponse
    engagement_max_ht: Montant | None = None


def repondre(uow: UnitOfWork, nouvelle: NouvelleReponse) -> None:
    """Record the answer while the call is open; the last one counts (D3)."""
    achat = achat_verrouille(uow, nouvelle.achat_id)
    exiger_consulte_et_ouvert(uow, achat, nouvelle.siret)
    inscrire_reponse(uow, achat, nouvelle)


def exiger_consulte_et_ouvert(uow: UnitOfWork, achat: t.Achat, siret: str) -> None:
    """Only those whom the call concerns may answer, and only while it is open."""
    convention = convention_de(uow.session, achat.convention_id)
    if siret not in {a.siret for a in convention.consultes(uow.clock.today())}:
        raise ForbiddenError(
            "Votre organisation n’est pas membre de la convention de cet achat.",
            code="hors_convention",
        )
    exiger_recensement_ouvert(
        EtatAchat(achat.etat), achat.recensement, achat.cloture_le, uow.clock.now()
    )


def inscrire_reponse(uow: UnitOfWork, achat: t.Achat, nouvelle: NouvelleReponse) -> None:
    """Write the answer and tell it."""
    repondu_le = uow.clock.now()
    uow.session.merge(
        t.Participation(
            achat_id=achat.id,
            siret=nouvelle.siret,
            reponse=nouvelle.reponse.value,
            engagement_max_ht=nouvelle.engagement_max_ht,
            repondu_le=repondu_le,
            acteur=uow.acteur,
            perimetre=False,
        )
    )
    donnees = {
        "achat_id": achat.id,
        "reference": achat.reference,
        "numero": achat.recensement,
        "membre": acteur(organisation(uow.session, nouvelle.siret)),
        "reponse": nouvelle.reponse.value,
        "engagement_max_ht": nouvelle.engagement_max_ht,
        "acteur": uow.acteur,
        "repondu_le": repondu_le,
    }
    uow.audit("recensement.repondu", str(achat.id), donnees)
    uow.emit("groupement.recensement.repondu.v1", subject=str(achat.id), data=donnees)
