"""Write a status of an invoice as a CDAR message of the French reform.

The platform speaks for itself until the invoice is available (transmission phase), then for the
buyer (treatment phase). What the supplier says, such as 212 cashed, is not ours to write.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from services.paiement.domain.motifs import (
    DEPOSEE,
    LIBELLES,
    LIBELLES_CODES,
    MISE_A_DISPOSITION,
    RECUE,
    REJETEE,
    ROUTAGE,
)
from shared.kernel.clock import PARIS

SIREN, SIRET, ADRESSAGE = "0002", "0009", "0225"  # ISO 6523 schemes
TRANSMISSION, TRAITEMENT = "305", "23"
PLATEFORME, ACHETEUR, VENDEUR = "WK", "BY", "SE"
DE_LA_PLATEFORME = frozenset({DEPOSEE, RECUE, MISE_A_DISPOSITION, REJETEE, ROUTAGE})
PROFIL = "urn.cpro.gouv.fr:1p0:CDV:invoice"


@dataclass(frozen=True, slots=True)
class Partie:
    siret: str
    nom: str

    @property
    def siren(self) -> str:
        return self.siret[:9]


@dataclass(frozen=True, slots=True)
class Statut:
    """What became of an invoice; `motif` is a code of the closed list of the status."""

    identifiant: str
    numero: str
    emise_le: dt.date
    vendeur: Partie
    acheteur: Partie
    code: int
    le: dt.datetime
    motif: str | None = None
    note: str = ""


def ecrire(statut: Statut) -> bytes:
    """Return the XML of the message."""
    # Loaded at the first message: it brings HTTP and DNS clients that nothing else needs.
    from pyfrctc import generate_cdar  # type: ignore[import-untyped]  # noqa: PLC0415

    xml: bytes = generate_cdar(_termes(statut), check_xsd=False)
    return xml


def _termes(statut: Statut) -> dict[str, Any]:
    plateforme = statut.code in DE_LA_PLATEFORME
    role = PLATEFORME if plateforme else ACHETEUR
    le = statut.le.astimezone(PARIS)
    return {
        "MDT-2": "REGULATED",
        "MDT-3": PROFIL,
        "MDT-4": statut.identifiant,
        "MDT-8": le,
        "MDT-21": role,
        "MDT-38": {} if plateforme else _identifiants(statut.acheteur),
        "MDT-39": "Plateforme de l’acheteur" if plateforme else statut.acheteur.nom,
        "MDT-40": role,
        "MDT-57": _identifiants(statut.vendeur),
        "MDT-58": statut.vendeur.nom,
        "MDT-59": VENDEUR,
        "MDT-73": statut.vendeur.siren,
        "MDT-73-1": ADRESSAGE,
        "MDT-74": False,
        "MDT-77": TRANSMISSION if plateforme else TRAITEMENT,
        "MDT-78": le,
        "MDT-87": statut.numero,
        "MDT-91": "380",
        "MDT-100": statut.emise_le,
        "MDT-105": str(statut.code),
        "MDT-106": LIBELLES_CODES[statut.code],
        "MDT-129": {SIREN: statut.vendeur.siren},
        "MDG-37": _motifs(statut),
    }


def _identifiants(partie: Partie) -> dict[str, str]:
    return {SIREN: partie.siren, SIRET: partie.siret}


def _motifs(statut: Statut) -> list[dict[str, str]]:
    if statut.motif is None:
        return []
    motif = {"MDT-113": statut.motif, "MDT-114": LIBELLES[statut.motif]}
    return [motif | ({"MDT-126": statut.note} if statut.note else {})]
