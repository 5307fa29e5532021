"""Invoices for the tests, written by our own generator: CII, UBL and Factur-X."""

import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import facturx
import pypdf

from services.paiement.gateways.efacture.generation import Identite, Ligne, Modele, ecrire
from shared.ops import demo

MODELE = Modele(
    numero="F-2026-0042",
    emise_le=dt.date(2026, 3, 2),
    vendeur=Identite(demo.PAPETERIE.siret, demo.PAPETERIE.nom, ville="Aubenas"),
    acheteur=Identite(demo.DEPARTEMENT.siret, demo.DEPARTEMENT.nom),
    lignes=(Ligne("Papier A4 80 g, palette", Decimal(60), Decimal("456.00")),),
    contrat="2026-07-0001-L1",
    commande="ENG-2026-07-0001-L1",
    livree_le=dt.date(2026, 3, 2),
)


def modele(**champs: Any) -> Modele:
    """The invoice of the demonstration (60 pallets, 32 832.00 € TTC), with other terms if given."""
    return replace(MODELE, **champs)


def cii(**champs: Any) -> bytes:
    return ecrire(modele(**champs))


def ubl(**champs: Any) -> bytes:
    return ecrire(modele(**champs), ubl=True)


def pdf(*pages: str, password: str | None = None) -> bytes:
    """A PDF with blank pages and nothing joined; with a password, encrypted."""
    writer = pypdf.PdfWriter()
    for _ in pages or ("",):
        writer.add_blank_page(width=595, height=842)
    if password:
        writer.encrypt(password, algorithm="AES-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def facturx_pdf(xml: bytes | None = None, **champs: Any) -> bytes:
    """A PDF that carries the XML of an invoice, as Factur-X does."""
    joint: bytes = facturx.generate_from_binary(
        pdf(), xml or cii(**champs), flavor="factur-x", level="en16931", check_xsd=False
    )
    return joint
