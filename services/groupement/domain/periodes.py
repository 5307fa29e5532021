"""When a delivery is wished: a day, a period, a month, or no matter when."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from shared.kernel.errors import ValidationError

_ANNEE_MAX = 2200
_MOIS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
_JOUR = r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[/.-]\d{1,2}[/.-]\d{4})"
_SAISIE = re.compile(
    rf"(?:du\s+)?(?P<du>{_JOUR})(?:\s*(?:au|à|a|-|–)\s*(?P<au>{_JOUR}))?", re.IGNORECASE
)
_SAISIE_MOIS = re.compile(r"(?P<mois>[a-zéûA-ZÉÛ]+)\s+(?P<annee>\d{4})")


@dataclass(frozen=True, slots=True)
class Periode:
    """Both ends included; the same day twice for a single day, None twice when it is all one."""

    du: dt.date | None = None
    au: dt.date | None = None

    def __post_init__(self) -> None:
        if (self.du is None) != (self.au is None):
            raise _refus("Donnez le début et la fin de la période, ou aucun des deux.")
        if self.du and self.au and self.au < self.du:
            raise _refus("La fin de la période précède son début.")

    def __bool__(self) -> bool:
        return self.du is not None


PEU_IMPORTE = Periode()


def periode(du: dt.date | None, au: dt.date | None) -> Periode:
    """A period from two dates; one alone stands for that day."""
    return Periode(du or au, au or du)


def lire_periode(texte: str) -> Periode:
    """Read `15/03/2026`, `du 1/3/2026 au 31/3/2026`, `2026-03-15`, `mars 2026`, or nothing."""
    propre = " ".join(texte.split())
    if not propre:
        return PEU_IMPORTE
    if lu := _SAISIE.fullmatch(propre):
        return periode(_jour(lu["du"]), _jour(lu["au"]) if lu["au"] else None)
    lu = _SAISIE_MOIS.fullmatch(propre)
    if lu and lu["mois"].casefold() in _MOIS:
        return _mois(int(lu["annee"]), _MOIS.index(lu["mois"].casefold()) + 1)
    raise _refus(
        f"«\u00a0{propre}\u00a0» n’est pas une date. Écrivez 15/03/2026, du 01/03/2026 au "
        "31/03/2026, ou mars 2026."
    )


def dire_periode(voulue: Periode) -> str:
    """`le 15/03/2026`, `du 01/03/2026 au 31/03/2026`, or nothing."""
    if not voulue.du or not voulue.au:
        return ""
    if voulue.du == voulue.au:
        return f"le {voulue.du:%d/%m/%Y}"
    return f"du {voulue.du:%d/%m/%Y} au {voulue.au:%d/%m/%Y}"


def _jour(texte: str) -> dt.date:
    morceaux = [int(morceau) for morceau in re.split(r"[/.-]", texte)]
    annee, mois, jour = morceaux if morceaux[0] > 31 else reversed(morceaux)
    try:
        lu = dt.date(annee, mois, jour)
    except ValueError as erreur:
        raise _refus(f"«\u00a0{texte}\u00a0» n’existe pas au calendrier.") from erreur
    return _plausible(lu)


def _mois(annee: int, mois: int) -> Periode:
    if not 1 <= annee <= _ANNEE_MAX:
        raise _refus("Cette année n’est pas plausible.")
    debut = _plausible(dt.date(annee, mois, 1))
    return Periode(debut, debut.replace(day=calendar.monthrange(annee, mois)[1]))


def _plausible(jour: dt.date) -> dt.date:
    if not 2000 <= jour.year <= _ANNEE_MAX:
        raise _refus("Cette année n’est pas plausible.")
    return jour


def _refus(message: str) -> ValidationError:
    return ValidationError(message, code="periode_invalide", champs={"souhaite": message})
