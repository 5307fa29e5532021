"""A full card number is never kept: what looks like one is refused, or cut to its last four."""

import re

from shared.kernel.errors import ValidationError
from shared.kernel.identifiants import siret_valide

_SUITE = re.compile(r"(?<!\d)\d(?:[ .\-\u00a0\u202f]?\d){12,18}(?!\d)")
_SEPARATEURS = re.compile(r"[ .\-\u00a0\u202f]")
_FIN = re.compile(r"(\d{4})\D*$")
MASQUE = "••••"
LONGUEUR_MIN = 13


def contient_un_numero(texte: str) -> bool:
    """Thirteen to nineteen digits whose key is right; a SIRET, which has the same key, is not."""
    return any(_est_un_numero(trouve.group()) for trouve in _SUITE.finditer(texte))


def masquer(texte: str) -> str:
    """Keep the last four digits of every card number found in a text."""
    return _SUITE.sub(_reduire, texte) if len(texte) >= LONGUEUR_MIN else texte


def refuser(**textes: str | None) -> None:
    """Raise `ValidationError` on the fields in which somebody typed a card number."""
    fautes = {
        champ: "N’écrivez jamais le numéro complet d’une carte\u00a0: quatre chiffres suffisent."
        for champ, texte in textes.items()
        if texte and contient_un_numero(texte)
    }
    if fautes:
        raise ValidationError(
            "Un numéro de carte complet ne peut pas être gardé ici.",
            code="numero_de_carte",
            champs=fautes,
        )


def derniers_chiffres(texte: str) -> str | None:
    """The last four digits of a number, masked or not."""
    trouve = _FIN.search(texte)
    return trouve.group(1) if trouve else None


def _reduire(trouve: re.Match[str]) -> str:
    brut = trouve.group()
    return f"{MASQUE}{_chiffres(brut)[-4:]}" if _est_un_numero(brut) else brut


def _est_un_numero(brut: str) -> bool:
    chiffres = _chiffres(brut)
    return _cle(chiffres) and not siret_valide(chiffres)


def _chiffres(brut: str) -> str:
    return _SEPARATEURS.sub("", brut)


def _cle(chiffres: str) -> bool:
    """Luhn: from the right, every second digit is doubled."""
    somme = 0
    for rang, chiffre in enumerate(reversed(chiffres)):
        double = int(chiffre) * (1 + rang % 2)
        somme += double - 9 if double > 9 else double
    return somme % 10 == 0
