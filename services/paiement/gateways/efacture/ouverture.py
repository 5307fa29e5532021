"""From bytes to a parsed invoice: the type is told by the content, never by the file name."""

from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

from services.paiement.domain.efacture import Conteneur, Syntaxe
from services.paiement.gateways.efacture.pdf import extraire_xml
from services.paiement.gateways.efacture.refus import (
    PROFONDEUR_MAX,
    TAILLE_MAX,
    FichierRefuse,
    refus,
)

RACINES = {
    "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice": (
        Syntaxe.CII
    ),
    "{urn:oasis:names:specification:ubl:schema:xsd:Invoice-2}Invoice": Syntaxe.UBL_FACTURE,
    "{urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2}CreditNote": Syntaxe.UBL_AVOIR,
}
BALISES_MAX = 1_000_000  # a tree costs far more memory than its text
_MARQUES_XML = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"<")
_FIN_ATTENDUE = {
    etree.ErrorTypes.ERR_TAG_NOT_FINISHED,
    etree.ErrorTypes.ERR_DOCUMENT_END,
    etree.ErrorTypes.ERR_DOCUMENT_EMPTY,
}


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice that could be opened."""

    syntaxe: Syntaxe
    conteneur: Conteneur
    racine: Element


def ouvrir(octets: bytes) -> Document:
    """Open a CII, UBL or Factur-X file; raise `FichierRefuse` naming what prevents it."""
    if not octets.strip():
        raise refus("fichier_vide")
    if len(octets) > TAILLE_MAX:
        raise refus("fichier_trop_volumineux")
    if b"%PDF-" in octets[:1024]:
        return _document(extraire_xml(octets), Conteneur.PDF)
    if octets.lstrip().startswith(_MARQUES_XML):
        return _document(octets, Conteneur.XML)
    raise refus("format_inconnu")


def _document(xml: bytes, conteneur: Conteneur) -> Document:
    racine = analyser(xml)
    syntaxe = RACINES.get(str(racine.tag))
    if syntaxe is None:
        raise refus("racine_inconnue", racine=etree.QName(racine).localname[:60])
    return Document(syntaxe, conteneur, racine)


def analyser(xml: bytes) -> Element:
    """Parse hostile XML: no DTD, no entity, no network, bounded size, depth and density."""
    if len(xml) > TAILLE_MAX:
        raise refus("fichier_trop_volumineux")
    if xml.count(b"<") > BALISES_MAX:
        raise refus("xml_trop_dense")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        racine = etree.fromstring(xml.lstrip(), parser)
    except etree.XMLSyntaxError as error:
        raise _refus_de_syntaxe(xml, error) from error
    if racine.getroottree().docinfo.internalDTD is not None:
        raise refus("doctype_interdit")
    if _profondeur(racine) > PROFONDEUR_MAX:
        raise refus("xml_trop_profond")
    return racine


def _refus_de_syntaxe(xml: bytes, error: etree.XMLSyntaxError) -> FichierRefuse:
    """Name a syntax error; a DOCTYPE wins, since it may be what broke the parse."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        return refus("doctype_interdit")
    if "depth" in (error.msg or ""):
        return refus("xml_trop_profond")
    if getattr(error, "code", None) in _FIN_ATTENDUE or _coupe(xml):
        return refus("xml_tronque")
    ligne, colonne = error.position
    return refus("xml_mal_forme", ligne=ligne, colonne=colonne)


def _coupe(xml: bytes) -> bool:
    """Tell whether the text stops inside a tag: a whole document ends with `>`."""
    return xml.rstrip(b"\x00 \t\r\n")[-1:] != b">"


def _profondeur(racine: Element) -> int:
    profondeur = plus_bas = 0
    for evenement, _ in etree.iterwalk(racine, events=("start", "end")):
        profondeur += 1 if evenement == "start" else -1
        plus_bas = max(plus_bas, profondeur)
    return plus_bas
