"""Cutting the lines of a consolidation into lots, and what the law says of the result.

Allotment is the rule (CCP L2113-10); one lot only is an exception to be motivated (L2113-11).
Thresholds are checked on the sum of all lots. Nothing here depends on the order of the lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from services.groupement.domain.cles import euros
from services.groupement.domain.petits_lots import PetitsLots, petits_lots
from services.groupement.domain.seuils import Cadre, Verification, verifier
from shared.kernel.errors import ValidationError
from shared.kernel.identifiants import cpv_divisions
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.kernel.repartition import ESPACE

DIVISION_CPV, GROUPE_CPV = 2, 3


class Decoupage(StrEnum):
    """What makes two lines share a lot."""

    FAMILLE = "FAMILLE"
    LIEU = "LIEU"
    MONTANT = "MONTANT"
    UNIQUE = "UNIQUE"


LIBELLES: Mapping[Decoupage, str] = {
    Decoupage.FAMILLE: "Un lot par famille (groupe CPV)",
    Decoupage.LIEU: "Un lot par lieu de livraison",
    Decoupage.MONTANT: "Des lots sous un montant",
    Decoupage.UNIQUE: "Un seul lot, avec un motif",
}


class MotifLotUnique(StrEnum):
    """Why a purchase is not cut into lots."""

    PRESTATIONS_INDISSOCIABLES = "PRESTATIONS_INDISSOCIABLES"
    PILOTAGE = "PILOTAGE"
    CONCURRENCE = "CONCURRENCE"
    EXECUTION = "EXECUTION"
    INFRUCTUEUX = "INFRUCTUEUX"


MOTIFS: Mapping[MotifLotUnique, str] = {
    MotifLotUnique.PRESTATIONS_INDISSOCIABLES: (
        "L’objet ne permet pas d’identifier des prestations distinctes (L2113-10)"
    ),
    MotifLotUnique.PILOTAGE: (
        "L’acheteur ne peut pas assurer l’organisation, le pilotage et la coordination (L2113-11)"
    ),
    MotifLotUnique.CONCURRENCE: "Des lots restreindraient la concurrence (L2113-11)",
    MotifLotUnique.EXECUTION: (
        "Des lots rendraient l’exécution techniquement difficile ou plus coûteuse (L2113-11)"
    ),
    MotifLotUnique.INFRUCTUEUX: (
        "Des lots risqueraient de rendre la procédure infructueuse, pour une entité adjudicatrice "
        "(L2113-11)"
    ),
}


@dataclass(frozen=True, slots=True)
class LigneALotir:
    """A line to put in a lot; `cle` names it."""

    cle: str
    cpv: str
    lieu: str
    montant_ht: Montant


@dataclass(frozen=True, slots=True)
class LotPropose:
    """A lot of the proposal, its lines in the order of their keys."""

    numero: int
    objet: str
    cpv: str
    lignes: tuple[LigneALotir, ...]

    @property
    def montant_ht(self) -> Montant:
        return Montant.somme(ligne.montant_ht for ligne in self.lignes)


@dataclass(frozen=True, slots=True)
class Allotissement:
    """Lots with the procedure their sum calls for, the small-lot exception and hints for SMEs."""

    lots: tuple[LotPropose, ...]
    verification: Verification
    petits: PetitsLots
    conseils: Mapping[int, str]

    @property
    def montant_ht(self) -> Montant:
        return Montant.somme(lot.montant_ht for lot in self.lots)


def allotir(
    lignes: Iterable[LigneALotir], decoupage: Decoupage, plafond: Montant | None = None
) -> tuple[LotPropose, ...]:
    """Cut lines into lots numbered from 1; `plafond` is the most a lot may reach (MONTANT).

    A line above the ceiling makes a lot of its own: a line is never broken.
    """
    rangees = sorted(lignes, key=lambda x: (x.cpv, x.lieu, x.cle))
    groupes = _DECOUPES[decoupage](rangees, _plafond_exige(decoupage, plafond))
    return tuple(_lot(n, decoupage, groupe) for n, groupe in enumerate(groupes, start=1))


def examiner(
    cadre: Cadre, lots: Sequence[LotPropose], membres: Mapping[str, Montant] | None = None
) -> Allotissement:
    """Say what the law makes of a proposal: procedure on the sum, small lots, SME hints."""
    montants = {lot.numero: lot.montant_ht for lot in lots}
    conseils = {n: c for n, m in montants.items() if (c := conseil_pme(cadre, n, m))}
    return Allotissement(
        tuple(lots),
        verifier(cadre, montants, membres or {}),
        petits_lots(cadre, montants),
        conseils,
    )


def conseil_pme(cadre: Cadre, numero: int, montant: Montant) -> str:
    """Advise to cut a lot that small firms would find too large; empty when none is needed."""
    seuil = cadre.valeur("seuil_publicite_ht")
    if montant.decimal <= seuil.valeur:
        return ""
    return (
        f"Lot {numero}{ESPACE}: {euros(montant)} HT, au-delà de {euros(Montant(seuil.valeur))} HT "
        f"({seuil.ref}). Envisagez un découpage, pour que des PME puissent y répondre."
    )


def exiger_motif(
    nombre_de_lots: int, motif: MotifLotUnique | None, precision: str, acheteur: ClasseAcheteur
) -> None:
    """One lot only wants a reason of the list, and the facts behind it."""
    if nombre_de_lots != 1:
        return
    if motif is None:
        raise _sans_motif("motif", "Un lot unique se motive : choisissez une raison de la liste.")
    if not precision.strip():
        raise _sans_motif("precision", "Dites en une phrase les faits qui justifient ce motif.")
    if motif is MotifLotUnique.INFRUCTUEUX and acheteur is not ClasseAcheteur.ENTITE_ADJUDICATRICE:
        raise _sans_motif("motif", "Ce motif est réservé aux entités adjudicatrices.")


def _sans_motif(champ: str, message: str) -> ValidationError:
    return ValidationError(message, code="lot_unique_sans_motif", champs={champ: message})


def _plafond_exige(decoupage: Decoupage, plafond: Montant | None) -> Montant:
    if decoupage is not Decoupage.MONTANT:
        return Montant.zero()
    if plafond is None or plafond <= Montant.zero():
        message = "Indiquez le montant qu’un lot ne doit pas dépasser."
        raise ValidationError(message, code="plafond_invalide", champs={"plafond": message})
    return plafond


Groupes = list[list[LigneALotir]]


def _par_famille(lignes: Sequence[LigneALotir], _: Montant) -> Groupes:
    return [list(g) for _, g in groupby(lignes, key=lambda x: x.cpv[:GROUPE_CPV])]


def _par_lieu(lignes: Sequence[LigneALotir], _: Montant) -> Groupes:
    rangees = sorted(lignes, key=lambda x: x.lieu)
    return [list(g) for _, g in groupby(rangees, key=lambda x: x.lieu)]


def _par_montant(lignes: Sequence[LigneALotir], plafond: Montant) -> Groupes:
    """Neighbours by CPV then place; a lot closes when the next line would exceed the ceiling."""
    groupes: Groupes = []
    cumul = Montant.zero()
    for ligne in lignes:
        if not groupes or cumul + ligne.montant_ht > plafond:
            groupes.append([])
            cumul = Montant.zero()
        groupes[-1].append(ligne)
        cumul += ligne.montant_ht
    return groupes


def _en_un(lignes: Sequence[LigneALotir], _: Montant) -> Groupes:
    return [list(lignes)] if lignes else []


_DECOUPES: Mapping[Decoupage, Callable[[Sequence[LigneALotir], Montant], Groupes]] = {
    Decoupage.FAMILLE: _par_famille,
    Decoupage.LIEU: _par_lieu,
    Decoupage.MONTANT: _par_montant,
    Decoupage.UNIQUE: _en_un,
}


def _lot(numero: int, decoupage: Decoupage, lignes: Sequence[LigneALotir]) -> LotPropose:
    codes = [ligne.cpv for ligne in lignes]
    racine = _tete_commune(min(codes), max(codes))
    principale = max(lignes, key=lambda x: (x.montant_ht, x.cpv))
    cpv = f"{racine:0<8}" if len(racine) >= DIVISION_CPV else principale.cpv
    nom = _famille(racine)
    objet = f"{lignes[0].lieu}{ESPACE}: {nom}" if decoupage is Decoupage.LIEU else nom
    return LotPropose(numero, objet, cpv, tuple(sorted(lignes, key=lambda x: x.cle)))


def _tete_commune(premier: str, dernier: str) -> str:
    longueur = next(
        (i for i, (a, b) in enumerate(zip(premier, dernier, strict=False)) if a != b), len(premier)
    )
    return premier[:longueur]


def _famille(racine: str) -> str:
    """Name of what the lines have in common, by the CPV division they share."""
    division = cpv_divisions().get(racine[:DIVISION_CPV])
    if division is None:
        return "Fournitures et services divers"
    return f"{division} ({racine})" if len(racine) > DIVISION_CPV else division
