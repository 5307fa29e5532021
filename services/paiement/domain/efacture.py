"""What an electronic invoice says, and what its examination concluded."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.kernel.identifiants import siret_valide

AVOIRS = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "532"})
"""Types (BT-3) of UNTDID 1001 that are credit notes."""


class Syntaxe(StrEnum):
    """The two syntaxes of EN 16931; UBL has one document for invoices, one for credit notes."""

    CII = "CII"
    UBL_FACTURE = "UBL"
    UBL_AVOIR = "UBL_AVOIR"


class Conteneur(StrEnum):
    """How the XML travelled."""

    XML = "XML"
    PDF = "PDF"


class Verdict(StrEnum):
    """`INDETERMINE` means that the validator did not answer; it never counts as valid."""

    VALIDE = "valide"
    INVALIDE = "invalide"
    INDETERMINE = "indetermine"


class Gravite(StrEnum):
    """Only a `BLOQUANTE` anomaly makes an invoice invalid."""

    BLOQUANTE = "bloquante"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Anomalie:
    """A rule that the invoice breaks: its identifier, how much it matters, a sentence."""

    regle: str
    gravite: Gravite
    message: str


@dataclass(frozen=True, slots=True)
class Partie:
    """A seller (BG-4) or a buyer (BG-7), with every identifier the invoice gives."""

    nom: str
    identifiants: tuple[tuple[str, str], ...]  # (scheme, value); scheme "" when none is given
    tva: str | None

    @property
    def siret(self) -> str | None:
        """First identifier that is a SIRET: scheme 0009, or no scheme and a valid key."""
        trouves = (
            valeur
            for schema, valeur in self.identifiants
            if schema in {"0009", ""} and siret_valide(valeur)
        )
        return next(trouves, None)


@dataclass(frozen=True, slots=True)
class Ventilation:
    """One VAT breakdown group (BG-23)."""

    categorie: str
    taux: Decimal | None
    base: Decimal
    montant: Decimal


@dataclass(frozen=True, slots=True)
class LigneLue:
    """One line (BG-25); the price is for one unit, whatever quantity it was quoted for."""

    designation: str
    article_acheteur: str | None
    article_vendeur: str | None
    quantite: Decimal
    prix_ht: Decimal
    montant_ht: Decimal


@dataclass(frozen=True, slots=True)
class Faits:
    """Facts read from the XML; amounts as written, in `devise`. Absent terms are None or empty."""

    profil: str
    numero: str
    type_code: str
    emise_le: dt.date | None
    livree_le: dt.date | None
    a_payer_avant: dt.date | None
    devise: str
    total_ht: Decimal | None
    total_tva: Decimal | None
    total_ttc: Decimal | None
    a_payer: Decimal | None
    tva: tuple[Ventilation, ...]
    vendeur: Partie
    acheteur: Partie
    code_service: str | None
    reference_contrat: str | None
    reference_commande: str | None
    factures_citees: tuple[str, ...]
    ibans: tuple[str, ...]
    lignes: int
    details: tuple[LigneLue, ...]

    @property
    def avoir(self) -> bool:
        return self.type_code in AVOIRS


@dataclass(frozen=True, slots=True)
class Examen:
    """The outcome of an examination: where the invoice was, what it says, what is wrong."""

    syntaxe: Syntaxe
    conteneur: Conteneur
    empreinte: str  # SHA-256 of the bytes received, hexadecimal
    faits: Faits
    verdict: Verdict
    anomalies: tuple[Anomalie, ...]

    @property
    def bloquantes(self) -> tuple[Anomalie, ...]:
        return tuple(a for a in self.anomalies if a.gravite is Gravite.BLOQUANTE)
