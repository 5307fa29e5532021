"""Keep a copy of every event that passes, for those who watch the platform."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.notification.tables import Journal
from services.notification.usecases.ecrire_absents import ecrire_absents
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

MASQUE = "•••"


def journaliser(uow: UnitOfWork, evenements: Sequence[Event]) -> None:
    """Write the events as received; an event already written is left alone."""
    lignes = [
        {
            "id": evenement.id,
            "type": evenement.type,
            "source": evenement.source,
            "subject": evenement.subject,
            "sequence": evenement.sequence,
            "time": evenement.time,
            "received_at": uow.clock.now(),
            "correlation_id": evenement.correlation_id,
            "causation_id": evenement.causation_id,
            "data": masquer(evenement.data),
        }
        for evenement in evenements
    ]
    ecrire_absents(uow, Journal, lignes)


def masquer(valeur: Any) -> Any:
    """Hide the addresses that some events carry for their listeners (`courriel…` fields)."""
    match valeur:
        case Mapping():
            return {
                cle: MASQUE if x and cle.startswith("courriel") else masquer(x)
                for cle, x in valeur.items()
            }
        case list():
            return [masquer(x) for x in valeur]
        case _:
            return valeur
