"""What may be bought: an article, how it is counted, what it is thought to cost."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from shared.kernel.errors import ValidationError
from shared.kernel.quantites import Bareme, Conditionnement, Dimension, chercher_unite
from shared.kernel.unites import normaliser

LIEU_COMMUN = "Point de livraison commun"


@dataclass(frozen=True)
class Article:
    """One article of a purchase; `prix_estime_ht` is the price of one base unit.

    `minimum` is the least that the supplier delivers at one place, in `conditionnement_achat`.
    `lots_par_lieu` are the places where it belongs to another lot than `lot`.
    """

    code: str
    designation: str
    lot: int
    unite_base: str
    prix_estime_ht: Decimal
    conditionnements: tuple[Conditionnement, ...]
    conditionnement_achat: str
    minimum: Decimal | None = None
    cpv: str = ""
    lots_par_lieu: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.prix_estime_ht < 0:
            raise ValidationError(
                "Un prix estimé n’est pas négatif.",
                code="prix_invalide",
                champs={"prix_estime_ht": "Indiquez un prix positif ou nul."},
            )
        if self.minimum is not None and self.minimum <= 0:
            raise ValidationError(
                "Un minimum de commande est positif.",
                code="minimum_invalide",
                champs={"minimum": "Indiquez un nombre positif, ou laissez vide."},
            )
        self.bareme.contenance(self.conditionnement_achat)

    def lot_a(self, lieu: str) -> int:
        """The lot of what is delivered at a place."""
        return dict(self.lots_par_lieu).get(lieu, self.lot)

    @property
    def lots(self) -> frozenset[int]:
        """Every lot that holds a part of the article."""
        return frozenset({self.lot, *dict(self.lots_par_lieu).values()})

    @cached_property
    def bareme(self) -> Bareme:
        return Bareme(self.unite_base, self.conditionnements)

    @cached_property
    def contenance_achat(self) -> Fraction:
        """Base units in one pack of those that are ordered."""
        return self.bareme.contenance(self.conditionnement_achat)

    @cached_property
    def micros_par_paquet(self) -> Fraction:
        """The same in millionths, as needs are counted."""
        return self.contenance_achat * 10**6

    @cached_property
    def indivisible(self) -> bool:
        """Pieces are counted whole; kilograms and kilowatt-hours are not."""
        unite = chercher_unite(self.unite_base)
        return unite is None or unite.facteur is None or unite.dimension is Dimension.PIECE

    @cached_property
    def par_paquets(self) -> bool:
        """Tell whether the article is ordered by whole packs."""
        noms = {normaliser(c.nom) for c in self.conditionnements}
        return self.indivisible or normaliser(self.conditionnement_achat) in noms

    def en_base(self, quantite: Decimal, unite: str) -> Decimal:
        """Turn a stated quantity into base units; refuse another dimension or a broken piece."""
        base = self.bareme.en_base(quantite, unite)
        if self.indivisible and base != base.to_integral_value():
            raise ValidationError(
                f"{self.designation} se compte par {self.unite_base}\u00a0: cette quantité n’en "
                "fait pas un nombre entier.",
                code="quantite_entiere",
                champs={"quantite": "Indiquez une quantité entière."},
            )
        return base

    def en_achat(self, base: Decimal) -> Decimal:
        """Quantity to order for `base` units; whole packs, the last one rounded up."""
        if self.par_paquets:
            return Decimal(math.ceil(Fraction(base) / self.contenance_achat))
        return self.bareme.depuis_base(base, self.conditionnement_achat)

    def unite(self, nom: str) -> str:
        """Name a unit as the article does, whatever its plural, case or symbol."""
        connue = chercher_unite(nom)
        synonymes = {normaliser(n) for n in (nom, connue.libelle if connue else nom)}
        for propre in self.bareme.noms:
            if normaliser(propre) in synonymes:
                return propre
        return connue.libelle if connue else nom

    def cout(self, base: Decimal) -> Decimal:
        """Estimated cost of `base` units, before any rounding."""
        return base * self.prix_estime_ht


def nom_de_lieu(saisi: str | None) -> str:
    """Name of a delivery place, spaces tidied; the common place when none is given."""
    return " ".join((saisi or "").split()) or LIEU_COMMUN
