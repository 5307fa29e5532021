"""A subscription without an account: asked by anybody, alive once its address has confirmed."""

import datetime as dt
from enum import StrEnum

from shared.kernel.errors import ConflictError, DomainError

DELAI_CONFIRMATION = dt.timedelta(hours=48)
MAX_NON_CONFIRMES = 5
MAX_PAR_ADRESSE = 50
_RELANCES = (dt.timedelta(hours=1), dt.timedelta(hours=24))


class Etat(StrEnum):
    """Waiting for the address's owner, alive, or stopped for good."""

    EN_ATTENTE = "EN_ATTENTE"
    ACTIF = "ACTIF"
    ARRETE = "ARRETE"


def expire(cree_le: dt.datetime, maintenant: dt.datetime) -> bool:
    return maintenant - cree_le >= DELAI_CONFIRMATION


def verifier_quota(en_attente: int, vivants: int) -> None:
    """Refuse to let one address be flooded with confirmations, or to collect alerts for ever."""
    if en_attente >= MAX_NON_CONFIRMES:
        raise DomainError(
            f"{MAX_NON_CONFIRMES} alertes attendent déjà une confirmation à cette adresse."
            " Confirmez-les depuis votre messagerie, ou attendez 48\u00a0heures.",
            code="trop_de_confirmations",
            champs={"courriel": "Trop d’alertes attendent une confirmation à cette adresse."},
        )
    if vivants >= MAX_PAR_ADRESSE:
        raise DomainError(
            f"Une adresse peut suivre {MAX_PAR_ADRESSE} alertes au plus\u00a0; arrêtez-en une.",
            code="trop_d_alertes",
            champs={"courriel": "Cette adresse suit déjà le nombre maximum d’alertes."},
        )


def rang_du_rappel(cree_le: dt.datetime, maintenant: dt.datetime) -> int:
    """Which confirmation message a new request deserves: 0, 1 after an hour, 2 after a day.

    The ledger holds one message per rank: asking again within the hour sends nothing more, and
    nobody can have more than three messages sent to somebody else's address.
    """
    return sum(maintenant - cree_le >= delai for delai in _RELANCES)


def verifier_confirmable(etat: str, cree_le: dt.datetime, maintenant: dt.datetime) -> None:
    """Raise when the link comes too late, or for an alert that was stopped meanwhile."""
    if etat == Etat.ARRETE:
        raise ConflictError("Cette alerte a été arrêtée.", code="alerte_arretee")
    if etat == Etat.EN_ATTENTE and expire(cree_le, maintenant):
        raise ConflictError(
            "Ce lien a plus de 48\u00a0heures. Créez de nouveau l’alerte\u00a0:"
            " cela prend une minute.",
            code="confirmation_expiree",
        )
