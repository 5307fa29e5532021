"""Technical accesses of members' own software: a token seen once, a list of events."""

import hashlib
from collections.abc import Iterable

from shared.kernel.errors import ForbiddenError, ValidationError

DEMANDES = (
    "membre.achat.demande.v1",
    "membre.besoin.declare.v1",
    "membre.commande.demande.v1",
    "membre.participation.declare.v1",
)
"""What a member's software may send through the inbound door."""


def condenser(jeton: str) -> str:
    """What is kept of a token: nobody can read it back from the database."""
    return hashlib.sha256(jeton.encode()).hexdigest()


def verifier_evenements(evenements: Iterable[str]) -> tuple[str, ...]:
    """Sort the events an access may send; refuse those that do not exist."""
    demandes = tuple(sorted(set(evenements)))
    inconnus = [evenement for evenement in demandes if evenement not in DEMANDES]
    if inconnus or not demandes:
        raise ValidationError(
            f"Événements possibles\u00a0: {', '.join(DEMANDES)}.", code="evenement_inconnu"
        )
    return demandes


def exiger_autorise(type_: str, autorises: Iterable[str]) -> None:
    """Refuse an event that none of the member's accesses may send."""
    if type_ not in set(autorises):
        raise ForbiddenError(
            f"Votre accès n’autorise pas l’événement {type_}.", code="evenement_non_autorise"
        )
