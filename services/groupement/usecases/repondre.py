"""A member takes part in a purchase, or declines."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat, exiger_recensement_ouvert
from services.groupement.domain.participation import exiger_engagement, reponses_par_lot
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.arrivees import exiger_consulte
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    organisation,
)
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleReponse:
    """The answer of one member: between which amounts it commits, the lots it stays out of."""

    achat_id: uuid.UUID
    siret: str
    reponse: Reponse
    engagement_max_ht: Montant | None = None
    engagement_min_ht: Montant | None = None
    lots_declines: frozenset[int] = frozenset()


def repondre(uow: UnitOfWork, nouvelle: NouvelleReponse) -> None:
    """Record the answer while the call is open; the last one counts (D3)."""
    achat = achat_verrouille(uow, nouvelle.achat_id)
    exiger_consulte_et_ouvert(uow, achat, nouvelle.siret)
    inscrire_reponse(uow, achat, nouvelle)


def exiger_consulte_et_ouvert(uow: UnitOfWork, achat: t.Achat, siret: str) -> None:
    """Only those whom the call concerns may answer, and only while it is open."""
    exiger_consulte(uow.session, achat, siret, uow.clock.today())
    exiger_recensement_ouvert(
        EtatAchat(achat.etat),
        achat.recensement,
        achat.cloture_le,
        uow.clock.now(),
        achat.contact,
    )


def lots_declines(session: Session, achat_id: uuid.UUID, siret: str) -> set[int]:
    """Lots that a member taking part stays out of."""
    requete = sa.select(t.ParticipationLot.lot).where(
        t.ParticipationLot.achat_id == achat_id,
        t.ParticipationLot.siret == siret,
        t.ParticipationLot.reponse == Reponse.DECLINE.value,
    )
    return set(session.scalars(requete))


def inscrire_reponse(uow: UnitOfWork, achat: t.Achat, nouvelle: NouvelleReponse) -> None:
    """Write the answer, lot by lot, and tell it; out of every lot is out of the purchase."""
    numeros = uow.session.scalars(
        sa.select(t.Lot.numero).where(t.Lot.achat_id == achat.id).order_by(t.Lot.numero)
    ).all()
    lots = reponses_par_lot(nouvelle.reponse, numeros, nouvelle.lots_declines)
    dedans = not lots or Reponse.PARTICIPE in lots.values()
    reponse = nouvelle.reponse if dedans else Reponse.DECLINE
    exiger_engagement(nouvelle.engagement_min_ht, nouvelle.engagement_max_ht)
    repondu_le = uow.clock.now()
    uow.session.merge(
        t.Participation(
            achat_id=achat.id,
            siret=nouvelle.siret,
            reponse=reponse.value,
            engagement_min_ht=nouvelle.engagement_min_ht,
            engagement_max_ht=nouvelle.engagement_max_ht,
            repondu_le=repondu_le,
            acteur=uow.acteur,
            perimetre=False,
        )
    )
    uow.session.flush()
    for numero, dit in lots.items():
        uow.session.merge(
            t.ParticipationLot(
                achat_id=achat.id, siret=nouvelle.siret, lot=numero, reponse=dit.value
            )
        )
    donnees = {
        "achat_id": achat.id,
        "reference": achat.reference,
        "numero": achat.recensement,
        "membre": acteur(organisation(uow.session, nouvelle.siret)),
        "reponse": reponse.value,
        "lots": [{"numero": numero, "reponse": dit.value} for numero, dit in lots.items()],
        "engagement_min_ht": nouvelle.engagement_min_ht,
        "engagement_max_ht": nouvelle.engagement_max_ht,
        "acteur": uow.acteur,
        "repondu_le": repondu_le,
    }
    uow.audit("recensement.repondu", str(achat.id), donnees)
    uow.emit("groupement.recensement.repondu.v1", subject=str(achat.id), data=donnees)
