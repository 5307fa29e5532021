"""A batch for the finance software: what it holds, how it is numbered, what it adds up to."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from shared.kernel.montant import Montant

_NOM_DE_FICHIER = re.compile(r"[^A-Za-z0-9._-]+")


class Nature(StrEnum):
    """What is to be paid: an invoice ordered, an advance accepted, interest of a late payment."""

    FACTURE = "FACTURE"
    AVANCE = "AVANCE"
    INTERETS = "INTERETS"


LIBELLES: Mapping[Nature, str] = {
    Nature.FACTURE: "Facture",
    Nature.AVANCE: "Avance",
    Nature.INTERETS: "Intérêts et indemnité",
}


@dataclass(frozen=True, slots=True)
class Article:
    """One thing to pay, as it was when its batch was made. `piece` is in one batch only."""

    piece: str
    nature: Nature
    numero: str
    marche: str | None
    engagement: str | None
    code_service: str | None
    fournisseur_siret: str
    fournisseur_nom: str
    ibans: tuple[str, ...]
    montant_ht: Montant
    montant_tva: Montant
    montant_ttc: Montant
    a_payer: Montant
    depart_le: dt.date | None
    echeance_le: dt.date | None
    mandatee_le: dt.date | None
    fichier: str | None
    empreinte: str | None

    def en_dict(self) -> dict[str, Any]:
        """The article as JSON keeps it: amounts as text, days in ISO."""
        return {champ.name: _simple(getattr(self, champ.name)) for champ in fields(self)}


def _simple(valeur: Any) -> Any:
    if isinstance(valeur, Montant):
        return str(valeur)
    if isinstance(valeur, dt.date):
        return valeur.isoformat()
    return list(valeur) if isinstance(valeur, tuple) else valeur


def numero_de_lot(annee: int, rang: int) -> str:
    """`LIQ-2026-0001`: a buyer's batches follow each other within a year."""
    return f"LIQ-{annee}-{rang:04d}"


def nom_de_fichier(rang: int, numero: str, extension: str) -> str:
    """A name that any system accepts, unique in its batch."""
    propre = _NOM_DE_FICHIER.sub("-", numero).strip("-.")[:60] or "facture"
    return f"factures/{rang:04d}-{propre}.{extension}"


def total(articles: Sequence[Article]) -> Montant:
    return Montant.somme(article.a_payer for article in articles)
