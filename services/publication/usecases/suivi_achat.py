"""How far this service has heard of a purchase: what is older than that is ignored."""

import uuid

from sqlalchemy import select

from services.publication.tables import Consultation, Programme
from shared.messaging.uow import UnitOfWork


def programme_de_l_achat(uow: UnitOfWork, achat_id: uuid.UUID) -> Programme | None:
    """Return the forward programme entry of a purchase, locked."""
    requete = select(Programme).where(Programme.achat_id == achat_id).with_for_update()
    return uow.session.scalar(requete)


def consultation_de_l_achat(uow: UnitOfWork, achat_id: uuid.UUID) -> Consultation | None:
    """Return the consultation of a purchase, locked."""
    requete = select(Consultation).where(Consultation.achat_id == achat_id).with_for_update()
    return uow.session.scalar(requete)


def deja_su(programme: Programme | None, sequence: int) -> bool:
    """Tell whether a fact of that version, or a later one, has already been taken in."""
    return programme is not None and sequence <= programme.sequence
