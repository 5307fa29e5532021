"""What an order still commits, once releases, receipts and reversals are added up."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.montant import Montant


class GenreReception(StrEnum):
    """A delivery, its reverse entry, or a surplus given to somebody: entries that only add up."""

    LIVRAISON = "LIVRAISON"
    CONTREPASSATION = "CONTREPASSATION"
    ATTRIBUTION = "ATTRIBUTION"


class GenreLiberation(StrEnum):
    """Why a quantity ordered is no longer expected."""

    CLOTURE = "CLOTURE"
    AVOIR = "AVOIR"
    SUBSTITUTION = "SUBSTITUTION"


LIBELLES_LIBERATION: Mapping[str, str] = MappingProxyType(
    {
        GenreLiberation.CLOTURE: "Commande close avant d’être complète",
        GenreLiberation.AVOIR: "Avoir",
        GenreLiberation.SUBSTITUTION: "Article remplacé",
    }
)


@dataclass(frozen=True, slots=True)
class NouveauPrix:
    """A price that an amendment opens, for the orders placed from `effet_le`."""

    article: str
    lieu: str
    prix_unitaire_ht: Decimal
    effet_le: dt.date


@dataclass(frozen=True, slots=True)
class Engagement:
    """An order in figures: `liberee` and `recue` are sums of rows, in units of the order."""

    quantite: Decimal
    prix_unitaire_ht: Decimal
    montant_ht: Montant
    annulee: bool = False
    liberee: Decimal = Decimal()
    recue: Decimal = Decimal()

    @property
    def engagee(self) -> Decimal:
        """What was ordered and not given up since."""
        return Decimal() if self.annulee else self.quantite - self.liberee

    @property
    def engage_ht(self) -> Montant:
        """The amount of the order itself while nothing of it was released."""
        if self.engagee == self.quantite:
            return self.montant_ht
        return Montant(self.engagee * self.prix_unitaire_ht)

    @property
    def attendue(self) -> Decimal:
        """What a delivery may still bring."""
        return max(self.engagee - self.recue, Decimal())

    @property
    def recu_ht(self) -> Montant:
        """The value of what was received: what invoices may ask for."""
        if self.recue == self.quantite:
            return self.montant_ht
        return Montant(self.recue * self.prix_unitaire_ht)
