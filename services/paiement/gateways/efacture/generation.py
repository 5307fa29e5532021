"""Write EN 16931 invoices as a French supplier of a public buyer would; for the demonstration.

The amounts are computed here from the lines, so that what is written adds up.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import facturx

from shared.kernel.identifiants import tva_de_siren
from shared.kernel.montant import Montant

SIRET, SIREN, ADRESSAGE = "0009", "0002", "0225"  # ISO 6523 schemes
NORME = "urn:cen.eu:en16931:2017"
MENTIONS = {
    "PMT": "Indemnité forfaitaire pour frais de recouvrement en cas de retard\u00a0: 40\u00a0€.",
    "PMD": "Intérêts moratoires au taux directeur de la BCE majoré de huit points.",
    "AAB": "Pas d’escompte pour paiement anticipé.",
}


@dataclass(frozen=True, slots=True)
class Identite:
    """A party of an invoice."""

    siret: str
    nom: str
    adresse: str = "1 place de la Mairie"
    code_postal: str = "07000"
    ville: str = "Privas"


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line; `unite` is a code of UN/CEFACT recommendation 20 or 21, `article` the buyer's."""

    designation: str
    quantite: Decimal
    prix_ht: Decimal
    unite: str = "C62"
    article: str | None = None

    @property
    def montant(self) -> Montant:
        return Montant(self.quantite * self.prix_ht)


@dataclass(frozen=True, slots=True)
class Modele:
    """An invoice to write; `taux_tva` is in percent, delivery is on the day of the invoice.

    `cite` is the number of the invoice that it replaces or corrects (BT-25): a credit note has one.
    """

    numero: str
    emise_le: dt.date
    vendeur: Identite
    acheteur: Identite
    lignes: Sequence[Ligne]
    taux_tva: Decimal = Decimal(20)
    contrat: str | None = None
    commande: str | None = None
    service: str | None = None
    cite: str | None = None
    avoir: bool = False
    livree_le: dt.date | None = None
    iban: str = "FR7630006000011234567890189"


def ecrire(modele: Modele, *, ubl: bool = False) -> bytes:
    """Return the XML of the invoice in CII, or in UBL."""
    xml: bytes = facturx.generate_xml(
        _termes(modele),
        flavor="ubl-2.1" if ubl else "factur-x",
        level="en16931",
        check_xsd=False,
        check_schematron=False,
    )
    return xml


def _termes(modele: Modele) -> dict[str, Any]:
    ht = Montant.somme(ligne.montant for ligne in modele.lignes)
    tva = ht * (modele.taux_tva / 100)
    termes = {
        "BT-1": modele.numero,
        "BT-2": modele.emise_le,
        "BT-3": "381" if modele.avoir else "380",
        "BT-5": "EUR",
        "BT-9": modele.emise_le + dt.timedelta(days=30),
        "BT-10": modele.service or "SERVICE-ACHATS",
        "BT-12": modele.contrat,
        "BT-13": modele.commande,
        "BT-23": "B1",
        "BT-24": NORME,
        "BT-72": modele.livree_le or modele.emise_le,
        "BT-81": "30",
        "BT-84": modele.iban,
        "BT-106": str(ht),
        "BT-109": str(ht),
        "BT-110": str(tva),
        "BT-112": str(ht + tva),
        "BT-115": str(ht + tva),
        "BG-3": [{"BT-25": modele.cite}] if modele.cite else None,
        "BG-1": [{"BT-21": code, "BT-22": texte} for code, texte in MENTIONS.items()],
        "BG-4": _partie(modele.vendeur),
        "BG-7": _partie(modele.acheteur),
        "BG-23": [
            {
                "BT-116": str(ht),
                "BT-117": str(tva),
                "BT-118": "S",
                "BT-119": str(modele.taux_tva),
            }
        ],
        "BG-25": [_ligne(rang, ligne, modele) for rang, ligne in enumerate(modele.lignes, 1)],
    }
    return {terme: valeur for terme, valeur in termes.items() if valeur is not None}


def _partie(identite: Identite) -> dict[str, Any]:
    siren = identite.siret[:9]
    return {
        "name": identite.nom,
        "identifiers": {SIRET: identite.siret},
        "legal_identifier": siren,
        "legal_identifier_schemeid": SIREN,
        "vat_identifier": tva_de_siren(siren),
        "einvoicing_addr": siren,
        "einvoicing_addr_schemeid": ADRESSAGE,
        "addr_l1": identite.adresse,
        "postcode": identite.code_postal,
        "city": identite.ville,
        "country_code": "FR",
    }


def _ligne(rang: int, ligne: Ligne, modele: Modele) -> dict[str, str]:
    article = {"BT-156": ligne.article} if ligne.article else {}
    return article | {
        "BT-126": str(rang),
        "BT-129": str(ligne.quantite),
        "BT-130": ligne.unite,
        "BT-131": str(ligne.montant),
        "BT-146": str(ligne.prix_ht),
        "BT-151": "S",
        "BT-152": str(modele.taux_tva),
        "BT-153": ligne.designation,
    }
