"""Independent acceptance: invoices and rules that others published, read from the shelf.

`ESSAIM_CORPUS` names their folder; by default it is looked for beside the project. They are never
part of the project.
"""

import csv
import datetime as dt
import hashlib
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from services.paiement.domain.efacture import Syntaxe, Verdict
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.gateways.efacture.schematron import Validateur

pytestmark = pytest.mark.corpus

ICI = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("ESSAIM_CORPUS", ICI.parent / "shared" / "data" / "einvoices"))
JEU = "{http://difi.no/xsd/vefa/validator/1.0}"
SYNTAXES = {
    "factur-x": Syntaxe.CII,
    "ubl-2.1-invoice": Syntaxe.UBL_FACTURE,
    "ubl-2.1-creditnote": Syntaxe.UBL_AVOIR,
}


@pytest.fixture(scope="module")
def corpus() -> Path:
    if not (CORPUS / "manifest.csv").exists():
        raison = f"corpus de factures absent : {CORPUS} (variable ESSAIM_CORPUS)"
        if os.environ.get("CI"):
            pytest.fail(raison)
        pytest.skip(raison)
    return CORPUS


@pytest.fixture(scope="module")
def validateur() -> Iterator[Validateur]:
    validateur = Validateur()
    yield validateur
    validateur.arreter()


def test_82_factures_faits_et_verdicts(corpus: Path, validateur: Validateur) -> None:
    lignes = list(csv.DictReader((corpus / "manifest.csv").read_text("utf-8").splitlines()))
    ecarts = []
    for ligne in lignes:
        octets = (corpus / ligne["file"]).read_bytes()
        examen = examiner(octets, validateur.anomalies)
        faits = examen.faits
        lus = (
            examen.syntaxe,
            faits.profil,
            faits.numero,
            faits.emise_le,
            faits.total_ht,
            faits.total_ttc,
            faits.a_payer,
            faits.devise,
            faits.lignes,
            examen.empreinte,
            examen.verdict,
        )
        attendus = (
            SYNTAXES[ligne["flavor"]],
            ligne["profile_BT-24"],
            ligne["number_BT-1"],
            dt.date.fromisoformat(ligne["issue_date_BT-2"]),
            Decimal(ligne["total_ht_BT-109"]),
            Decimal(ligne["total_ttc_BT-112"]),
            Decimal(ligne["due_BT-115"]),
            ligne["currency_BT-5"],
            int(ligne["lines"]),
            hashlib.sha256(octets).hexdigest(),
            Verdict.VALIDE if ligne["cen_1_3_16_valid"] == "yes" else Verdict.INVALIDE,
        )
        manquantes = set(ligne["cen_fatal_rules"].split()) - {a.regle for a in examen.bloquantes}
        if lus != attendus or manquantes:
            ecarts.append((ligne["file"], lus, attendus, manquantes))
    assert ecarts == []
    assert len(lignes) == 82


def test_1140_regles_une_a_une(corpus: Path, validateur: Validateur) -> None:
    ecarts, essais = [], 0
    for chemin in sorted((corpus / "cen-rule-unit-tests").glob("*/*.xml")):
        syntaxe = Syntaxe.CII if chemin.parent.name == "cii" else Syntaxe.UBL_FACTURE
        for essai in etree.parse(chemin).getroot().iter(f"{JEU}test"):
            essais += 1
            attendus = essai.find(f"{JEU}assert")
            facture = next(n for n in essai if isinstance(n.tag, str) and n is not attendus)
            anomalies = validateur.anomalies(facture, syntaxe)
            assert anomalies is not None
            trouvees = {a.regle for a in anomalies}
            for attendu in attendus.iter(f"{JEU}success", f"{JEU}error"):
                refusee = etree.QName(attendu).localname == "error"
                if (attendu.text.strip() in trouvees) != refusee:
                    ecarts.append((chemin.name, attendu.text, sorted(trouvees)))
    assert ecarts == []
    assert essais == 1140
