"""Small sentences that several messages share: what changed, what an invoice says."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.web import formats
from shared.web.typographie import NBSP

Donnees = Mapping[str, Any]
_CHAMPS = {
    "objet": "Objet",
    "description": "Description",
    "date_limite": "Date limite",
    "montant_estime_ht": "Montant estimé HT",
    "lieu": "Lieu",
    "cpv": "Code CPV",
    "contact": "Contact",
    "lots": "Lots",
    "procedure": "Procédure",
}


def date(texte: str) -> dt.date:
    """Read the day or the instant that an event carries."""
    entier = len(texte) > len("2026-03-02")
    return dt.datetime.fromisoformat(texte) if entier else dt.date.fromisoformat(texte)


def jour(texte: str) -> str:
    return formats.jour(date(texte))


def instant(texte: str) -> str:
    return formats.instant(dt.datetime.fromisoformat(texte))


def jours(nombre: int) -> str:
    """« 1 jour », « 20 jours »: French counts from two."""
    return f"{nombre}{NBSP}jour{'s' if nombre > 1 else ''}"


def changements(liste: Sequence[Donnees]) -> list[str]:
    """« Date limite : 23 février 2026 à 12 h devient 2 mars 2026 à 12 h »."""
    return [
        f"{_CHAMPS.get(x['champ'], x['champ'])} : {_valeur(x['champ'], x['avant'])}"
        f" devient {_valeur(x['champ'], x['apres'])}"
        for x in liste
    ]


def _valeur(champ: str, texte: str) -> str:
    lire: Mapping[str, Callable[[str], str]] = {
        "date_limite": instant,
        "montant_estime_ht": formats.eur,
    }
    return lire[champ](texte) if champ in lire else texte


_FAITS: Sequence[tuple[str, str, Callable[[Any], str]]] = (
    ("echeance_le", "Échéance légale", jour),
    ("payee_le", "Mise en paiement", jour),
    ("delai_jours", "Délai réel", jours),
    ("jours_retard", "Retard", jours),
    ("taux_interet", "Taux des intérêts", formats.pct),
    ("interets", "Intérêts moratoires", formats.eur),
    ("indemnite", "Indemnité forfaitaire", formats.eur),
)
_RETARD = frozenset({"jours_retard", "taux_interet", "interets", "indemnite"})


def faits_de_facture(donnees: Donnees) -> list[tuple[str, str]]:
    """Dates and amounts that the event knows; those of lateness only when there is some."""
    en_retard = bool(donnees.get("jours_retard"))
    return [
        (libelle, ecrire(donnees[cle]))
        for cle, libelle, ecrire in _FAITS
        if donnees.get(cle) is not None and (en_retard or cle not in _RETARD)
    ]
