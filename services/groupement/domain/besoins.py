"""A member's need: an absolute quantity per article and place, kept with its dated increments.

Declaring again replaces (10 then 12 makes 12, never 22); the history says by how much it moved.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.groupement.domain.articles import Article, nom_de_lieu
from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.quantites import parse_quantite


class Canal(StrEnum):
    """The way a declaration came."""

    FORMULAIRE = "formulaire"
    TABLEUR = "tableur"
    EVENEMENT = "evenement"
    API = "api"


class Changement(StrEnum):
    """What a declaration would do to what is known."""

    CREATION = "creation"
    MODIFICATION = "modification"
    IDENTIQUE = "identique"
    ERREUR = "erreur"


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a member says: firm quantity and tolerance, both in `unite`."""

    article: str
    quantite: Decimal
    unite: str
    tolerance: Decimal
    lieu: str


@dataclass(frozen=True, slots=True)
class Mesure:
    """The same, in base units of the article."""

    quantite_base: Decimal
    tolerance_base: Decimal


@dataclass(frozen=True, slots=True)
class Connu:
    """What is already recorded for the same member, article and place."""

    declaration: Declaration
    version: int
    mesure: Mesure


def lire_declaration(
    article: Article, quantite: str, unite: str | None, lieu: str | None
) -> Declaration:
    """Read what a person types: `40`, `5 à 7`, `12 cartons`; an error names the field."""
    try:
        lu = parse_quantite(quantite)
    except DomainError as erreur:
        raise ValidationError(
            erreur.message, code=erreur.code, champs={"quantite": erreur.message}
        ) from erreur
    nom = lu.unite or (unite or "").strip() or article.conditionnement_achat
    return declarer(article, lu.ferme, nom, lu.tolerance, lieu)


def declarer(
    article: Article, quantite: Decimal, unite: str, tolerance: Decimal, lieu: str | None
) -> Declaration:
    """Make a declaration in the article's own words."""
    return Declaration(article.code, quantite, article.unite(unite), tolerance, nom_de_lieu(lieu))


def mesurer(declaration: Declaration, article: Article) -> Mesure:
    """Convert a declaration to base units, or refuse naming the unit or the quantity."""
    try:
        return Mesure(
            article.en_base(declaration.quantite, declaration.unite),
            article.en_base(declaration.tolerance, declaration.unite),
        )
    except DomainError as erreur:
        champ = "unite" if erreur.code.startswith("unite") else "quantite"
        champs = erreur.champs or {champ: erreur.message}
        raise ValidationError(erreur.message, code=erreur.code, champs=champs) from erreur


def comparer(connu: Connu | None, declaration: Declaration) -> Changement:
    """Tell what the declaration changes; the same one again changes nothing."""
    if connu is None:
        return Changement.CREATION
    return Changement.IDENTIQUE if connu.declaration == declaration else Changement.MODIFICATION


def increment(connu: Connu | None, mesure: Mesure) -> Decimal:
    """By how much the firm quantity moves, in base units."""
    return mesure.quantite_base - (connu.mesure.quantite_base if connu else Decimal())


def fourchette(quantite: Decimal, tolerance: Decimal) -> str:
    """Show a need as people say it: « 5 à 7 » rather than 5 + 2."""
    ferme = _nombre(quantite)
    return f"{ferme} à {_nombre(quantite + tolerance)}" if tolerance else ferme


def _nombre(valeur: Decimal) -> str:
    entier, _, decimales = format(valeur.normalize(), "f").partition(".")
    groupes = f"{int(entier):,}".replace(",", "\u202f")
    return f"{groupes},{decimales}" if decimales else groupes
