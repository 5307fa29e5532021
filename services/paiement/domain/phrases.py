"""Words of the explanations: days, amounts and rates as people read them in French."""

import datetime as dt
from decimal import Decimal

from shared.kernel.montant import Montant

FINE = "\N{NARROW NO-BREAK SPACE}"
INSECABLE = "\N{NO-BREAK SPACE}"
_MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)


def jour(date: dt.date) -> str:
    """`2026-03-02` → « 2 mars 2026 », the first of a month as « 1er »."""
    quantieme = "1er" if date.day == 1 else str(date.day)
    return f"{quantieme}{INSECABLE}{_MOIS[date.month - 1]}{INSECABLE}{date.year}"


def jours(nombre: int) -> str:
    return f"{nombre}{INSECABLE}jour{'s' if abs(nombre) > 1 else ''}"


def duree(temps: dt.timedelta) -> str:
    """How long something lasted, in days, or in hours below one day."""
    if temps >= dt.timedelta(days=1):
        return jours(temps.days)
    heures = int(temps.total_seconds() // 3600)
    return f"{heures}{INSECABLE}heure{'s' if heures > 1 else ''}" if heures else "moins d’une heure"


def euros(montant: Montant) -> str:
    """`32832.00` → « 32 832,00 € »."""
    entier, _, centimes = f"{montant.decimal:,.2f}".partition(".")
    return f"{entier.replace(',', FINE)},{centimes}{INSECABLE}€"


def decimale(valeur: Decimal) -> str:
    """A number without useless zeros, with a decimal comma."""
    texte = format(valeur, "f")
    return (texte.rstrip("0").rstrip(".") if "." in texte else texte).replace(".", ",")


def pourcent(part: Decimal) -> str:
    """`0.05` → « 5 % »."""
    return f"{decimale(part * 100)}{INSECABLE}%"


def semestre(date: dt.date) -> str:
    """The half-year of a day: « 2e semestre 2026 »."""
    return f"{'1er' if date.month <= 6 else '2e'} semestre {date.year}"
