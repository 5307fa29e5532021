"""Small values that several rules share."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature

DIVISION_TRAVAUX = 45
PREMIERE_DIVISION_SERVICES = 50


@dataclass(frozen=True, slots=True)
class Organisation:
    """A buyer or a supplier, by its SIRET."""

    siret: str
    nom: str


@dataclass(frozen=True, slots=True)
class LotAvis:
    """What a notice says of one lot."""

    numero: int
    objet: str
    cpv: str
    montant_estime_ht: Montant


class Support(StrEnum):
    """Media where the law may require the notice to appear, beside the single window."""

    BOAMP = "BOAMP"
    JAL = "JAL"
    JOUE = "JOUE"


@dataclass(frozen=True, slots=True)
class Delai:
    """A number of days that a dated rule asks for, with its reference."""

    jours: int
    ref: str


def nature_de(cpv: str) -> Nature:
    """Nature that the CPV division tells: 45 is works, 50 and above services, the rest supplies."""
    division = int(cpv[:2])
    if division == DIVISION_TRAVAUX:
        return Nature.TRAVAUX
    return Nature.SERVICES if division >= PREMIERE_DIVISION_SERVICES else Nature.FOURNITURES


def reference(serie: str, annee: int, numero: int) -> str:
    """Number of a document, in a series that restarts every year: « AVIS-2026-0001 »."""
    return f"{serie}-{annee}-{numero:04d}"


def echue(date_limite: dt.datetime, instant: dt.datetime) -> bool:
    """A deadline at noon accepts nothing from noon on."""
    return instant >= date_limite
