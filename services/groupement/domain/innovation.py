"""Innovation: the share planned with the year's needs, and the share reached (C4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

PRECISION = Decimal("0.0001")


class EtatDefinition(StrEnum):
    """The year's definition of needs: written, then approved once for all."""

    BROUILLON = "BROUILLON"
    APPROUVEE = "APPROUVEE"


@dataclass(frozen=True, slots=True)
class Besoin:
    """A family of purchases and what the year should spend on it."""

    famille: str
    montant_ht: Montant


def exiger_modifiable(etat: EtatDefinition) -> None:
    if etat is EtatDefinition.APPROUVEE:
        raise ConflictError(
            "Cette définition est approuvée\u00a0: elle ne se modifie plus.",
            code="definition_approuvee",
        )


def exiger_approuvable(besoins: Iterable[Besoin], innovation_part: Decimal | None) -> None:
    """The approval plans a part of innovation, zero included: silence is refused (C4)."""
    fautes = {}
    if not list(besoins):
        fautes["besoins"] = "Écrivez au moins une famille d’achat et son montant."
    if innovation_part is None:
        fautes["innovation_part"] = (
            "Indiquez le pourcentage prévu pour l’innovation\u00a0: il est obligatoire pour "
            "approuver la définition annuelle des besoins."
        )
    elif not 0 <= innovation_part <= 1:
        fautes["innovation_part"] = "Saisissez un pourcentage de 0 à 100."
    if fautes:
        raise ValidationError(
            next(iter(fautes.values())), code="definition_incomplete", champs=fautes
        )


@dataclass(frozen=True, slots=True)
class MarcheNotifie:
    """What counts of a contract."""

    montant_ht: Montant
    innovant: bool


@dataclass(frozen=True, slots=True)
class Taux:
    """Numerator and denominator of the year, in money and in contracts."""

    innovant_ht: Montant
    total_ht: Montant
    innovants: int
    total: int

    @property
    def part(self) -> Decimal | None:
        """Share of the money, to the hundredth of a percent; None when nothing was notified."""
        if not self.total_ht:
            return None
        exacte = self.innovant_ht.decimal / self.total_ht.decimal
        return exacte.quantize(PRECISION, ROUND_HALF_UP)

    def atteint(self, objectif: Decimal) -> bool:
        """Compared on the exact sums, not on the rounded share."""
        return bool(self.total_ht) and (
            self.innovant_ht.decimal >= objectif * self.total_ht.decimal
        )


def taux(marches: Iterable[MarcheNotifie]) -> Taux:
    """Σ HT of contracts flagged innovation beside Σ HT notified."""
    tous = list(marches)
    innovants = [m for m in tous if m.innovant]
    return Taux(
        sum((m.montant_ht for m in innovants), Montant.zero()),
        sum((m.montant_ht for m in tous), Montant.zero()),
        len(innovants),
        len(tous),
    )
