"""French working days and the counting of periods.

The day of the triggering event is not counted; a period ends at the last moment of its last day.
Public holidays are those of article L3133-1 of the Code du travail; `region` adds the local ones
(`"57"` or `"6AE"` for Moselle and Alsace, `"971"`… overseas).
"""

import calendar
import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import holidays

_SAMEDI, _DIMANCHE = 5, 6
_JOUR = dt.timedelta(days=1)


@cache
def jours_feries(annee: int, region: str | None = None) -> Mapping[dt.date, str]:
    """Public holidays of a year with their French names, in date order."""
    feries = holidays.country_holidays("FR", subdiv=region, years=annee, language="fr")
    return MappingProxyType(dict(sorted(feries.items())))


def est_ferie(jour: dt.date, region: str | None = None) -> bool:
    return jour in jours_feries(jour.year, region)


def est_ouvre(jour: dt.date, region: str | None = None) -> bool:
    """`jour ouvré`: Monday to Friday, holidays excluded."""
    return jour.weekday() < _SAMEDI and not est_ferie(jour, region)


def est_ouvrable(jour: dt.date, region: str | None = None) -> bool:
    """`jour ouvrable`: Monday to Saturday, holidays excluded."""
    return jour.weekday() < _DIMANCHE and not est_ferie(jour, region)


def jour_ouvre_suivant(jour: dt.date, region: str | None = None) -> dt.date:
    """Return `jour` itself when it is a working day, otherwise the next working day."""
    while not est_ouvre(jour, region):
        jour += _JOUR
    return jour


def ajouter_jours(jour: dt.date, nombre: int) -> dt.date:
    """Add calendar days; the starting day is not counted."""
    return jour + nombre * _JOUR


def ajouter_mois(jour: dt.date, nombre: int) -> dt.date:
    """Go from date to date; where the day is missing, the last day of the month."""
    annees, mois = divmod(jour.month - 1 + nombre, 12)
    annee, mois = jour.year + annees, mois + 1
    return dt.date(annee, mois, min(jour.day, calendar.monthrange(annee, mois)[1]))


def ajouter_jours_ouvres(jour: dt.date, nombre: int, region: str | None = None) -> dt.date:
    """Return the `nombre`-th working day (Monday to Friday) after `jour`."""
    return _compter(jour, nombre, lambda j: est_ouvre(j, region))


def ajouter_jours_ouvrables(jour: dt.date, nombre: int, region: str | None = None) -> dt.date:
    """Return the `nombre`-th `jour ouvrable` (Monday to Saturday) after `jour`."""
    return _compter(jour, nombre, lambda j: est_ouvrable(j, region))


def echeance(depart: dt.date, jours: int, region: str | None = None) -> dt.date:
    """End of a period of calendar days, rolled to a working day (payment deadlines)."""
    return jour_ouvre_suivant(ajouter_jours(depart, jours), region)


def premier_jour_franc(envoi: dt.date, jours: int) -> dt.date:
    """First day on which a deadline may fall when `jours` clear days must elapse from `envoi`."""
    return ajouter_jours(envoi, jours + 1)


def _compter(jour: dt.date, nombre: int, compte: Callable[[dt.date], bool]) -> dt.date:
    if nombre < 0:
        raise ValueError("Working days are counted forwards.")
    while nombre:
        jour += _JOUR
        nombre -= compte(jour)
    return jour
