"""Money, numbers, dates and identifiers as people read them; usable outside a request (mails).

Figures carry U+202F between groups and U+00A0 before a unit, so that no line ever breaks there.
"""

import datetime as dt
from decimal import Decimal
from typing import Final

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from shared.kernel.clock import PARIS
from shared.kernel.identifiants import formater_siret
from shared.kernel.montant import Montant
from shared.kernel.quantites import Quantite
from shared.web.typographie import NBSP

LOCALES: Final = {"fr": "fr_FR", "en": "en_GB"}
Nombre = Decimal | int
VIDE: Final = "–"


def _decimal(valeur: Montant | Nombre | str) -> Decimal:
    return valeur.decimal if isinstance(valeur, Montant) else Decimal(valeur)


def eur(valeur: Montant | Nombre | str | None, langue: str = "fr") -> str:
    """Amount in euros with its cents: « 32 832,00 € »."""
    if valeur is None:
        return VIDE
    return str(format_currency(_decimal(valeur), "EUR", locale=LOCALES[langue]))


def eur0(valeur: Montant | Nombre | str | None, langue: str = "fr") -> str:
    """Amount rounded to the euro, for estimates: « 65 880 € »."""
    if valeur is None:
        return VIDE
    motif = "#,##0 ¤" if langue == "fr" else "¤#,##0"
    return str(
        format_currency(
            _decimal(valeur), "EUR", motif, locale=LOCALES[langue], currency_digits=False
        )
    ).replace(" ", NBSP)


def nb(valeur: Nombre | str | None, langue: str = "fr") -> str:
    """Number with its useful decimals, at most six."""
    if valeur is None:
        return VIDE
    motif = "#,##0.######"
    return str(format_decimal(Decimal(valeur), motif, locale=LOCALES[langue]))


def prix(valeur: Nombre | str | None, langue: str = "fr") -> str:
    """Unit price in euros, cents at least, six decimals at most: « 38,00 € », « 0,0081 € »."""
    if valeur is None:
        return VIDE
    motif = f"#,##0.00####{NBSP}€" if langue == "fr" else "€#,##0.00####"
    return str(format_decimal(Decimal(valeur), motif, locale=LOCALES[langue]))


def pct(ratio: Nombre | str | None, langue: str = "fr") -> str:
    """Share given as a ratio: 0.05 reads « 5 % »."""
    if ratio is None:
        return VIDE
    motif = f"#,##0.##{NBSP}%" if langue == "fr" else "#,##0.##%"
    return str(format_percent(Decimal(ratio), motif, locale=LOCALES[langue]))


def _jour_de(valeur: dt.date) -> dt.date:
    return valeur.astimezone(PARIS).date() if isinstance(valeur, dt.datetime) else valeur


def jour(valeur: dt.date | None, motif: str = "d MMMM y", langue: str = "fr") -> str:
    """Day as a wall calendar in Paris shows it: « 12 décembre 2026 », « 1er mars 2026 »."""
    if valeur is None:
        return VIDE
    date = _jour_de(valeur)
    texte = str(format_date(date, motif, locale=LOCALES[langue]))
    if langue == "fr" and date.day == 1 and motif.startswith(("d ", "EEEE d ")):
        texte = texte.replace("1 ", "1er ", 1)
    return texte


def instant(valeur: dt.datetime | None, langue: str = "fr") -> str:
    """Instant in Paris time: « 12 décembre 2026 à 12 h », « … à 9 h 05 »."""
    if valeur is None:
        return VIDE
    local = valeur.astimezone(PARIS)
    if langue == "en":
        return f"{jour(local, langue=langue)} at {local:%H:%M}"
    minutes = f"{NBSP}{local.minute:02d}" if local.minute else ""
    return f"{jour(local)} à{NBSP}{local.hour}{NBSP}h{minutes}"


_DELAIS: Final = {
    "fr": ("clos", "aujourd’hui", "demain", f"dans{NBSP}{{n}}{NBSP}jours"),
    "en": ("closed", "today", "tomorrow", f"in{NBSP}{{n}}{NBSP}days"),
}


def delai(echeance: dt.date, aujourd_hui: dt.date, langue: str = "fr") -> str:
    """Days left before a day: « dans 3 jours », « demain », « aujourd’hui », « clos »."""
    jours = (_jour_de(echeance) - aujourd_hui).days
    passe, present, prochain, futur = _DELAIS[langue]
    if jours < 0:
        return passe
    return {0: present, 1: prochain}.get(jours, futur.format(n=jours))


def siret(valeur: str) -> str:
    """SIRET in its usual groups; anything else is left as it is."""
    return formater_siret(valeur) if len(valeur) == 14 else valeur


def quantite(valeur: Quantite | Nombre | str | None, unite: str = "", langue: str = "fr") -> str:
    """Quantity with its unit: « 105 palettes », « 2,5 kg »."""
    if valeur is None:
        return VIDE
    if isinstance(valeur, Quantite):
        return quantite(valeur.valeur, valeur.unite.libelle, langue)
    nombre = Decimal(valeur)
    return f"{nb(nombre, langue)}{NBSP}{_accorder(unite, nombre)}" if unite else nb(nombre, langue)


_INVARIABLES: Final = frozenset({"kg", "g", "t", "l", "ml", "m", "m²", "m³", "km", "kwh", "mwh"})


def _accorder(unite: str, nombre: Decimal) -> str:
    """Plural of a packaging or unit name; French counts from two."""
    if abs(nombre) < 2 or unite.lower() in _INVARIABLES or unite[-1] in "sxz":
        return unite
    tete, espace, reste = unite.partition(" ")
    return f"{tete}{'x' if tete.endswith('eau') else 's'}{espace}{reste}"
