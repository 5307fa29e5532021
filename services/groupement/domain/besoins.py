"""A member's need: an absolute quantity per article and place, kept with its dated increments.

Declaring again replaces (10 then 12 makes 12, never 22); the history says by how much it moved.
"""

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from services.groupement.domain.articles import Article, nom_de_lieu
from services.groupement.domain.periodes import PEU_IMPORTE, Periode, lire_periode
from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.quantites import parse_quantite

IMPUTATION_MAX = 60
MOTIF_MAX = 500


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
    """What a member says: firm quantity and tolerance, both in `unite`.

    `souhaite` and `imputation` left at None were not said: what is known of them stays.
    """

    article: str
    quantite: Decimal
    unite: str
    tolerance: Decimal
    lieu: str
    souhaite: Periode | None = None
    imputation: str | None = None
    motif: str = ""

    @property
    def retire(self) -> bool:
        return not self.quantite


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


@dataclass(frozen=True, slots=True)
class Auteur:
    """Who wrote last, when and by which way; a function, never the name of a person."""

    acteur: str
    le: dt.datetime
    canal: Canal


@dataclass(frozen=True, slots=True)
class Conflit:
    """A need that moved since the person read it: what it had become, what the person wants."""

    connu: Connu
    auteur: Auteur
    voulue: Declaration


@dataclass(frozen=True, slots=True)
class Precisions:
    """What goes with a quantity as a person types it; None when the form has no such field."""

    tolerance: str | None = None
    souhaite: str | None = None
    imputation: str | None = None
    motif: str | None = None


RIEN_DE_PLUS = Precisions()


def lire_declaration(
    article: Article,
    quantite: str,
    unite: str | None,
    lieu: str | None,
    precisions: Precisions = RIEN_DE_PLUS,
) -> Declaration:
    """Read what a person types: `40`, `5 à 7`, `12 cartons`; an error names the field."""
    try:
        lu = parse_quantite(quantite)
    except DomainError as erreur:
        raise ValidationError(
            erreur.message, code=erreur.code, champs={"quantite": erreur.message}
        ) from erreur
    nom = lu.unite or (unite or "").strip() or article.conditionnement_achat
    tolerance = lire_tolerance(precisions.tolerance, lu.tolerance)
    declaration = declarer(article, lu.ferme, nom, tolerance, lieu)
    souhaite = precisions.souhaite
    return replace(
        declaration,
        souhaite=None if souhaite is None else lire_periode(souhaite),
        imputation=lire_imputation(precisions.imputation),
        motif=lire_texte("motif", precisions.motif or "", MOTIF_MAX),
    )


def lire_tolerance(texte: str | None, fourchette: Decimal) -> Decimal:
    """The tolerance of a column of its own, or of the range: never two that disagree."""
    if not (texte or "").strip():
        return fourchette
    try:
        lue = parse_quantite(texte or "").ferme
    except DomainError as erreur:
        raise ValidationError(
            erreur.message, code=erreur.code, champs={"tolerance": erreur.message}
        ) from erreur
    if fourchette and fourchette != lue:
        message = "La fourchette et la tolérance ne disent pas la même chose\u00a0: gardez l’une."
        raise ValidationError(message, code="tolerance_double", champs={"tolerance": message})
    return lue


def lire_imputation(texte: str | None) -> str | None:
    return None if texte is None else lire_texte("imputation", texte, IMPUTATION_MAX)


def lire_texte(champ: str, texte: str, maxi: int) -> str:
    """A short text, spaces tidied; too long a one is refused on its field."""
    propre = " ".join(texte.split())
    if len(propre) > maxi:
        message = f"{maxi} caractères au plus."
        raise ValidationError(message, code="texte_trop_long", champs={champ: message})
    return propre


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


def completer(connu: Connu | None, declaration: Declaration) -> Declaration:
    """Keep what the declaration does not say: the period wished, the budget line."""
    su = connu.declaration if connu else None
    souhaite, imputation = declaration.souhaite, declaration.imputation
    if souhaite is None:
        souhaite = (su and su.souhaite) or PEU_IMPORTE
    if imputation is None:
        imputation = (su and su.imputation) or ""
    return replace(declaration, souhaite=souhaite, imputation=imputation)


def comparer(connu: Connu | None, declaration: Declaration) -> Changement:
    """Tell what the declaration changes; the same one again changes nothing."""
    if connu is None:
        return Changement.CREATION
    inchange = completer(None, connu.declaration) == completer(connu, declaration)
    if inchange or (declaration.retire and connu.declaration.retire):
        return Changement.IDENTIQUE
    return Changement.MODIFICATION


def motiver(connu: Connu | None, declaration: Declaration, canal: Canal) -> Declaration:
    """A need is withdrawn with its reason, never erased; a software's own word is one.

    Raises `ValidationError` on the quantity when a person gives no reason.
    """
    if not declaration.retire:
        return replace(declaration, motif="")
    if declaration.motif.strip():
        return replace(declaration, motif=declaration.motif.strip())
    if canal in {Canal.EVENEMENT, Canal.API}:
        return replace(declaration, motif="Retiré par le logiciel du membre")
    if connu is None or connu.declaration.retire:
        return declaration
    message = "Pour ne plus demander cet article, retirez ce besoin en donnant le motif."
    raise ValidationError(message, code="motif_requis", champs={"quantite": message})


def perime(connu: Connu | None, vue: int | None, declaration: Declaration) -> bool:
    """Tell whether the need moved since version `vue` (None: not asked) to another value."""
    if connu is None or vue is None or vue == connu.version:
        return False
    return comparer(connu, declaration) is not Changement.IDENTIQUE


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
