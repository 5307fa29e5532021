"""Spreadsheets that come in: XLSX, ODS or CSV as people really send them.

The kind is read from the bytes, never from the name; encodings, separators and headings are
forgiven; every faulty row is told with its number, and none hides the others.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import marshmallow as ma
from python_calamine import CalamineError, CalamineWorkbook

from shared.kernel.errors import ValidationError
from shared.web.messages import en_dictionnaire

TAILLE_MAX: Final = 10 * 1024 * 1024
DECOMPRESSE_MAX: Final = 100 * 1024 * 1024
LIGNES_MAX: Final = 20_000
Colonnes = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Ligne:
    """One row: its number in the file (the heading is row 1) and its texts by field."""

    numero: int
    valeurs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ErreurLigne:
    """What is wrong in one cell (or, without `champ`, in the row)."""

    numero: int
    champ: str
    message: str


def normaliser(titre: str) -> str:
    """Heading without accents, case or punctuation: « Qté. livrée » and « QTE LIVREE » meet."""
    decompose = unicodedata.normalize("NFKD", titre)
    sans_accent = "".join(c for c in decompose if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "", sans_accent.casefold().replace("œ", "oe"))


def lire(contenu: bytes, colonnes: Colonnes, *, requises: Sequence[str] = ()) -> list[Ligne]:
    """Read the rows of the first sheet.

    `colonnes` maps each field to the headings that name it (the field's own name always does).
    Raise `ValidationError` for an unreadable file or a missing heading of `requises`.
    """
    _verifier_taille(contenu)
    grille = _classeur(contenu) if contenu[:2] == b"PK" else _csv(contenu)
    if len(grille) > LIGNES_MAX + 1:
        raise ValidationError(
            f"Le fichier dépasse {LIGNES_MAX} lignes : importez-le en plusieurs fois.",
            code="fichier_trop_long",
        )
    titres, debut = _entete(grille)
    places = _placer(titres, colonnes)
    manquantes = [champ for champ in requises if champ not in places]
    if manquantes:
        raise ValidationError(
            "Colonnes introuvables : " + ", ".join(manquantes) + ". La première ligne du tableau "
            "doit porter les titres ; téléchargez le modèle pour les retrouver.",
            code="colonnes_manquantes",
        )
    return _lignes(grille[debut:], debut + 1, places)


def charger(
    lignes: Sequence[Ligne], schema: ma.Schema
) -> tuple[list[tuple[int, dict[str, Any]]], list[ErreurLigne]]:
    """Check every row with a schema; return (number, values) of the good ones, and the errors."""
    bonnes: list[tuple[int, dict[str, Any]]] = []
    erreurs: list[ErreurLigne] = []
    for ligne in lignes:
        presents = {champ: texte for champ, texte in ligne.valeurs.items() if texte}
        try:
            bonnes.append((ligne.numero, schema.load(presents)))
        except ma.ValidationError as erreur:
            erreurs += [
                ErreurLigne(ligne.numero, champ, texte)
                for champ, texte in en_dictionnaire(erreur.messages).items()
            ]
    return bonnes, erreurs


def _verifier_taille(contenu: bytes) -> None:
    if not contenu.strip():
        raise ValidationError("Le fichier est vide.", code="fichier_vide")
    if len(contenu) > TAILLE_MAX:
        raise ValidationError("Le fichier dépasse 10 Mo.", code="fichier_trop_gros")


def _classeur(contenu: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(contenu)) as archive:
            etendu = sum(membre.file_size for membre in archive.infolist())
        if etendu > DECOMPRESSE_MAX:
            raise ValidationError("Le fichier est trop volumineux.", code="fichier_trop_gros")
        with CalamineWorkbook.from_filelike(io.BytesIO(contenu)) as classeur:
            feuille = classeur.get_sheet_by_index(0)
            brut = feuille.to_python(skip_empty_area=False, nrows=LIGNES_MAX + 2)
    except (CalamineError, zipfile.BadZipFile, IndexError) as erreur:
        raise _illisible() from erreur
    return [[_texte(cellule) for cellule in ligne] for ligne in brut]


def _illisible() -> ValidationError:
    return ValidationError(
        "Ce fichier n’a pas pu être lu. Formats acceptés : XLSX, ODS et CSV.",
        code="fichier_illisible",
    )


def _texte(cellule: Any) -> str:
    """Cell as text: a spreadsheet's 12.0 is 12; its binary noise is cut at six decimals."""
    if isinstance(cellule, bool):
        return "oui" if cellule else "non"
    if isinstance(cellule, float):
        return f"{Decimal(repr(cellule)).quantize(Decimal('0.000001')).normalize():f}"
    if isinstance(cellule, dt.datetime):
        minuit = cellule.time() == dt.time(0)
        return cellule.date().isoformat() if minuit else cellule.isoformat(" ")
    if isinstance(cellule, dt.date):
        return cellule.isoformat()
    return str(cellule).strip()


def _csv(contenu: bytes) -> list[list[str]]:
    if b"\x00" in contenu[:4096] and not contenu.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _illisible()
    texte = decoder(contenu)
    premiere = texte.lstrip("\r\n").partition("\n")[0]
    separateur = max(";,\t", key=premiere.count)
    try:
        lecteur = csv.reader(io.StringIO(texte, newline=""), delimiter=separateur, strict=True)
        return [[cellule.strip() for cellule in ligne] for ligne in lecteur]
    except csv.Error as erreur:
        raise _illisible() from erreur


def decoder(contenu: bytes) -> str:
    """Decode a text of unknown encoding: UTF-8 or UTF-16 by its mark, UTF-8, else Windows-1252."""
    if contenu.startswith((b"\xff\xfe", b"\xfe\xff")):
        return contenu.decode("utf-16", errors="replace")
    try:
        return contenu.decode("utf-8-sig")
    except UnicodeDecodeError:
        return contenu.decode("cp1252", errors="replace")


def _entete(grille: Sequence[Sequence[str]]) -> tuple[Sequence[str], int]:
    for rang, ligne in enumerate(grille):
        if any(ligne):
            return ligne, rang + 1
    raise ValidationError("Le fichier est vide.", code="fichier_vide")


def _placer(titres: Sequence[str], colonnes: Colonnes) -> dict[str, int]:
    connus = {normaliser(nom): champ for champ, noms in colonnes.items() for nom in (champ, *noms)}
    places: dict[str, int] = {}
    for rang, titre in enumerate(titres):
        champ = connus.get(normaliser(titre))
        if champ is not None and champ not in places:
            places[champ] = rang
    return places


def _lignes(
    grille: Sequence[Sequence[str]], premier: int, places: Mapping[str, int]
) -> list[Ligne]:
    return [
        Ligne(
            premier + rang,
            {champ: _cellule(cellules, place) for champ, place in places.items()},
        )
        for rang, cellules in enumerate(grille)
        if any(cellules)
    ]


def _cellule(cellules: Sequence[str], place: int) -> str:
    """Text of a cell; the apostrophe that our exports put before a formula is taken off."""
    texte = cellules[place] if place < len(cellules) else ""
    return texte[1:] if texte[:1] == "'" and texte[1:2] in {"=", "+", "-", "@"} else texte
