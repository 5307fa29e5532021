"""What grouping saves a member: its share at the estimated price, and at the price obtained."""

from dataclasses import dataclass
from decimal import Decimal

from shared.kernel.montant import Montant


@dataclass(frozen=True, slots=True)
class Economie:
    """One line of a member: unit prices before tax in the packaging of the contract."""

    designation: str
    quantite: Decimal
    prix_reference_ht: Decimal
    prix_obtenu_ht: Decimal

    @property
    def reference_ht(self) -> Montant:
        return Montant(self.quantite * self.prix_reference_ht)

    @property
    def obtenu_ht(self) -> Montant:
        return Montant(self.quantite * self.prix_obtenu_ht)

    @property
    def ecart_ht(self) -> Montant:
        """Positive when the group pays less than was estimated."""
        return self.reference_ht - self.obtenu_ht

    @property
    def taux(self) -> Decimal:
        if not self.reference_ht:
            return Decimal()
        return self.ecart_ht.decimal / self.reference_ht.decimal
