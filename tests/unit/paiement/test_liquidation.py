"""The batch for the finance software: names, numbers, and an archive that never varies."""

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.liquidation import (
    Article,
    Nature,
    nom_de_fichier,
    numero_de_lot,
    total,
)
from services.paiement.gateways.archive_liquidation import archiver
from shared.kernel.montant import Montant


def article(numero: str = "F-1", montant: str = "120.00") -> Article:
    return Article(
        piece=f"facture:{numero}",
        nature=Nature.FACTURE,
        numero=numero,
        marche="2026-07-0001-L1",
        engagement="ENG-1",
        code_service=None,
        fournisseur_siret="91070001200016",
        fournisseur_nom="Papeterie du Coiron",
        ibans=("FR7630006000011234567890189",),
        montant_ht=Montant("100.00"),
        montant_tva=Montant("20.00"),
        montant_ttc=Montant("120.00"),
        a_payer=Montant(montant),
        depart_le=None,
        echeance_le=None,
        mandatee_le=None,
        fichier=f"factures/0001-{numero}.xml",
        empreinte="0" * 64,
    )


@given(st.text(min_size=1, max_size=100), st.integers(1, 9_999))
def test_7_un_nom_de_fichier_ne_sort_jamais_de_son_dossier(numero: str, rang: int) -> None:
    nom = nom_de_fichier(rang, numero, "xml")
    dossier, _, fichier = nom.partition("/")
    assert dossier == "factures"
    assert "/" not in fichier
    assert "\\" not in fichier
    assert fichier.isascii()
    assert ".." not in fichier.split("-")[0]


def test_7_les_lots_se_suivent_dans_l_annee() -> None:
    assert numero_de_lot(2026, 12) == "LIQ-2026-0012"


def test_7_le_total_est_la_somme_de_ce_qui_est_a_payer() -> None:
    assert total([article("A", "10.10"), article("B", "0.05")]) == Montant("10.15")


def test_7_la_meme_liquidation_donne_les_memes_octets() -> None:
    articles = [article().en_dict()]
    fichiers = {"factures/0001-F-1.xml": b"<facture/>"}
    un = archiver({"lot": "LIQ-2026-0001"}, articles, fichiers)
    assert un == archiver({"lot": "LIQ-2026-0001"}, articles, dict(fichiers))
    with zipfile.ZipFile(io.BytesIO(un)) as archive:
        assert archive.namelist() == [
            "liquidation.csv",
            "liquidation.json",
            "factures/0001-F-1.xml",
        ]
        lu = json.loads(archive.read("liquidation.json"))
        assert lu["articles"][0]["a_payer"] == "120.00"
        assert "120,00" in archive.read("liquidation.csv").decode("utf-8-sig")


@pytest.mark.parametrize("nom", ["=cmd|' /C calc'!A0", "+33", "@SUM(1)"])
def test_7_un_nom_de_fournisseur_n_est_jamais_une_formule(nom: str) -> None:
    articles = [article().en_dict() | {"fournisseur_nom": nom}]
    with zipfile.ZipFile(io.BytesIO(archiver({}, articles, {}))) as archive:
        assert f"'{nom}" in archive.read("liquidation.csv").decode("utf-8-sig").replace('"', "")
