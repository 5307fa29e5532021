"""Sharing whole things (packs, cents) in proportion, by the largest remainder, with its reasons.

Each key first gets the floor of its exact share `total × weight ÷ Σ weights`; what is left goes
one by one to the largest remainders, ties to the smallest key. So Σ parts = total exactly, the
order of the weights never matters, and with whole weights nobody gets more than its weight as
long as total ≤ Σ weights.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from shared.kernel.errors import ValidationError

ESPACE = "\N{NO-BREAK SPACE}"
FINE = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Part:
    """What one key gets and why; `bonus` is 1 when the remainder earned one more unit."""

    cle: str
    poids: Decimal
    exacte: Fraction
    rang: int
    bonus: int
    total: int
    somme: Fraction
    unite: str

    @property
    def plancher(self) -> int:
        return int(self.exacte)

    @property
    def reste(self) -> Fraction:
        return self.exacte - self.plancher

    @property
    def part(self) -> int:
        return self.plancher + self.bonus

    @property
    def phrase(self) -> str:
        """Say the computation in French."""
        a_partager = nombre(self.total) + (f"{ESPACE}{self.unite}" if self.unite else "")
        return (
            f"{nombre(self.poids)} sur {nombre(self.somme)}{ESPACE}: la part exacte de "
            f"{a_partager} est {nombre(self.exacte)}{self._arrondi()}{FINE}; "
            f"part{ESPACE}: {nombre(self.part)}."
        )

    def _arrondi(self) -> str:
        if not self.reste:
            return ", sans reste"
        rang = "le plus fort reste" if self.rang == 1 else f"le {self.rang}ᵉ plus fort reste"
        effet = "donne une unité de plus" if self.bonus else "ne donne pas d’unité de plus"
        return f"{FINE}; {rang} ({nombre(self.reste)}) {effet}"


def plus_fort_reste(total: int, poids: Sequence[tuple[str, Decimal | int]]) -> dict[str, int]:
    """Split `total` whole units by weight; the keys come back in the order given."""
    return {cle: plancher + bonus for cle, plancher, bonus, _ in _partager(total, poids)}


def expliquer(total: int, poids: Sequence[tuple[str, Decimal]], unite: str = "") -> dict[str, Part]:
    """Like `plus_fort_reste`, each share with the figures and the French sentence behind it."""
    somme = sum((Fraction(p) for _, p in poids), Fraction())
    pesees = dict(poids)
    return {
        cle: Part(
            cle=cle,
            poids=pesees[cle],
            exacte=total * Fraction(pesees[cle]) / somme if somme else Fraction(),
            rang=rang,
            bonus=bonus,
            total=total,
            somme=somme,
            unite=unite,
        )
        for cle, _, bonus, rang in _partager(total, poids)
    }


def _partager(
    total: int, poids: Sequence[tuple[str, Decimal | int]]
) -> list[tuple[str, int, int, int]]:
    """Key, floor, bonus and rank of the remainder, computed on integers only."""
    _verifier(total, poids)
    rapports = [p.as_integer_ratio() for _, p in poids]
    commun = math.lcm(*(bas for _, bas in rapports))
    entiers = [haut * commun // bas for haut, bas in rapports]
    somme = sum(entiers) or 1
    parts = {cle: divmod(total * n, somme) for (cle, _), n in zip(poids, entiers, strict=True)}
    a_donner = total - sum(plancher for plancher, _ in parts.values())
    ordre = sorted(parts, key=lambda cle: (-parts[cle][1], cle))
    rangs = {cle: rang for rang, cle in enumerate(ordre, start=1)}
    return [
        (cle, plancher, int(rangs[cle] <= a_donner), rangs[cle])
        for cle, (plancher, _) in parts.items()
    ]


def nombre(valeur: int | Decimal | Fraction) -> str:
    """Write a number the French way, three decimals at most; `≈` marks a cut."""
    exact = Fraction(valeur)
    coupe = Fraction(round(exact * 1000), 1000)
    entier, decimales = f"{Decimal(round(coupe * 1000)).scaleb(-3):,.3f}".split(".")
    decimales = decimales.rstrip("0")
    texte = entier.replace(",", FINE) + (f",{decimales}" if decimales else "")
    return texte if coupe == exact else f"≈{ESPACE}{texte}"


def _verifier(total: int, poids: Sequence[tuple[str, Decimal | int]]) -> None:
    if isinstance(total, bool) or not isinstance(total, int):
        raise TypeError("The total is a whole number of units.")
    if any(isinstance(p, float) for _, p in poids):
        raise TypeError("Weights are Decimal or int, never float.")
    if total < 0:
        raise ValidationError("Un total à répartir ne peut pas être négatif.", code="total_negatif")
    if len({cle for cle, _ in poids}) != len(poids):
        raise ValidationError(
            "Une même clé figure deux fois dans la répartition.", code="cle_double"
        )
    if any(p < 0 for _, p in poids):
        raise ValidationError("Un poids de répartition est négatif.", code="poids_negatif")
    if total and not any(p for _, p in poids):
        raise ValidationError(
            "Rien à répartir au prorata : la somme des poids est nulle.", code="poids_nuls"
        )
