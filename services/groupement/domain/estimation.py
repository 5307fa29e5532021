"""What a lot would cost a member alone, and with the group: an estimate that tells its hypothesis.

The estimated price of an article is that of the group's volume. Alone, a member orders its own
whole packs, and pays a price that is thought to rise by the same factor each time the volume is
halved. That factor is a hypothesis that the reader may change; it is no promise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.groupement.domain.articles import Article
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant

EFFET_USUEL = 2
EFFET_MAX = 20


@dataclass(frozen=True, slots=True)
class EstimationLot:
    """One lot for one member; `doublements` is the largest among its articles."""

    lot: int
    seul: Montant
    groupe: Montant
    doublements: int

    @property
    def ecart(self) -> Montant:
        return self.seul - self.groupe


def estimer(
    articles: Iterable[Article],
    siens: Mapping[str, Decimal],
    autres: Mapping[str, Decimal],
    effet: int = EFFET_USUEL,
) -> dict[int, EstimationLot]:
    """Estimate each lot in which the member needs something.

    `siens` and `autres` are base quantities by article; `effet` is the fall of the price, in per
    cent, each time the volume doubles.
    """
    if not 0 <= effet <= EFFET_MAX:
        message = f"L’effet de volume va de 0 à {EFFET_MAX} %."
        raise ValidationError(message, code="effet_invalide", champs={"effet": message})
    lots: dict[int, list[tuple[Fraction, Fraction, int]]] = {}
    for article in articles:
        if base := siens.get(article.code):
            lots.setdefault(article.lot, []).append(
                _article(article, base, autres.get(article.code, Decimal()), effet)
            )
    return {
        lot: EstimationLot(
            lot,
            _montant(sum((seul for seul, _, _ in lignes), Fraction())),
            _montant(sum((groupe for _, groupe, _ in lignes), Fraction())),
            max(n for _, _, n in lignes),
        )
        for lot, lignes in sorted(lots.items())
    }


def doublements(propre: Decimal, total: Decimal) -> int:
    """How many times the member's own volume doubles, whole, before it passes the group's."""
    rapport = Fraction(total) / Fraction(propre)
    return max(0, (rapport.numerator // rapport.denominator).bit_length() - 1)


def _article(
    article: Article, base: Decimal, autres: Decimal, effet: int
) -> tuple[Fraction, Fraction, int]:
    nombre = doublements(base, base + autres)
    paquets = article.en_base(article.en_achat(base), article.conditionnement_achat)
    rencherit = Fraction(100, 100 - effet) ** nombre
    return Fraction(article.cout(paquets)) * rencherit, Fraction(article.cout(base)), nombre


def _montant(exact: Fraction) -> Montant:
    return Montant(Decimal(exact.numerator) / Decimal(exact.denominator))
