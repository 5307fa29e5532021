"""A call for needs: its minimum and what is decided if it is not reached, its reminders."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.clock import jour_de
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

JOURS_DE_RAPPEL = (7, 2)
"""Days before the closing at which those who have not answered are reminded."""


class Politique(StrEnum):
    """What happens at the closing when the group has not reached its minimum."""

    PROLONGER = "PROLONGER"
    ANNULER = "ANNULER"


LIBELLES_POLITIQUE: Mapping[Politique, str] = MappingProxyType(
    {
        Politique.PROLONGER: "Prolonger le recensement une fois, puis constater",
        Politique.ANNULER: "Abandonner l’achat et prévenir les membres",
    }
)


@dataclass(frozen=True, slots=True)
class Plancher:
    """The least amount worth a purchase, and what is done below it: said at the opening."""

    minimum_ht: Montant
    politique: Politique
    prolongation_jours: int | None = None

    def __post_init__(self) -> None:
        prolonge = self.politique is Politique.PROLONGER
        if prolonge and not (self.prolongation_jours and self.prolongation_jours > 0):
            message = "Dites de combien de jours le recensement serait prolongé."
            raise ValidationError(
                message, code="prolongation_requise", champs={"prolongation_jours": message}
            )


class Issue(StrEnum):
    """What the closing comes to."""

    CLORE = "CLORE"
    PROLONGER = "PROLONGER"
    ANNULER = "ANNULER"


def issue(plancher: Plancher | None, total: Montant, *, deja_prolonge: bool) -> Issue:
    """Close, extend once, or give up: never in silence, as was decided at the opening."""
    if plancher is None or total >= plancher.minimum_ht:
        return Issue.CLORE
    if plancher.politique is Politique.ANNULER:
        return Issue.ANNULER
    return Issue.CLORE if deja_prolonge else Issue.PROLONGER


def motif_sous_le_minimum(total: Montant, minimum: Montant) -> str:
    """Why the purchase is given up, as every member reads it."""
    return (
        f"Minimum du groupe non atteint à la clôture\u00a0: {_euros(total)} de besoins pour "
        f"{_euros(minimum)} attendus, comme annoncé à l’ouverture du recensement"
    )


def _euros(montant: Montant) -> str:
    return f"{montant.decimal:,.2f}\u00a0€ HT".replace(",", "\u202f").replace(".", ",")


def rappels(ouvert_le: dt.datetime, cloture_le: dt.datetime) -> dict[int, dt.datetime]:
    """When to remind, by days before the closing; an instant before the opening is left out."""
    prevus = {jours: cloture_le - dt.timedelta(days=jours) for jours in JOURS_DE_RAPPEL}
    return {jours: le for jours, le in prevus.items() if le > ouvert_le}


def a_relancer(
    attendus: Iterable[str], derniers: Mapping[str, dt.date], maintenant: dt.datetime
) -> list[str]:
    """Those awaited who were not reminded today already, in order."""
    jour = jour_de(maintenant)
    return sorted(siret for siret in attendus if derniers.get(siret) != jour)


def exiger_relance_possible(
    *, ouvert: bool, cloture_le: dt.datetime | None, maintenant: dt.datetime
) -> None:
    """Nobody is reminded of a call that is over."""
    if not ouvert or cloture_le is None or maintenant >= cloture_le:
        raise ConflictError(
            "Le recensement est clos\u00a0: on ne relance plus personne.", code="relance_impossible"
        )
