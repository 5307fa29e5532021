"""Identifiers given by others: SIREN, SIRET, French VAT number, IBAN, CPV, e-mail."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import stdnum.fr.siren
import stdnum.fr.siret
import stdnum.fr.tva
import stdnum.iban

from shared.kernel.errors import NotFoundError, ValidationError

FINE = "\N{NARROW NO-BREAK SPACE}"
_BLANCS = re.compile(r"\s+")
_DIVISIONS = Path(__file__).parent / "donnees" / "cpv_divisions.csv"


def compacter(texte: str) -> str:
    """Drop every space, no-break ones included."""
    return _BLANCS.sub("", texte)


def siren_valide(texte: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{9}", texte)) and bool(stdnum.fr.siren.is_valid(texte))


def siret_valide(texte: str) -> bool:
    """Check 14 digits with their key; La Poste's branches follow their own rule."""
    return bool(re.fullmatch(r"[0-9]{14}", texte)) and bool(stdnum.fr.siret.is_valid(texte))


def valider_siret(texte: str) -> str:
    """Return the 14 digits of a SIRET typed with or without spaces, or say what is wrong."""
    siret = compacter(texte)
    if not re.fullmatch(r"[0-9]{14}", siret):
        raise ValidationError(
            "Le SIRET compte 14 chiffres, par exemple 732 829 320 00074.", code="siret_invalide"
        )
    if not siret_valide(siret):
        raise ValidationError(
            "La clé de ce SIRET est fausse : un chiffre a sans doute été mal saisi.",
            code="siret_invalide",
        )
    return siret


def formater_siret(siret: str) -> str:
    """`73282932000074` → `732 829 320 00074` (narrow no-break spaces)."""
    return FINE.join((siret[:3], siret[3:6], siret[6:9], siret[9:]))


def tva_valide(texte: str) -> bool:
    """Check a French intra-community VAT number (`FR`, two characters, SIREN)."""
    return texte.startswith("FR") and bool(stdnum.fr.tva.is_valid(texte))


def tva_de_siren(siren: str) -> str:
    """French VAT number that the tax office derives from a SIREN."""
    return f"FR{int(siren + '12') % 97:02d}{siren}"


def iban_valide(texte: str) -> bool:
    return bool(stdnum.iban.is_valid(compacter(texte)))


_CPV = re.compile(r"[0-9]{8}(-[0-9])?")


def cpv_valide(code: str) -> bool:
    """Check the shape only: the check digit has no public formula."""
    return bool(_CPV.fullmatch(code))


def valider_cpv(texte: str) -> str:
    """Return the eight digits of a CPV code, its check digit dropped, or say what is wrong."""
    code = compacter(texte)
    if not cpv_valide(code):
        raise ValidationError(
            "Un code CPV compte huit chiffres, par exemple 30197630.", code="cpv_invalide"
        )
    return code[:8]


def cpv_racine(code: str) -> str:
    """Meaningful head of a code: trailing zeros dropped, never below the two-digit division."""
    return code[:2] + code[2:8].rstrip("0")


def cpv_couvre(prefixe: str, code: str) -> bool:
    """Tell whether `prefixe` (a code or any head of one) is `code` or one of its ancestors."""
    return code.startswith(cpv_racine(prefixe))


@cache
def cpv_divisions() -> Mapping[str, str]:
    """The 45 two-digit divisions of the vocabulary with their French labels."""
    with _DIVISIONS.open(encoding="utf-8", newline="") as fichier:
        lignes = csv.DictReader(fichier)
        return MappingProxyType({ligne["division"]: ligne["libelle"] for ligne in lignes})


def cpv_division(code: str) -> str:
    """Label of the division a code belongs to."""
    try:
        return cpv_divisions()[code[:2]]
    except KeyError:
        raise NotFoundError(
            f"Le code CPV {code} n’appartient à aucune division connue.",
            code="cpv_division_inconnue",
        ) from None


# One @, no blank, a dotted domain: the mail server has the last word, not a pattern.
_COURRIEL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?=.{4,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


def email_valide(texte: str) -> bool:
    local = texte.partition("@")[0]
    bien_pointe = not (local.startswith(".") or local.endswith(".") or ".." in local)
    return bien_pointe and bool(_COURRIEL.fullmatch(texte))
