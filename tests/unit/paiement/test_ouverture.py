"""Opening a file: the type is told by the content, and every hostile file has its own refusal."""

import contextlib
import gzip
import io

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.paiement.domain.efacture import Conteneur, Syntaxe
from services.paiement.gateways.efacture import ouverture, refus
from services.paiement.gateways.efacture.ouverture import ouvrir
from services.paiement.gateways.efacture.refus import FichierRefuse
from tests.kit import factures

CII, UBL = factures.cii(), factures.ubl()
PDF, FACTURX = factures.pdf(), factures.facturx_pdf()
RACINE = b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'>"
MILLE_RIRES = (
    b'<!DOCTYPE lolz [<!ENTITY a "ah"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>' + RACINE + b"&c;</Invoice>"
)
FICHIER_DU_SERVEUR = (
    b'<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>'
    + RACINE
    + b"&secret;</Invoice>"
)


@pytest.mark.parametrize(
    ("octets", "syntaxe", "conteneur"),
    [
        (CII, Syntaxe.CII, Conteneur.XML),
        (UBL, Syntaxe.UBL_FACTURE, Conteneur.XML),
        (FACTURX, Syntaxe.CII, Conteneur.PDF),
        (b"\xef\xbb\xbf" + UBL, Syntaxe.UBL_FACTURE, Conteneur.XML),
        (b"\n  " + CII.partition(b"?>")[2], Syntaxe.CII, Conteneur.XML),
        (
            UBL.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
            Syntaxe.UBL_FACTURE,
            Conteneur.XML,
        ),
    ],
    ids=["cii", "ubl", "factur-x", "marque-utf8", "sans-declaration", "utf-16"],
)
def test_le_contenu_dit_le_type(octets: bytes, syntaxe: Syntaxe, conteneur: Conteneur) -> None:
    document = ouvrir(octets)
    assert (document.syntaxe, document.conteneur) == (syntaxe, conteneur)


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "fichier_vide"),
        (b" \n\t", "fichier_vide"),
        (b"<a>" + b" " * refus.TAILLE_MAX, "fichier_trop_volumineux"),
        (gzip.compress(CII), "format_inconnu"),
        (b"numero;date;montant\n1;2;3\n", "format_inconnu"),
        (MILLE_RIRES, "doctype_interdit"),
        (FICHIER_DU_SERVEUR, "doctype_interdit"),
        (b"<!DOCTYPE Invoice>" + RACINE + b"</Invoice>", "doctype_interdit"),
        (MILLE_RIRES.decode().encode("utf-16"), "doctype_interdit"),
        (CII[: len(CII) // 2], "xml_tronque"),
        (UBL[:-20], "xml_tronque"),
        (RACINE + b"<a></b></Invoice>", "xml_mal_forme"),
        (RACINE + b"<a>" * 64 + b"</a>" * 64 + b"</Invoice>", "xml_trop_profond"),
        (RACINE + b"<a>" * 5000 + b"</a>" * 5000 + b"</Invoice>", "xml_trop_profond"),
        (RACINE + b"<a/>" * ouverture.BALISES_MAX + b"</Invoice>", "xml_trop_dense"),
        (b"<html><body>Facture</body></html>", "racine_inconnue"),
        (b"<Invoice><ID>1</ID></Invoice>", "racine_inconnue"),
        (FACTURX[: len(FACTURX) // 2], "pdf_tronque"),
        (b"%PDF-1.7\nrien\n%%EOF", "pdf_illisible"),
        (factures.pdf(password="secret"), "pdf_chiffre"),
        (PDF, "pdf_sans_xml"),
    ],
)
def test_chaque_fichier_hostile_a_son_refus(octets: bytes, code: str) -> None:
    with pytest.raises(FichierRefuse) as erreur:
        ouvrir(octets)
    assert erreur.value.code == code
    assert erreur.value.status == 422
    assert erreur.value.message.endswith((".", ")."))


def test_chaque_refus_connu_est_essaye_ici() -> None:
    essayes = {
        code
        for marque in test_chaque_fichier_hostile_a_son_refus.pytestmark  # type: ignore[attr-defined]
        for _, code in marque.args[1]
    }
    assert essayes == set(refus._PHRASES)


def test_un_doctype_cache_dans_le_pdf_est_refuse() -> None:
    piege = factures.pdf()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(piege))
    writer.add_attachment("factur-x.xml", MILLE_RIRES)
    sortie = io.BytesIO()
    writer.write(sortie)
    with pytest.raises(FichierRefuse) as erreur:
        ouvrir(sortie.getvalue())
    assert erreur.value.code == "doctype_interdit"


def test_64_niveaux_passent() -> None:
    xml = RACINE + b"<a>" * 63 + b"</a>" * 63 + b"</Invoice>"
    assert ouverture.analyser(xml).tag.endswith("Invoice")


def test_la_racine_inconnue_est_nommee_sans_deborder() -> None:
    with pytest.raises(FichierRefuse) as erreur:
        ouvrir(b"<" + b"x" * 500 + b"/>")
    assert "«\u00a0" + "x" * 60 + "\u00a0»" in erreur.value.message


@settings(max_examples=150, deadline=None)
@given(coupe=st.integers(1, len(CII) - 2))
def test_un_xml_coupe_n_importe_ou_se_dit_tronque(coupe: int) -> None:
    with pytest.raises(FichierRefuse) as erreur:
        ouvrir(CII[:coupe])
    assert erreur.value.code == "xml_tronque"


@settings(max_examples=150, deadline=None)
@given(octets=st.binary(max_size=300), debut=st.sampled_from([b"", b"<", b"%PDF-", RACINE]))
def test_aucun_contenu_ne_fait_tomber_l_ouverture(octets: bytes, debut: bytes) -> None:
    with contextlib.suppress(FichierRefuse):
        ouvrir(debut + octets)
