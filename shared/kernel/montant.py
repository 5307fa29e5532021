"""Amounts in euros: exact cents, rounded half up, never a float."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Self

from shared.kernel.errors import ValidationError
from shared.kernel.repartition import plus_fort_reste

CENTIME = Decimal("0.01")
PLAFOND = Decimal(10) ** 12  # what NUMERIC(14,2) can hold


@dataclass(frozen=True, slots=True, order=True, init=False)
class Montant:
    """An amount in euros, always a whole number of cents.

    Built from text (`"12.50"`), int, Decimal or another amount; finer decimals are rounded half
    up. Make the exact computation on `.decimal`, then one `Montant(...)` at the end: rounding
    happens once, where the law makes the amount visible.
    """

    decimal: Decimal

    def __init__(self, valeur: "str | int | Decimal | Montant") -> None:
        object.__setattr__(self, "decimal", _centimes(_exact(valeur)))

    @classmethod
    def zero(cls) -> Self:
        return cls(0)

    @classmethod
    def somme(cls, montants: "Iterable[Montant]") -> Self:
        """Add any number of amounts; none gives zero."""
        return cls(sum((m.decimal for m in montants), Decimal()))

    @property
    def centimes(self) -> int:
        return int(self.decimal.scaleb(2))

    def __add__(self, autre: "Montant") -> "Montant":
        return Montant(self.decimal + autre.decimal) if _est(autre) else NotImplemented

    def __sub__(self, autre: "Montant") -> "Montant":
        return Montant(self.decimal - autre.decimal) if _est(autre) else NotImplemented

    def __mul__(self, facteur: int | Decimal) -> "Montant":
        return Montant(self.decimal * _facteur(facteur))

    __rmul__ = __mul__

    def __truediv__(self, diviseur: int | Decimal) -> "Montant":
        return Montant(self.decimal / _facteur(diviseur))

    def __neg__(self) -> "Montant":
        return Montant(-self.decimal)

    def __abs__(self) -> "Montant":
        return Montant(abs(self.decimal))

    def __bool__(self) -> bool:
        return bool(self.decimal)

    def __str__(self) -> str:
        return format(self.decimal, "f")

    def __repr__(self) -> str:
        return f"Montant('{self}')"

    def arrondi(self, pas: Decimal = CENTIME) -> "Montant":
        """Round half up to a multiple of `pas` (a cent by default, `Decimal(1)` for a euro)."""
        return Montant((self.decimal / pas).quantize(Decimal(1), ROUND_HALF_UP) * pas)

    def repartir(self, poids: Mapping[str, Decimal]) -> "dict[str, Montant]":
        """Split by weight, to the cent, by the largest remainder: the parts sum to the whole."""
        signe = -1 if self.decimal < 0 else 1
        parts = plus_fort_reste(abs(self.centimes), list(poids.items()))
        return {cle: Montant(Decimal(signe * n).scaleb(-2)) for cle, n in parts.items()}


_SEPARATEURS = re.compile(r"[\s\u00a0\u202f]")
_SAISIE = re.compile(r"-?(?:[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:[.,][0-9]{1,2})?")
_EXEMPLE = "Écrivez le montant en euros avec deux décimales au plus, par exemple 90\u202f000,50."


def parse_montant(texte: str) -> Montant:
    """Read an amount as people type it (`90 000,50 €`); anything doubtful is refused."""
    brut = texte.strip().removesuffix("€").strip()
    if not _SAISIE.fullmatch(brut):
        raise ValidationError(
            f"«\u00a0{texte.strip()}\u00a0» n’est pas un montant. {_EXEMPLE}",
            code="montant_invalide",
        )
    return Montant(_SEPARATEURS.sub("", brut).replace(",", "."))


def _est(valeur: object) -> bool:
    return isinstance(valeur, Montant)


def _facteur(valeur: int | Decimal) -> int | Decimal:
    if isinstance(valeur, bool) or not isinstance(valeur, int | Decimal):
        raise TypeError(f"An amount is multiplied by int or Decimal, not {type(valeur).__name__}.")
    return valeur


def _exact(valeur: "str | int | Decimal | Montant") -> Decimal:
    match valeur:
        case Montant():
            return valeur.decimal
        case bool() | float():
            raise TypeError("An amount is never a float nor a bool.")
        case Decimal():
            return valeur
        case int() | str():
            return _decimal(valeur)
        case _:
            raise TypeError(f"An amount cannot be built from {type(valeur).__name__}.")


def _decimal(valeur: str | int) -> Decimal:
    try:
        return Decimal(valeur)
    except InvalidOperation:
        raise ValidationError(
            f"«\u00a0{valeur}\u00a0» n’est pas un montant. {_EXEMPLE}", code="montant_invalide"
        ) from None


def _centimes(valeur: Decimal) -> Decimal:
    if not valeur.is_finite() or abs(valeur) >= PLAFOND:
        raise ValidationError(
            "Ce montant n’est pas un nombre d’euros inférieur à mille milliards.",
            code="montant_hors_limites",
        )
    return valeur.quantize(CENTIME, ROUND_HALF_UP) or Decimal("0.00")  # never -0.00
