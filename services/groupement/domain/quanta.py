"""The step in which a quantity is shared: whole packs, else its last useful decimal."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from shared.kernel.repartition import plus_fort_reste


def exposant(valeurs: Iterable[Decimal]) -> int:
    """Power of ten of the last useful digit among `valeurs`, zero for whole numbers."""
    puissances = (valeur.normalize().as_tuple().exponent for valeur in valeurs)
    return min((0, *(p for p in puissances if isinstance(p, int))))


def partager(total: Decimal, poids: Mapping[str, Decimal], pas: int) -> dict[str, Decimal]:
    """Share `total` by weight in steps of 10^`pas`, by the largest remainder."""
    parts = plus_fort_reste(int(total.scaleb(-pas)), sorted(poids.items()))
    return {cle: Decimal(part).scaleb(pas) for cle, part in parts.items()}


def sobre(valeur: Decimal) -> Decimal:
    """The same number without useless zeros nor exponent: 105.000000 becomes 105."""
    entier = valeur.to_integral_value()
    return entier.quantize(Decimal(1)) if valeur == entier else valeur.normalize()
