"""Sharing an amount between members by the key of the convention, exact to the cent (D9, I5).

The same key shares what is paid (fees, transport) and what is given back (discounts, penalties):
a negative amount gives the opposite of the shares of the positive one. Cents left over go to the
largest remainders, ties to the smallest SIRET.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.repartition import ESPACE, FINE, Part, expliquer, nombre

CENT = Decimal(100)


class Cle(StrEnum):
    """What the convention shares costs by."""

    AU_MONTANT = "AU_MONTANT"
    A_LA_QUANTITE = "A_LA_QUANTITE"
    PARTS_EGALES = "PARTS_EGALES"
    POURCENTAGES = "POURCENTAGES"


LIBELLES: Mapping[Cle, str] = {
    Cle.AU_MONTANT: "Au prorata des montants",
    Cle.A_LA_QUANTITE: "Au prorata des quantités",
    Cle.PARTS_EGALES: "À parts égales",
    Cle.POURCENTAGES: "Selon les pourcentages de la convention",
}


@dataclass(frozen=True, slots=True)
class Assiette:
    """What a member weighs under each key; a key reads only its own figure."""

    siret: str
    montant: Montant = Montant.zero()  # noqa: RUF009 -- a frozen value
    quantite: Decimal = Decimal()
    pourcentage: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PartDeMontant:
    """What one member bears (or gets back, when negative), and why."""

    siret: str
    montant: Montant
    total: Montant
    cle: Cle
    calcul: Part

    @property
    def motif(self) -> str:
        """Say the computation in French."""
        exacte = self.calcul.exacte / (100 if self.total >= Montant.zero() else -100)
        return (
            f"{LIBELLES[self.cle]}{ESPACE}: {nombre(self.calcul.poids)} sur "
            f"{nombre(self.calcul.somme)}. La part exacte de {euros(self.total)} est "
            f"{nombre(exacte)}{ESPACE}€{_reste(self.calcul)}{FINE}; "
            f"part{ESPACE}: {euros(self.montant)}."
        )


def partager_montant(
    montant: Montant, cle: Cle, membres: Iterable[Assiette]
) -> list[PartDeMontant]:
    """Share `montant` by `cle`, members in the order of their SIRET; Σ parts = montant.

    Raises `ValidationError`: `aucun_membre`, `cle_double`, `poids_negatif`, `poids_nuls`,
    `pourcentages_invalides`.
    """
    assiettes = sorted(membres, key=lambda m: m.siret)
    if not assiettes:
        raise ValidationError(
            "Aucun membre entre qui partager ce montant.",
            code="aucun_membre",
            champs={"membres": "Indiquez au moins un membre."},
        )
    poids = [(m.siret, _POIDS[cle](m)) for m in assiettes]
    if cle is Cle.POURCENTAGES:
        _exiger_cent(poids)
    signe = -1 if montant < Montant.zero() else 1
    calculs = expliquer(abs(montant.centimes), poids)
    return [PartDeMontant(c.cle, _euros(signe * c.part), montant, cle, c) for c in calculs.values()]


_POIDS: Mapping[Cle, Callable[[Assiette], Decimal]] = {
    Cle.AU_MONTANT: lambda m: m.montant.decimal,
    Cle.A_LA_QUANTITE: lambda m: m.quantite,
    Cle.PARTS_EGALES: lambda _: Decimal(1),
    Cle.POURCENTAGES: lambda m: m.pourcentage or Decimal(),
}


def _exiger_cent(poids: Sequence[tuple[str, Decimal]]) -> None:
    somme = sum((p for _, p in poids), Decimal())
    if somme != CENT:
        raise ValidationError(
            f"Les pourcentages de la convention font {nombre(somme)}{ESPACE}%{ESPACE}: leur somme "
            f"est 100{ESPACE}%.",
            code="pourcentages_invalides",
            champs={
                "pourcentages": f"Corrigez les pourcentages pour que leur somme soit 100{ESPACE}%."
            },
        )


def _reste(calcul: Part) -> str:
    if not calcul.reste:
        return ", sans reste"
    rang = "le plus fort reste" if calcul.rang == 1 else f"le {calcul.rang}ᵉ plus fort reste"
    effet = "donne un centime de plus" if calcul.bonus else "ne donne pas de centime de plus"
    return f"{FINE}; {rang} {effet}"


def _euros(centimes: int) -> Montant:
    return Montant(Decimal(centimes).scaleb(-2))


def euros(montant: Montant) -> str:
    """Write an amount the French way, its two decimals kept: 1 234,50 €."""
    signe = "-" if montant < Montant.zero() else ""
    entier, centimes = str(abs(montant)).split(".")
    return f"{signe}{nombre(int(entier))},{centimes}{ESPACE}€"
