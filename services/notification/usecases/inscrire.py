"""Write a message and all its recipients in the ledger, in the caller's transaction."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.notification.domain.remise import ordre_de_remise
from services.notification.tables import Message, Remise
from services.notification.usecases.destinataires import nouveau_jeton
from services.notification.usecases.ecrire_absents import ecrire_absents
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Inscription:
    """One thing to say, and to whom: recipient → what is said to that one alone."""

    modele: str
    objet_id: str
    version: int
    donnees: Mapping[str, Any]
    destinataires: Mapping[uuid.UUID, Mapping[str, Any]]
    rapproche_le: dt.datetime


def inscrire(uow: UnitOfWork, inscription: Inscription) -> None:
    """One row per recipient and message, whatever happens: said again, it adds nobody twice.

    The rows become visible together, when the transaction commits: nobody is told before others.
    """
    message_id = _message(uow, inscription)
    instant = uow.clock.now()
    lignes = [
        {
            "id": uow.new_id(),
            "message_id": message_id,
            "destinataire_id": destinataire_id,
            "donnees": dict(inscription.destinataires[destinataire_id]),
            "jeton_arret": nouveau_jeton(),
            "rapproche_le": inscription.rapproche_le,
            "essai_le": instant,
        }
        for destinataire_id in ordre_de_remise(message_id, inscription.destinataires)
    ]
    ecrire_absents(uow, Remise, lignes)


def _message(uow: UnitOfWork, inscription: Inscription) -> uuid.UUID:
    """Return the id of the message, written now or known already."""
    uow.session.execute(
        insert(Message)
        .values(
            id=uow.new_id(),
            modele=inscription.modele,
            objet_id=inscription.objet_id,
            version=inscription.version,
            donnees=dict(inscription.donnees),
            correlation_id=uow.trace.correlation_id,
            causation_id=uow.trace.causation_id,
            inscrit_le=uow.clock.now(),
        )
        .on_conflict_do_nothing()
    )
    ecrit = select(Message.id).where(
        Message.modele == inscription.modele,
        Message.objet_id == inscription.objet_id,
        Message.version == inscription.version,
    )
    return uow.session.execute(ecrit).scalar_one()
