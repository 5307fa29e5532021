"""Correcting a published notice: a new version, a reason, and the list of what changes."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.publication.domain.avis import LIBELLES, ContenuAvis
from shared.kernel.errors import DomainError

RECTIFIABLES = (
    "objet",
    "description",
    "lieu",
    "date_limite",
    "contact",
    "criteres",
    "modalites_remise",
    "duree_mois",
    "supports",
)
VIDE = "–"


@dataclass(frozen=True, slots=True)
class Changement:
    """One field, before and after, as text; an instant is written in ISO 8601."""

    champ: str
    avant: str
    apres: str


def rectifier(
    avant: ContenuAvis, modifications: Mapping[str, Any], motif: str
) -> tuple[ContenuAvis, tuple[Changement, ...]]:
    """Return the corrected content and its differences, or say why it cannot be corrected so.

    The code, the amount and the lots are what the consultation is: another notice is needed to
    change them. The deadline may only move away, for all suppliers alike.
    """
    interdits = [champ for champ in modifications if champ not in RECTIFIABLES]
    if interdits:
        raise DomainError(
            "Ces champs définissent la consultation et ne se rectifient pas\u00a0: annulez l’avis "
            "et publiez-en un nouveau.",
            code="champ_non_rectifiable",
            champs=dict.fromkeys(interdits, "Ce champ ne se rectifie pas."),
        )
    if not motif.strip():
        raise DomainError(
            "Indiquez le motif de la rectification.",
            code="motif_obligatoire",
            champs={"motif": "Indiquez le motif de la rectification."},
        )
    apres = replace(avant, **modifications)
    _verifier_echeance(avant, apres)
    changements = comparer(avant, apres)
    if not changements:
        raise DomainError(
            "Rien ne change\u00a0: il n’y a rien à rectifier.", code="sans_changement"
        )
    return apres, changements


def comparer(avant: ContenuAvis, apres: ContenuAvis) -> tuple[Changement, ...]:
    """Differences between two versions, in the order of the form."""
    return tuple(
        Changement(champ, _texte(getattr(avant, champ)), _texte(getattr(apres, champ)))
        for champ in RECTIFIABLES
        if getattr(avant, champ) != getattr(apres, champ)
    )


def _verifier_echeance(avant: ContenuAvis, apres: ContenuAvis) -> None:
    if apres.date_limite is not None and apres.date_limite < avant.echeance:
        message = "La date limite peut être reportée, jamais avancée."
        raise DomainError(message, code="echeance_avancee", champs={"date_limite": message})


def _texte(valeur: Any) -> str:
    match valeur:
        case dt.datetime():
            return valeur.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        case tuple():
            return ", ".join(str(v) for v in valeur) or VIDE
        case None | "":
            return VIDE
        case _:
            return str(valeur)


def libelle(champ: str) -> str:
    """Name of a field for people."""
    return LIBELLES[champ]
