"""Tables that leave the platform: CSV, XLSX, ODS, from the very rows that the screen shows.

A text that a spreadsheet would run as a formula is written with an apostrophe in front.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import odswriter
import xlsxwriter
from flask import Response

from shared.kernel.clock import PARIS
from shared.kernel.errors import NotFoundError, ValidationError
from shared.kernel.montant import Montant

Valeur = str | int | Decimal | Montant | dt.date | bool | None
FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
ODS_MAX: Final = 20_000
LISTE_MAX: Final = 255  # what XLSX allows for the values of one drop-down
_DANGEREUX: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Tableau:
    """A table to write: its name (also the file's), its headings, its rows.

    `listes` gives, for a heading, the values that each row offers (XLSX drop-downs).
    """

    nom: str
    colonnes: Sequence[str]
    lignes: Iterable[Sequence[Valeur]]
    listes: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fichier:
    """A file ready to be sent."""

    nom: str
    mimetype: str
    contenu: bytes


def neutraliser(texte: str) -> str:
    """Keep a spreadsheet from reading a text as a formula."""
    return f"'{texte}" if texte.lstrip(" ").startswith(_DANGEREUX) else texte


def _cellule(valeur: Valeur) -> Valeur:
    """One of str, int, Decimal, date, naive datetime (Paris time), None."""
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, str):
        return neutraliser(valeur)
    if isinstance(valeur, Montant):
        return valeur.decimal
    if isinstance(valeur, dt.datetime):
        return valeur.astimezone(PARIS).replace(tzinfo=None, microsecond=0)
    return valeur


def _texte_csv(valeur: Valeur) -> str:
    """CSV cell for a French spreadsheet: decimal comma, ISO dates."""
    if valeur is None:
        return ""
    if isinstance(valeur, Decimal):
        return f"{valeur:f}".replace(".", ",")
    if isinstance(valeur, dt.datetime):
        return valeur.isoformat(" ")
    return str(valeur)


def en_csv(tableau: Tableau) -> bytes:
    sortie = io.StringIO()
    ecrivain = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow([neutraliser(titre) for titre in tableau.colonnes])
    for ligne in tableau.lignes:
        ecrivain.writerow([_texte_csv(_cellule(valeur)) for valeur in ligne])
    return sortie.getvalue().encode("utf-8-sig")


def en_xlsx(tableau: Tableau) -> bytes:
    sortie = io.BytesIO()
    classeur = xlsxwriter.Workbook(
        sortie,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    gras = classeur.add_format({"bold": True, "text_wrap": True})
    formats: dict[type, Any] = {
        dt.date: classeur.add_format({"num_format": "dd/mm/yyyy"}),
        dt.datetime: classeur.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
    }
    feuille = classeur.add_worksheet(tableau.nom[:31])
    feuille.freeze_panes(1, 0)
    feuille.set_column(0, max(len(tableau.colonnes) - 1, 0), 18)
    feuille.write_row(0, 0, [neutraliser(titre) for titre in tableau.colonnes], gras)
    for rang, ligne in enumerate(tableau.lignes, start=1):
        for colonne, valeur in enumerate(map(_cellule, ligne)):
            feuille.write(rang, colonne, valeur, formats.get(type(valeur)))
    for titre, choix in tableau.listes.items():
        _proposer(feuille, tableau.colonnes.index(titre), choix)
    classeur.close()
    return sortie.getvalue()


def _proposer(feuille: Any, colonne: int, choix: Sequence[Sequence[str]]) -> None:
    """Drop-downs of a column; they advise and never forbid. Too long a list is left out."""
    for rang, valeurs in enumerate(choix, start=1):
        if valeurs and len(",".join(valeurs)) <= LISTE_MAX and not any("," in v for v in valeurs):
            regle = {"validate": "list", "source": list(valeurs), "error_type": "information"}
            feuille.data_validation(rang, colonne, rang, colonne, regle)


def en_ods(tableau: Tableau) -> bytes:
    """Raise `ValidationError` above 20 000 rows: the whole document is held in memory."""
    return _ods([tableau])


def classeur_ods(nom: str, tableaux: Sequence[Tableau]) -> Fichier:
    """One workbook with a sheet per table, named after it; the same limit for all rows together."""
    return Fichier(f"{nom}.ods", FORMATS["ods"], _ods(tableaux))


def _ods(tableaux: Sequence[Tableau]) -> bytes:
    lues = [[[_cellule(v) for v in ligne] for ligne in tableau.lignes] for tableau in tableaux]
    total = sum(map(len, lues))
    if total > ODS_MAX:
        raise ValidationError(
            f"Ce tableau compte {total} lignes, trop pour le format ODS. Choisissez CSV.",
            code="export_trop_long",
        )
    sortie = io.BytesIO()
    with odswriter.writer(sortie) as classeur:
        for tableau, lignes in zip(tableaux, lues, strict=True):
            feuille = classeur.new_sheet(tableau.nom[:31], cols=max(len(tableau.colonnes), 1))
            feuille.writerow([neutraliser(titre) for titre in tableau.colonnes])
            feuille.writerows(lignes)
    return sortie.getvalue()


_ECRIVAINS: Final[dict[str, Callable[[Tableau], bytes]]] = {
    "csv": en_csv,
    "xlsx": en_xlsx,
    "ods": en_ods,
}


def exporter(tableau: Tableau, extension: str) -> Fichier:
    """Write the table as `csv`, `xlsx` or `ods`; raise `NotFoundError` for anything else."""
    if extension not in _ECRIVAINS:
        raise NotFoundError(f"Le format « {extension} » n’est pas proposé.", code="format_inconnu")
    contenu = _ECRIVAINS[extension](tableau)
    return Fichier(f"{tableau.nom}.{extension}", FORMATS[extension], contenu)


def telecharger(fichier: Fichier) -> Response:
    """Send a file as an attachment."""
    reponse = Response(fichier.contenu, content_type=fichier.mimetype)
    reponse.headers.set("Content-Disposition", "attachment", filename=fichier.nom)
    return reponse


def modele_xlsx(nom: str, colonnes: Sequence[str], listes: dict[str, Sequence[str]]) -> Fichier:
    """Empty workbook to fill in; a column named in `listes` offers its values."""
    sortie = io.BytesIO()
    classeur: Any = xlsxwriter.Workbook(sortie, {"in_memory": True})
    feuille = classeur.add_worksheet(nom[:31])
    feuille.freeze_panes(1, 0)
    feuille.set_column(0, len(colonnes) - 1, 22)
    feuille.write_row(0, 0, colonnes, classeur.add_format({"bold": True}))
    for rang, colonne in enumerate(colonnes):
        if colonne in listes:
            choix = {"validate": "list", "source": list(listes[colonne])}
            feuille.data_validation(1, rang, 1000, rang, choix)
    classeur.close()
    return Fichier(f"{nom}.xlsx", FORMATS["xlsx"], sortie.getvalue())
