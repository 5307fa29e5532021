"""Reads a statement in the layout of its bank. Card numbers are cut before anything is kept."""

import csv
import datetime as dt
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from services.paiement.domain import numero_carte
from services.paiement.domain.releve import Article, Ligne, Niveau, Releve
from services.paiement.gateways.releves.formats import Format
from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.identifiants import siret_valide
from shared.kernel.montant import Montant

LIGNES_MAX = 200_000
REQUISES = ("numero", "total", "compte", "entite_siret", "carte", "jour", "montant_ttc", "niveau")
_NOMBRE = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")
_BLANCS = re.compile(r"[\s\u00a0\u202f]")
Rangee = Mapping[str, str]
T = TypeVar("T")


def empreinte_de(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def lire(octets: bytes, format_: Format) -> Releve:
    """Read a file; raise `ValidationError` naming the row and the column at fault."""
    lecture = _Lecture(format_)
    for numero, rangee in _rangees(octets, format_):
        lecture.ajouter(numero, rangee)
    return lecture.conclure()


def _rangees(octets: bytes, format_: Format) -> Iterator[tuple[int, Rangee]]:
    """Rows with their number in the file, the heading being row 1."""
    texte = _decoder(octets, format_)
    lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=format_.separateur, strict=True)
    try:
        titres = [titre.strip() for titre in next(lecteur, [])]
        _verifier_titres(titres, format_)
        for numero, cellules in enumerate(lecteur, 2):
            if numero > LIGNES_MAX:
                raise _refus(f"Le fichier dépasse {LIGNES_MAX} lignes.", "fichier_trop_long")
            if any(cellules):
                yield numero, dict(zip(titres, map(str.strip, cellules), strict=False))
    except csv.Error as erreur:
        raise _refus("Ce fichier n’est pas un CSV lisible.", "fichier_illisible") from erreur


def _decoder(octets: bytes, format_: Format) -> str:
    if not octets.strip():
        raise _refus("Le fichier est vide.", "fichier_vide")
    try:
        texte = octets.decode("utf-8-sig" if format_.encodage == "utf-8" else format_.encodage)
    except UnicodeDecodeError as erreur:
        raise _refus(
            f"Ce fichier n’est pas écrit en {format_.encodage}.", "fichier_illisible"
        ) from erreur
    if "\x00" in texte:
        raise _refus("Ce fichier n’est pas un texte.", "fichier_illisible")
    return texte


def _verifier_titres(titres: list[str], format_: Format) -> None:
    absents = [format_.colonnes[champ] for champ in REQUISES]
    absents = [titre for titre in absents if titre not in titres]
    if absents:
        raise _refus(
            f"Colonnes introuvables\u00a0: {', '.join(absents)}. Ce relevé suit-il le format "
            f"«\u00a0{format_.nom}\u00a0»\u00a0?",
            "colonnes_manquantes",
        )


class _Lecture:
    """Gathers the heading, the operations and their articles, row by row."""

    def __init__(self, format_: Format) -> None:
        self._format = format_
        self._entete: tuple[int, Rangee] | None = None
        self._lignes: list[Ligne] = []
        self._articles: dict[int, list[Article]] = {}

    def ajouter(self, numero: int, rangee: Rangee) -> None:
        champs = self._champs(rangee)
        genre = self._genre(numero, champs)
        if genre == "releve" or (self._entete is None and "type" not in self._format.colonnes):
            self._entete = (numero, champs)
        if genre == "operation":
            self._lignes.append(self._operation(numero, champs, rangee))
        elif genre == "article":
            rang = _lu(numero, "rang", champs, _entier)
            self._articles.setdefault(rang, []).append(self._article(numero, champs))

    def conclure(self) -> Releve:
        if self._entete is None:
            raise _refus("La ligne d’en-tête du relevé manque.", "entete_absente")
        numero, champs = self._entete
        orphelins = set(self._articles) - {ligne.rang for ligne in self._lignes}
        if orphelins:
            raise _refus(
                f"Des articles se rapportent à l’opération {min(orphelins)}, qui n’existe pas.",
                "article_orphelin",
            )
        return Releve(
            numero=_lu(numero, "numero", champs, _texte),
            emetteur=champs.get("emetteur", ""),
            entite_siret=_lu(numero, "entite_siret", champs, _siret),
            compte=_lu(numero, "compte", champs, _texte),
            du=_lu(numero, "du", champs, self._jour),
            au=_lu(numero, "au", champs, self._jour),
            total=_lu(numero, "total", champs, self._montant),
            lignes=[self._complete(ligne) for ligne in self._lignes],
        )

    def _complete(self, ligne: Ligne) -> Ligne:
        articles = self._articles.get(ligne.rang)
        return replace(ligne, articles=tuple(articles)) if articles else ligne

    def _champs(self, rangee: Rangee) -> dict[str, str]:
        return {champ: rangee.get(titre, "") for champ, titre in self._format.colonnes.items()}

    def _genre(self, numero: int, champs: Rangee) -> str:
        if "type" not in self._format.colonnes:
            return "operation"
        genre = self._format.genres.get(champs["type"])
        if genre is None:
            raise _refus_de(numero, "type", f"« {champs['type']} » n’est pas un type connu.")
        return genre

    def _operation(self, numero: int, champs: Rangee, rangee: Rangee) -> Ligne:
        siret = champs.get("accepteur_siret", "")
        return Ligne(
            rang=_lu(numero, "rang", champs, _entier),
            carte=_lu(numero, "carte", champs, _fin),
            autorisation=champs.get("autorisation") or None,
            jour=_lu(numero, "jour", champs, self._jour),
            accepteur_siret=siret if siret_valide(siret) else None,
            accepteur_nom=numero_carte.masquer(champs.get("accepteur_nom", "")),
            mcc=champs.get("mcc") or None,
            montant_ht=self._facultatif(numero, "montant_ht", champs),
            montant_tva=self._facultatif(numero, "montant_tva", champs),
            montant_ttc=_lu(numero, "montant_ttc", champs, self._montant),
            niveau=_lu(numero, "niveau", champs, self._niveau),
            marche=champs.get("marche") or None,
            brute=self._brute(rangee),
        )

    def _article(self, numero: int, champs: Rangee) -> Article:
        return Article(
            designation=numero_carte.masquer(_lu(numero, "designation", champs, _texte)),
            quantite=_lu(numero, "quantite", champs, self._nombre),
            prix_unitaire_ht=_lu(numero, "prix_unitaire_ht", champs, self._nombre),
            taux_tva=_lu(numero, "taux_tva", champs, self._nombre),
        )

    def _brute(self, rangee: Rangee) -> dict[str, str]:
        """The row as it came; the number of the card is cut, wherever it stands."""
        titre = self._format.colonnes["carte"]
        fin = numero_carte.derniers_chiffres(rangee.get(titre, "")) or ""
        masquee = {cle: numero_carte.masquer(valeur) for cle, valeur in rangee.items()}
        return masquee | {titre: f"{numero_carte.MASQUE}{fin}"}

    def _facultatif(self, numero: int, champ: str, champs: Rangee) -> Montant | None:
        return _lu(numero, champ, champs, self._montant) if champs.get(champ) else None

    def _niveau(self, texte: str) -> Niveau:
        return Niveau(self._format.niveaux[texte])

    def _jour(self, texte: str) -> dt.date:
        return dt.datetime.strptime(texte, self._format.date).date()  # noqa: DTZ007 -- a day

    def _nombre(self, texte: str) -> Decimal:
        brut = _BLANCS.sub("", texte).replace(self._format.decimale, ".")
        if not _NOMBRE.fullmatch(brut):
            raise ValueError(texte)
        return Decimal(brut)

    def _montant(self, texte: str) -> Montant:
        nombre = self._nombre(texte)
        if self._format.centimes:
            nombre = nombre.scaleb(-2)
        montant = Montant(nombre)
        if montant.decimal != nombre:
            raise ValueError(texte)
        return montant


def _lu(numero: int, champ: str, champs: Rangee, lire_: Callable[[str], T]) -> T:
    """Read one cell, or say which one cannot be read."""
    texte = champs.get(champ, "")
    try:
        return lire_(texte)
    except (ValueError, KeyError, InvalidOperation, DomainError) as erreur:
        masque = numero_carte.masquer(texte) if champ != "carte" else numero_carte.MASQUE
        raise _refus_de(numero, champ, f"« {masque[:40]} » ne se lit pas.") from erreur


def _texte(texte: str) -> str:
    if not texte:
        raise ValueError(texte)
    return texte


def _entier(texte: str) -> int:
    rang = int(texte)
    if not 1 <= rang <= LIGNES_MAX:
        raise ValueError(texte)
    return rang


def _siret(texte: str) -> str:
    if not siret_valide(texte):
        raise ValueError(texte)
    return texte


def _fin(texte: str) -> str:
    fin = numero_carte.derniers_chiffres(texte)
    if fin is None:
        raise ValueError(texte)
    return fin


def _refus_de(numero: int, champ: str, quoi: str) -> ValidationError:
    return _refus(f"Ligne {numero} du fichier, {champ}\u00a0: {quoi}", "ligne_illisible")


def _refus(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=code, champs={"fichier": message})
