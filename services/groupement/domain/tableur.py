"""Needs from a spreadsheet: loose headers, one verdict per line, the same file twice is a no-op."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.groupement.domain.articles import Article, nom_de_lieu
from services.groupement.domain.besoins import (
    Changement,
    Connu,
    Declaration,
    Mesure,
    comparer,
    lire_declaration,
    mesurer,
)
from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.unites import normaliser

COLONNES = ("Article", "Désignation", "Quantité", "Unité", "Lieu de livraison")
_CHAMPS: Mapping[str, tuple[str, ...]] = {
    "article": ("article", "code", "code article", "reference"),
    "quantite": ("quantite", "qte", "besoin"),
    "unite": ("unite", "conditionnement"),
    "lieu": ("lieu de livraison", "lieu", "site", "livraison"),
}
LIGNES_MAX = 5_000


@dataclass(frozen=True, slots=True)
class LigneLue:
    """One line of the file and what it would do."""

    numero: int
    article: str
    texte: str
    changement: Changement
    declaration: Declaration | None = None
    mesure: Mesure | None = None
    avant: Declaration | None = None
    erreur: str = ""


@dataclass(frozen=True, slots=True)
class Apercu:
    """Every line of a file with its verdict, in the order of the file."""

    lignes: tuple[LigneLue, ...]

    def compte(self, changement: Changement) -> int:
        return sum(ligne.changement is changement for ligne in self.lignes)

    @property
    def a_ecrire(self) -> tuple[LigneLue, ...]:
        utiles = {Changement.CREATION, Changement.MODIFICATION}
        return tuple(ligne for ligne in self.lignes if ligne.changement in utiles)

    @property
    def empreinte(self) -> str:
        """Tells whether what is about to be written is what was shown."""
        vues = [[n.numero, n.changement, str(n.declaration), str(n.avant)] for n in self.lignes]
        return hashlib.sha256(json.dumps(vues).encode()).hexdigest()


def lire(
    tableau: Sequence[Sequence[object]],
    articles: Mapping[str, Article],
    connus: Mapping[tuple[str, str], Connu],
) -> Apercu:
    """Compare a table (headers first) with the needs known by (article, place).

    Raises `ValidationError` when the file has no usable header or too many lines.
    """
    rang_titres, colonnes = _titres(tableau)
    corps = tableau[rang_titres + 1 :]
    if len(corps) > LIGNES_MAX:
        raise ValidationError(f"Le fichier dépasse {LIGNES_MAX} lignes.", code="fichier_trop_long")
    lignes, vus = [], set()
    for numero, brute in enumerate(corps, start=rang_titres + 2):
        cellules = {champ: _texte(brute, rang) for champ, rang in colonnes.items()}
        if not any(cellules.values()) or not cellules["quantite"]:
            continue
        ligne = _ligne(numero, cellules, articles, connus)
        cle = ligne.declaration and (ligne.declaration.article, ligne.declaration.lieu)
        if cle in vus and cle is not None:
            ligne = _refus(numero, cellules, "Cet article figure déjà plus haut pour ce lieu.")
        vus.add(cle)
        lignes.append(ligne)
    return Apercu(tuple(lignes))


def _titres(tableau: Sequence[Sequence[object]]) -> tuple[int, dict[str, int]]:
    for rang, ligne in enumerate(tableau[:20]):
        titres = [normaliser(str(cellule or "")) for cellule in ligne]
        colonnes = {
            champ: titres.index(nom)
            for champ, noms in _CHAMPS.items()
            for nom in reversed(noms)
            if nom in titres
        }
        if {"article", "quantite"} <= colonnes.keys():
            return rang, colonnes
    raise ValidationError(
        "Le fichier n’a pas de ligne de titres avec au moins «\u00a0Article\u00a0» et "
        "«\u00a0Quantité\u00a0». Partez du modèle à télécharger.",
        code="titres_absents",
        champs={"fichier": "Ajoutez une ligne de titres, ou partez du modèle."},
    )


def _texte(ligne: Sequence[object], rang: int) -> str:
    valeur = ligne[rang] if rang < len(ligne) else None
    match valeur:
        case None:
            return ""
        case Decimal() | float() | int():
            return _nombre(valeur)
        case _:
            return str(valeur).strip()


def _nombre(valeur: Decimal | float) -> str:
    """A spreadsheet stores numbers as binary: its shortest writing is what the person typed."""
    exact = Decimal(repr(valeur)) if isinstance(valeur, float) else Decimal(valeur)
    return format(exact.normalize(), "f").replace(".", ",")


def _ligne(
    numero: int,
    cellules: Mapping[str, str],
    articles: Mapping[str, Article],
    connus: Mapping[tuple[str, str], Connu],
) -> LigneLue:
    article = articles.get(cellules["article"].upper())
    if article is None:
        return _refus(
            numero, cellules, f"L’article «\u00a0{cellules['article']}\u00a0» est inconnu."
        )
    try:
        declaration = lire_declaration(
            article, cellules["quantite"], cellules.get("unite"), cellules.get("lieu")
        )
        mesure = mesurer(declaration, article)
    except DomainError as erreur:
        return _refus(numero, cellules, erreur.message)
    connu = connus.get((article.code, declaration.lieu))
    return LigneLue(
        numero,
        article.code,
        cellules["quantite"],
        comparer(connu, declaration),
        declaration,
        mesure,
        connu.declaration if connu else None,
    )


def _refus(numero: int, cellules: Mapping[str, str], erreur: str) -> LigneLue:
    return LigneLue(
        numero, cellules["article"], cellules["quantite"], Changement.ERREUR, erreur=erreur
    )


def modele(articles: Iterable[Article], connus: Mapping[tuple[str, str], Connu]) -> list[list[str]]:
    """Table to fill in: one line per article, what is already known prefilled."""
    lignes = [list(COLONNES)]
    for article in articles:
        siens = [connu for (code, _), connu in sorted(connus.items()) if code == article.code]
        lignes += [_prefille(article, connu.declaration) for connu in siens]
        if not siens:
            unite = article.conditionnement_achat
            lignes.append([article.code, article.designation, "", unite, nom_de_lieu(None)])
    return lignes


def _prefille(article: Article, declaration: Declaration) -> list[str]:
    texte = _nombre(declaration.quantite)
    if declaration.tolerance:
        texte += f" à {_nombre(declaration.quantite + declaration.tolerance)}"
    return [article.code, article.designation, texte, declaration.unite, declaration.lieu]
