"""Take the XML out of a Factur-X PDF."""

import io

import pypdf
from pypdf.errors import PyPdfError

from services.paiement.gateways.efacture.refus import refus

NOMS = ("factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml")
_FIN = b"%%EOF"
_QUEUE = 2048  # a reader looks for the end marker in the last bytes; some writers pad after it


def extraire_xml(octets: bytes) -> bytes:
    """Return the invoice XML joined to a PDF, or refuse the file with the reason."""
    if _FIN not in octets[-_QUEUE:]:
        raise refus("pdf_tronque")
    try:
        return _piece_jointe(octets)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # pypdf raises whatever a broken object leads to: the file is at fault, not the program.
        raise refus("pdf_illisible") from error


def _piece_jointe(octets: bytes) -> bytes:
    lecteur = pypdf.PdfReader(io.BytesIO(octets))
    if lecteur.is_encrypted:
        raise refus("pdf_chiffre")
    pieces = {nom.lower(): contenus for nom, contenus in lecteur.attachments.items()}
    for nom in NOMS:
        if pieces.get(nom):
            return pieces[nom][0]
    raise refus("pdf_sans_xml")
