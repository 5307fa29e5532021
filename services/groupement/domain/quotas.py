"""Splitting an award between members: quantities by pack, amounts by cent, nothing lost (D7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.groupement.domain.quanta import exposant, partager
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant


@dataclass(frozen=True, slots=True)
class LigneAttribuee:
    """A line of the contract and the members' needs behind it (base units by SIRET)."""

    cle: str
    article: str
    lieu: str
    quantite: Decimal
    prix_unitaire_ht: Decimal
    besoins: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Part:
    """One member's quota on one line: its quantity and the most it may cost."""

    ligne: str
    siret: str
    quantite: Decimal
    montant_max_ht: Montant


def repartir_attribution(lignes: Sequence[LigneAttribuee], montant_ht: Montant) -> list[Part]:
    """Split every line by the needs, then the amount of the contract by what each part costs.

    Σ quantities of a line = its quantity and Σ amounts = `montant_ht`, both exactly.
    """
    quantites = [
        (ligne, siret, quantite)
        for ligne in sorted(lignes, key=lambda x: x.cle)
        for siret, quantite in _quantites(ligne).items()
    ]
    poids = {
        f"{siret} {ligne.cle}": quantite * ligne.prix_unitaire_ht
        for ligne, siret, quantite in quantites
    }
    montants = montant_ht.repartir(
        poids if any(poids.values()) else dict.fromkeys(poids, Decimal(1))
    )
    return [
        Part(ligne.cle, siret, quantite, montants[f"{siret} {ligne.cle}"])
        for ligne, siret, quantite in quantites
    ]


def _quantites(ligne: LigneAttribuee) -> dict[str, Decimal]:
    if not any(ligne.besoins.values()):
        raise DomainError(
            f"Aucun besoin consolidé ne correspond à la ligne {ligne.article} ({ligne.lieu}).",
            code="ligne_sans_besoin",
        )
    return partager(ligne.quantite, ligne.besoins, exposant((ligne.quantite,)))
