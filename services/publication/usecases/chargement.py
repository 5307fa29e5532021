"""Loading for a change: scoped to the buyer who asks, locked until the end of the transaction."""

import uuid

from sqlalchemy import select

from services.publication.domain.consultation import Faits
from services.publication.tables import Avis, Consultation, Marche, Programme
from shared.kernel.errors import ConflictError, NotFoundError
from shared.messaging.uow import UnitOfWork


def consultation_de(uow: UnitOfWork, consultation_id: uuid.UUID, siret: str) -> Consultation:
    """Return a consultation of this buyer; that of another does not exist for it."""
    requete = (
        select(Consultation)
        .where(Consultation.id == consultation_id, Consultation.acheteur_siret == siret)
        .with_for_update()
    )
    consultation = uow.session.scalar(requete)
    if consultation is None:
        raise NotFoundError("Cette consultation n’existe pas.", code="consultation_inconnue")
    return consultation


def consultation_de_l_avis(uow: UnitOfWork, avis_id: uuid.UUID, siret: str) -> Consultation:
    """Return the consultation that a notice belongs to, under the same rule."""
    consultation_id = uow.session.scalar(select(Avis.consultation_id).where(Avis.id == avis_id))
    if consultation_id is None:
        raise NotFoundError("Cet avis n’existe pas.", code="avis_inconnu")
    return consultation_de(uow, consultation_id, siret)


def avis_de(consultation: Consultation) -> Avis:
    """Return the notice of a published consultation."""
    if consultation.avis is None:
        raise ConflictError(
            "La consultation n’est pas encore publiée.", code="consultation_preparation"
        )
    return consultation.avis


def marche_de(uow: UnitOfWork, marche_id: uuid.UUID, siret: str) -> tuple[Consultation, Marche]:
    """Return a contract and its consultation, for the buyer that awarded it."""
    consultation_id = uow.session.scalar(
        select(Marche.consultation_id).where(Marche.id == marche_id)
    )
    if consultation_id is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    consultation = consultation_de(uow, consultation_id, siret)
    return consultation, next(m for m in consultation.marches if m.id == marche_id)


def programme_de(uow: UnitOfWork, programme_id: uuid.UUID, siret: str) -> Programme:
    """Return a purchase to come of this buyer."""
    requete = (
        select(Programme)
        .where(Programme.id == programme_id, Programme.acheteur_siret == siret)
        .with_for_update()
    )
    programme = uow.session.scalar(requete)
    if programme is None:
        raise NotFoundError("Cet achat à venir n’existe pas.", code="programme_inconnu")
    return programme


def faits(consultation: Consultation) -> Faits:
    """What has happened to a consultation, for the rules that derive its stage."""
    avis = consultation.avis
    return Faits(
        lots=len(consultation.lots),
        publie_le=avis.publie_le if avis else None,
        date_limite=avis.date_limite if avis else None,
        annule_le=consultation.annule_le,
        attribues=len(consultation.marches),
        notifies=sum(marche.notifie_le is not None for marche in consultation.marches),
    )
