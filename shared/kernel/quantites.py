"""Quantities: exact conversions inside one dimension, packagings of an article, typed input.

A quantity keeps six decimals at most; what would need more is refused, never rounded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.unites import (
    UNITES,
    Dimension,
    Unite,
    chercher_unite,
    normaliser,
    trouver_unite,
)

__all__ = [
    "UNITES",
    "Bareme",
    "Conditionnement",
    "Dimension",
    "Fourchette",
    "Quantite",
    "Unite",
    "chercher_unite",
    "convertir",
    "parse_quantite",
    "trouver_unite",
]

_MICRO = 10**6
_PLAFOND = 10**12  # what NUMERIC(18,6) can hold


@dataclass(frozen=True, slots=True)
class Quantite:
    """A positive or null number of units."""

    valeur: Decimal
    unite: Unite

    def __post_init__(self) -> None:
        _verifier(self.valeur)

    def __str__(self) -> str:
        return f"{_texte(self.valeur)} {self.unite.libelle}"


@dataclass(frozen=True, slots=True)
class Conditionnement:
    """A packaging of one article: `nom` holds `contient` base units."""

    nom: str
    contient: Decimal
    unite_base: str

    def __post_init__(self) -> None:
        _verifier(self.contient)
        if not self.contient or not self.nom.strip():
            raise ValidationError(
                "Un conditionnement a un nom et contient au moins une unité de base.",
                code="conditionnement_invalide",
            )


@dataclass(frozen=True, slots=True)
class Fourchette:
    """A need known between a firm quantity and a possible one; equal when it is certain."""

    ferme: Decimal
    jusqua: Decimal
    unite: str = ""

    def __post_init__(self) -> None:
        _verifier(self.ferme)
        _verifier(self.jusqua)
        if self.jusqua < self.ferme:
            raise ValidationError(
                f"La fourchette va de la quantité ferme à la quantité possible : "
                f"{_texte(self.ferme)} est plus grand que {_texte(self.jusqua)}.",
                code="fourchette_inversee",
            )

    @property
    def tolerance(self) -> Decimal:
        return self.jusqua - self.ferme


def convertir(quantite: Quantite, unite: Unite) -> Quantite:
    """Convert exactly, or refuse: other dimension, packaging, more than six decimals."""
    depuis, vers = quantite.unite, unite
    if depuis == vers:
        return quantite
    if depuis.dimension != vers.dimension or depuis.facteur is None or vers.facteur is None:
        raise _incompatible(depuis.libelle, vers.libelle)
    exact = Fraction(quantite.valeur) * Fraction(depuis.facteur) / Fraction(vers.facteur)
    return Quantite(_decimal(exact), unite)


class Bareme:
    """How one article is counted: its base unit and the packagings that hold it.

    `unite_base` is a known unit (`"kg"`, `"KGM"`) or any noun that counts pieces (`"feuille"`).
    """

    def __init__(self, unite_base: str, conditionnements: Sequence[Conditionnement] = ()) -> None:
        self.unite_base = unite_base
        self._unite = _unite_de_comptage(unite_base)
        self._connues: dict[str, Fraction] = {}
        self._contenances = {normaliser(c.nom): c for c in conditionnements}
        if len(self._contenances) != len(conditionnements):
            raise ValidationError(
                "Deux conditionnements de l’article portent le même nom.",
                code="conditionnement_double",
            )
        for c in conditionnements:
            if not self._est_la_base(c.unite_base):
                raise _incompatible(c.unite_base, unite_base)

    @property
    def noms(self) -> tuple[str, ...]:
        """Names a person may use first: the base unit, then the packagings."""
        return (self.unite_base, *(c.nom for c in self._contenances.values()))

    def contenance(self, unite: str) -> Fraction:
        """Exact number of base units in one `unite`; looked up once per name."""
        if unite not in self._connues:
            self._connues[unite] = self._chercher(unite)
        return self._connues[unite]

    def _chercher(self, unite: str) -> Fraction:
        if self._est_la_base(unite):
            return Fraction(1)
        connue = chercher_unite(unite)
        noms = [unite, connue.libelle] if connue else [unite]
        for nom in noms:
            if trouve := self._contenances.get(normaliser(nom)):
                return Fraction(trouve.contient)
        return self._contenance_universelle(unite, connue)

    def en_base(self, valeur: Decimal, unite: str) -> Decimal:
        """Turn a number of packagings or units into base units."""
        _verifier(valeur)
        return _decimal(Fraction(valeur) * self.contenance(unite))

    def depuis_base(self, valeur: Decimal, unite: str) -> Decimal:
        """Turn base units into packagings or units, when that is exact to six decimals."""
        _verifier(valeur)
        return _decimal(Fraction(valeur) / self.contenance(unite))

    def lire(self, texte: str, unite: str | None = None) -> Fourchette:
        """Read `12 cartons`, `3 000 feuilles`, `5 à 7` (then in `unite`) into base units."""
        lu = parse_quantite(texte)
        nom = lu.unite or unite or self.unite_base
        return Fourchette(
            self.en_base(lu.ferme, nom), self.en_base(lu.jusqua, nom), self.unite_base
        )

    def _est_la_base(self, nom: str) -> bool:
        connue = chercher_unite(nom)
        noms = {normaliser(nom), normaliser(connue.libelle) if connue else ""}
        return normaliser(self.unite_base) in noms or connue == self._unite

    def _contenance_universelle(self, nom: str, unite: Unite | None) -> Fraction:
        if unite is None:
            raise ValidationError(
                f"L’unité «\u00a0{nom}\u00a0» n’est pas connue pour cet article\u00a0: "
                f"utilisez {', '.join(self.noms)}.",
                code="unite_inconnue",
                unite=nom,
            )
        memes = unite.dimension == self._unite.dimension
        if not memes or unite.facteur is None or self._unite.facteur is None:
            raise _incompatible(nom, self.unite_base)
        return Fraction(unite.facteur) / Fraction(self._unite.facteur)


_NOMBRE = r"(?:[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+|[0-9]+)(?:[.,][0-9]+)?"
_BLANC = r"[ \u00a0\u202f]"
_SAISIE = re.compile(
    rf"(?:de{_BLANC}+)?(?P<ferme>{_NOMBRE})"
    rf"(?:{_BLANC}*(?:à|a|-|–){_BLANC}*(?P<jusqua>{_NOMBRE}))?"
    rf"(?:{_BLANC}*(?P<unite>(?!(?:à|a)\b)[^\W\d_].{{0,59}}))?",
    re.IGNORECASE,
)
_EXEMPLES = "par exemple 12 cartons, 3\u202f000 feuilles ou 5 à 7"
_DOUTEUX = re.compile(r"[0-9]+\.[0-9]{3}")


def parse_quantite(texte: str) -> Fourchette:
    """Read a quantity as people type it: `12 cartons`, `3 000`, `2,5 t`, `5 à 7 palettes`."""
    lu = _SAISIE.fullmatch(texte.strip())
    if lu is None:
        raise ValidationError(
            f"«\u00a0{texte.strip()}\u00a0» n’est pas une quantité. Écrivez {_EXEMPLES}.",
            code="quantite_invalide",
        )
    ferme = _nombre(lu["ferme"])
    jusqua = _nombre(lu["jusqua"]) if lu["jusqua"] else ferme
    return Fourchette(ferme, jusqua, (lu["unite"] or "").strip())


def _nombre(texte: str) -> Decimal:
    if _DOUTEUX.fullmatch(texte):
        raise ValidationError(
            f"«\u00a0{texte}\u00a0» peut se lire de deux façons\u00a0: écrivez les milliers avec "
            "une espace (1\u202f500) et les décimales avec une virgule (1,5).",
            code="quantite_ambigue",
        )
    return Decimal(re.sub(_BLANC, "", texte).replace(",", "."))


def _unite_de_comptage(nom: str) -> Unite:
    """A base unit outside the table, or a packaging taken as base, counts pieces."""
    connue = chercher_unite(nom)
    if connue is None or connue.facteur is None:
        return Unite(normaliser(nom), Dimension.PIECE, Decimal(1), nom)
    return connue


def _verifier(valeur: Decimal) -> None:
    if not isinstance(valeur, Decimal):
        raise TypeError("A quantity is a Decimal.")
    if not valeur.is_finite() or not 0 <= valeur < _PLAFOND:
        raise ValidationError(
            "Une quantité est un nombre positif, inférieur à mille milliards.",
            code="quantite_hors_limites",
        )
    _refuser_trop_precis(Fraction(valeur))


def _refuser_trop_precis(exact: Fraction) -> None:
    if (exact * _MICRO).denominator != 1:
        raise DomainError(
            "Cette quantité demanderait plus de six décimales\u00a0: choisissez une autre unité.",
            code="quantite_trop_precise",
        )


def _decimal(exact: Fraction) -> Decimal:
    _refuser_trop_precis(exact)
    entier = Decimal(int(exact * _MICRO)).scaleb(-6)
    return entier.quantize(Decimal(1)) if exact.denominator == 1 else entier.normalize()


def _texte(valeur: Decimal) -> str:
    return format(valeur.normalize(), "f").replace(".", ",")


def _incompatible(depuis: str, vers: str) -> DomainError:
    return DomainError(
        f"Aucune conversion n’existe de «\u00a0{depuis}\u00a0» vers «\u00a0{vers}\u00a0»\u00a0: "
        "indiquez une unité de même nature ou un conditionnement de l’article.",
        code="unite_incompatible",
        depuis=depuis,
        vers=vers,
    )
