"""Forget the alerts that nobody confirmed, and the addresses that nothing needs any more."""

import uuid

from sqlalchemy import delete, exists, select

from services.notification.domain.abonnement import DELAI_CONFIRMATION, Etat
from services.notification.tables import Abonnement, Destinataire, Message, Remise
from shared.messaging.uow import UnitOfWork

LOT = 500


def expirer(uow: UnitOfWork) -> int:
    """Erase requests older than 48 hours with their messages; return how many."""
    echeance = uow.clock.now() - DELAI_CONFIRMATION
    perimes = uow.session.scalars(
        select(Abonnement)
        .where(Abonnement.etat == Etat.EN_ATTENTE, Abonnement.cree_le <= echeance)
        .order_by(Abonnement.cree_le)
        .limit(LOT)
        .with_for_update(skip_locked=True)
    ).all()
    if perimes:
        _effacer(uow, [abonnement.id for abonnement in perimes])
        _oublier(uow, {abonnement.destinataire_id for abonnement in perimes})
    return len(perimes)


def _effacer(uow: UnitOfWork, ids: list[uuid.UUID]) -> None:
    messages = select(Message.id).where(Message.objet_id.in_([str(id_) for id_ in ids]))
    uow.session.execute(delete(Remise).where(Remise.message_id.in_(messages)))
    uow.session.execute(delete(Message).where(Message.id.in_(messages)))
    uow.session.execute(delete(Abonnement).where(Abonnement.id.in_(ids)))


def _oublier(uow: UnitOfWork, ids: set[uuid.UUID]) -> None:
    """Erase the addresses without any alert nor any message left."""
    uow.session.execute(
        delete(Destinataire).where(
            Destinataire.id.in_(ids),
            ~exists().where(Abonnement.destinataire_id == Destinataire.id),
            ~exists().where(Remise.destinataire_id == Destinataire.id),
        )
    )
