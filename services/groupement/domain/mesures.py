"""Needs as whole numbers: millionths of the base unit, grouped by the line that they make.

A quantity has six decimals at most, so that sums, packs and shares are computed on integers:
exact, fast, and the same whatever the order.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from services.groupement.domain.quanta import sobre

MICRO = 10**6
Cle = tuple[str, str]
"""What makes one line: the code of the article, the delivery place."""


class Mesure(NamedTuple):
    """One need inside its line; they sort by member, then by need."""

    siret: str
    besoin: str
    ferme: int
    tolerance: int


Groupes = Mapping[Cle, Sequence[Mesure]]
"""The needs of each line, sorted; a group that must change is replaced, never modified."""


class Cumul(NamedTuple):
    """All that a line needs to know of its needs."""

    ferme: int
    tolerance: int
    besoins: int


def micros(valeur: Decimal) -> int:
    """Millionths in a quantity of six decimals at most."""
    return int(valeur.scaleb(6))


def quantite(millioniemes: int) -> Decimal:
    """The quantity again, without useless zeros."""
    entier, reste = divmod(millioniemes, MICRO)
    return sobre(Decimal(millioniemes).scaleb(-6)) if reste else Decimal(entier)


def cumuler(mesures: Sequence[Mesure]) -> Cumul:
    return Cumul(sum(m.ferme for m in mesures), sum(m.tolerance for m in mesures), len(mesures))


def fixe(millioniemes: int) -> str:
    """Six decimals, always: `40.000000`, as PostgreSQL writes NUMERIC(18,6)."""
    return f"{millioniemes // MICRO}.{millioniemes % MICRO:06d}"


def ecrire(mesure: Mesure) -> str:
    """Canonical text of a need inside its line; the tolerance only when there is one."""
    membre, _, ferme, tolerance = mesure
    if not membre.isalnum():
        membre = membre.translate(_PROTEGE)
    texte = f"{membre}|{ferme // MICRO}.{ferme % MICRO:06d}"
    return f"{texte}|{fixe(tolerance)}" if tolerance else texte


_PROTEGE = str.maketrans({"\\": "\\\\", "|": "\\p", ";": "\\v"})


def trace(textes: Iterable[str]) -> str:
    """SHA-256 of the needs of one line, whatever their order."""
    return hashlib.sha256(";".join(sorted(textes)).encode()).hexdigest()


def traces(groupes: Groupes) -> dict[Cle, str]:
    return {cle: trace(map(ecrire, mesures)) for cle, mesures in groupes.items()}
