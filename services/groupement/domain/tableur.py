"""Needs from a spreadsheet: loose headers, one verdict per line, the same file twice is a no-op."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.groupement.domain.articles import Article, nom_de_lieu
from services.groupement.domain.besoins import (
    Canal,
    Changement,
    Connu,
    Declaration,
    Mesure,
    Precisions,
    comparer,
    completer,
    fourchette,
    lire_declaration,
    mesurer,
    motiver,
)
from services.groupement.domain.periodes import PEU_IMPORTE, dire_periode
from shared.kernel.errors import DomainError, ValidationError

COLONNES = (
    "Article",
    "Désignation",
    "Quantité",
    "Tolérance",
    "Unité",
    "Lieu de livraison",
    "Livraison souhaitée",
    "Ligne budgétaire",
    "Motif du retrait",
    "Pour mémoire",
)
TITRES: Mapping[str, tuple[str, ...]] = {
    "article": ("code", "code article", "référence"),
    "quantite": ("quantité", "qté", "besoin"),
    "unite": ("unité", "unités", "conditionnement"),
    "lieu": ("lieu de livraison", "site", "livraison"),
    "tolerance": ("tolérance", "tolérance acceptée", "en plus", "jusqu’à en plus"),
    "souhaite": ("livraison souhaitée", "date souhaitée", "date de livraison", "période"),
    "imputation": ("ligne budgétaire", "imputation budgétaire", "compte"),
    "motif": ("motif du retrait", "motif de retrait"),
}
"""Headings that name each field; case, accents and punctuation do not matter."""
LIGNES_MAX = 10_000
MONTREES_MAX = 200
Brutes = Sequence[tuple[int, Mapping[str, str]]]
"""Lines as read: number in the file, texts by field."""


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
    def montrees(self) -> tuple[LigneLue, ...]:
        """Lines to look at, errors first, then what changes; a long file is not shown whole."""
        rang = {Changement.ERREUR: 0, Changement.IDENTIQUE: 2}
        triees = sorted(self.lignes, key=lambda ligne: rang.get(ligne.changement, 1))
        gardees = {ligne.numero for ligne in triees[:MONTREES_MAX]}
        return tuple(ligne for ligne in self.lignes if ligne.numero in gardees)

    @property
    def empreinte(self) -> str:
        """Tells whether what is about to be written is what was shown."""
        vues = [[n.numero, n.changement, str(n.declaration), str(n.avant)] for n in self.lignes]
        return hashlib.sha256(json.dumps(vues).encode()).hexdigest()


def lire(
    brutes: Brutes, articles: Mapping[str, Article], connus: Mapping[tuple[str, str], Connu]
) -> Apercu:
    """Compare the lines with the needs known by (article, place); one without quantity is skipped.

    Raises `ValidationError` when there are too many of them.
    """
    if len(brutes) > LIGNES_MAX:
        raise ValidationError(
            f"Le fichier dépasse {LIGNES_MAX} lignes\u00a0: importez-le en plusieurs fois.",
            code="fichier_trop_long",
            champs={"fichier": f"Limitez le fichier à {LIGNES_MAX} lignes."},
        )
    lignes: list[LigneLue] = []
    vus: set[tuple[str, str]] = set()
    for numero, brute in brutes:
        cellules = {champ: texte.strip() for champ, texte in brute.items() if champ in TITRES}
        if not cellules.get("quantite"):
            continue
        ligne = _ligne(numero, cellules, articles, connus)
        if ligne.declaration:
            cle = (ligne.declaration.article, ligne.declaration.lieu)
            if cle in vus:
                ligne = _refus(numero, cellules, "Cet article figure déjà plus haut pour ce lieu.")
            vus.add(cle)
        lignes.append(ligne)
    return Apercu(tuple(lignes))


def _ligne(
    numero: int,
    cellules: Mapping[str, str],
    articles: Mapping[str, Article],
    connus: Mapping[tuple[str, str], Connu],
) -> LigneLue:
    code = cellules.get("article", "")
    article = articles.get(code.upper())
    if article is None:
        return _refus(numero, cellules, f"L’article «\u00a0{code}\u00a0» est inconnu.")
    try:
        declaration = _declaration(article, cellules)
        mesure = mesurer(declaration, article)
        connu = connus.get((article.code, declaration.lieu))
        declaration = motiver(connu, completer(connu, declaration), Canal.TABLEUR)
    except DomainError as erreur:
        return _refus(numero, cellules, erreur.message)
    return LigneLue(
        numero,
        article.code,
        cellules["quantite"],
        comparer(connu, declaration),
        declaration,
        mesure,
        connu.declaration if connu else None,
    )


def _declaration(article: Article, cellules: Mapping[str, str]) -> Declaration:
    """A column that the file does not have says nothing: what is known of it stays."""
    return lire_declaration(
        article,
        cellules["quantite"],
        cellules.get("unite"),
        cellules.get("lieu"),
        Precisions(
            cellules.get("tolerance"),
            cellules.get("souhaite"),
            cellules.get("imputation"),
            cellules.get("motif"),
        ),
    )


def _refus(numero: int, cellules: Mapping[str, str], erreur: str) -> LigneLue:
    return LigneLue(
        numero,
        cellules.get("article", ""),
        cellules["quantite"],
        Changement.ERREUR,
        erreur=erreur,
    )


def modele(
    articles: Iterable[Article],
    connus: Mapping[tuple[str, str], Connu],
    memoire: Mapping[str, str] | None = None,
) -> list[list[str]]:
    """Lines to fill in: one per article, what is already known prefilled.

    `memoire` says by article what was asked last year; its column is never read back.
    """
    passe = memoire or {}
    lignes = []
    for article in articles:
        siens = [connu for (code, _), connu in sorted(connus.items()) if code == article.code]
        lignes += [
            [*_prefille(article, connu.declaration), passe.get(article.code, "")] for connu in siens
        ]
        if not siens:
            vide = [article.code, article.designation, "", "", article.conditionnement_achat]
            lignes.append([*vide, nom_de_lieu(None), "", "", "", passe.get(article.code, "")])
    return lignes


def _prefille(article: Article, declaration: Declaration) -> list[str]:
    texte = fourchette(declaration.quantite, declaration.tolerance)
    return [
        article.code,
        article.designation,
        texte,
        "",
        declaration.unite,
        declaration.lieu,
        dire_periode(declaration.souhaite or PEU_IMPORTE).removeprefix("le "),
        declaration.imputation or "",
        declaration.motif,
    ]
