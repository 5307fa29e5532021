"""Sharing a quantity between members by a named strategy, in whole quanta, each share explained.

Σ parts = total exactly, whatever the strategy; what the quantum leaves over goes to the largest
remainders, ties to the smallest key, so that the order of the parts never matters. A quantum is
any step: 1 for packs, 0.5 for half pallets, 0.01 for cents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from services.groupement.domain.empreintes import condenser, texte
from services.groupement.domain.strategies import (
    LIBELLES,
    STRATEGIES,
    Demande,
    Part,
    Partage,
    Strategie,
)
from shared.kernel.errors import ValidationError
from shared.kernel.repartition import ESPACE, nombre

__all__ = [
    "LIBELLES",
    "Demande",
    "Part",
    "Regle",
    "Strategie",
    "empreinte",
    "repartir",
]


@dataclass(frozen=True, slots=True)
class Regle:
    """A strategy with what it needs to know of each key; the rest is read from the demands.

    `raisons` says of each key where its class or floor comes from.
    """

    strategie: Strategie = Strategie.PRORATA
    classes: Mapping[str, int] = field(default_factory=dict)
    planchers: Mapping[str, Decimal] = field(default_factory=dict)
    quantites: Mapping[str, Decimal] = field(default_factory=dict)
    motif: str = ""
    raisons: Mapping[str, str] = field(default_factory=dict)

    def demandes(self, poids: Mapping[str, Decimal]) -> list[Demande]:
        """The demands of `poids`; who has no class comes last, a floor stops at what is asked."""
        derniere = max(self.classes.values(), default=0) + 1
        return [
            Demande(
                cle,
                demande,
                classe=self.classes.get(cle, derniere),
                plancher=min(self.planchers.get(cle, Decimal()), demande),
                quantite=self.quantites.get(cle),
            )
            for cle, demande in poids.items()
        ]


def repartir(
    total: Decimal,
    quantum: Decimal,
    parts: Sequence[Demande],
    strategie: Strategie = Strategie.PRORATA,
    *,
    motif: str = "",
    unite: str = "",
) -> list[Part]:
    """Share `total` in steps of `quantum`; the parts come back in the order given.

    Under PRIORITE and PLANCHER the weights are quantities asked: nobody gets more, and a total
    beyond their sum is refused. Raises `ValidationError` (`repartition_invalide`) naming every
    faulty field: `total`, `quantum`, `motif`, `parts.1.poids`…
    """
    partage = Partage(total, quantum, tuple(parts), motif.strip(), unite)
    _verifier(partage, strategie)
    faites = {part.cle: part for part in STRATEGIES[strategie](partage)}
    return [faites[demande.cle] for demande in parts]


def empreinte(
    total: Decimal, quantum: Decimal, parts: Sequence[Demande], strategie: Strategie, motif: str
) -> str:
    """SHA-256 of the canonical inputs, the same for any order of the parts."""
    demandes = sorted(
        [
            d.cle,
            texte(d.poids),
            str(d.classe),
            texte(d.plancher),
            "" if d.quantite is None else texte(d.quantite),
        ]
        for d in parts
    )
    return condenser(["repartition", strategie, texte(total), texte(quantum), motif, demandes])


def _verifier(partage: Partage, strategie: Strategie) -> None:
    """Refuse with every faulty field at once."""
    champs = _fautes_generales(partage)
    if not champs:
        champs = _PROPRES[strategie](partage)
    if champs:
        raise ValidationError(
            f"Cette répartition ne peut pas se calculer{ESPACE}: corrigez les valeurs signalées.",
            code="repartition_invalide",
            champs=champs,
        )


def _fautes_generales(partage: Partage) -> dict[str, str]:
    champs: dict[str, str] = {}
    if not partage.quantum.is_finite() or partage.quantum <= 0:
        champs["quantum"] = "Le quantum est un nombre supérieur à zéro."
    if not partage.total.is_finite() or partage.total < 0:
        champs["total"] = "Le total à répartir est un nombre positif ou nul."
    if not champs and not partage.tombe_juste(partage.total):
        champs["total"] = (
            f"Le total ({nombre(partage.total)}) n’est pas un multiple du quantum "
            f"({nombre(partage.quantum)})."
        )
    return champs | _fautes_des_poids(partage.parts)


def _fautes_des_poids(parts: Sequence[Demande]) -> dict[str, str]:
    champs = {
        f"parts.{i}.poids": "Un poids est un nombre positif ou nul."
        for i, demande in enumerate(parts)
        if not demande.poids.is_finite() or demande.poids < 0
    }
    if not champs and not any(demande.poids for demande in parts):
        champs["parts"] = "La somme des poids est nulle : indiquez au moins un poids positif."
    return champs | _cles_doubles(parts)


def _cles_doubles(parts: Sequence[Demande]) -> dict[str, str]:
    vues: set[str] = set()
    champs = {}
    for i, demande in enumerate(parts):
        if demande.cle in vues:
            champs[f"parts.{i}.cle"] = f"La clé «{ESPACE}{demande.cle}{ESPACE}» figure deux fois."
        vues.add(demande.cle)
    return champs


def _fautes_de_demande(partage: Partage) -> dict[str, str]:
    """Weights that are quantities asked: whole quanta, and enough of them for the total."""
    champs = {
        f"parts.{i}.poids": _pas_un_multiple(partage, "La demande")
        for i, demande in enumerate(partage.parts)
        if not partage.tombe_juste(demande.poids)
    }
    somme = sum((Fraction(d.poids) for d in partage.parts), Fraction())
    if partage.total > somme:
        champs["total"] = (
            f"Le total ({nombre(partage.total)}) dépasse la somme des demandes ({nombre(somme)})."
        )
    return champs


def _fautes_de_plancher(partage: Partage) -> dict[str, str]:
    champs = _fautes_de_demande(partage)
    for i, demande in enumerate(partage.parts):
        if not 0 <= demande.plancher <= demande.poids:
            champs[f"parts.{i}.plancher"] = "Un plancher se situe entre zéro et la demande."
        elif not partage.tombe_juste(demande.plancher):
            champs[f"parts.{i}.plancher"] = _pas_un_multiple(partage, "Le plancher")
    return champs


def _fautes_manuelles(partage: Partage) -> dict[str, str]:
    champs = {}
    if not partage.motif:
        champs["motif"] = "Une répartition fixée à la main demande un motif."
    for i, demande in enumerate(partage.parts):
        if demande.quantite is None or demande.quantite < 0:
            champs[f"parts.{i}.quantite"] = "Indiquez la part fixée, positive ou nulle."
        elif not partage.tombe_juste(demande.quantite):
            champs[f"parts.{i}.quantite"] = _pas_un_multiple(partage, "La part")
    somme = sum((Fraction(d.quantite or 0) for d in partage.parts), Fraction())
    if not champs and somme != partage.total:
        champs["total"] = (
            f"Les parts fixées font {nombre(somme)}, le total est {nombre(partage.total)}."
        )
    return champs


def _pas_un_multiple(partage: Partage, sujet: str) -> str:
    return f"{sujet} est un multiple du quantum ({nombre(partage.quantum)})."


_PROPRES = {
    Strategie.PRORATA: lambda _: dict[str, str](),
    Strategie.PRIORITE: _fautes_de_demande,
    Strategie.PLANCHER: _fautes_de_plancher,
    Strategie.MANUELLE: _fautes_manuelles,
}
