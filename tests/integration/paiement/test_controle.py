"""The real check: Saxon in its own child process, official rules, mutants of our own invoice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from services.paiement.domain.efacture import Conteneur, Gravite, Syntaxe, Verdict
from services.paiement.gateways.efacture import reprise
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.gateways.efacture.ouverture import analyser
from services.paiement.gateways.efacture.schematron import Validateur
from tests.kit import factures


@pytest.fixture(scope="module")
def validateur() -> Iterator[Validateur]:
    validateur = Validateur()
    yield validateur
    validateur.arreter()


@pytest.mark.parametrize(
    ("octets", "conteneur"),
    [
        (factures.cii(), Conteneur.XML),
        (factures.ubl(), Conteneur.XML),
        (factures.facturx_pdf(), Conteneur.PDF),
    ],
    ids=["cii", "ubl", "factur-x"],
)
def test_notre_facture_est_valide_sans_aucune_remarque(
    validateur: Validateur, octets: bytes, conteneur: Conteneur
) -> None:
    examen = examiner(octets, validateur.anomalies)
    assert examen.conteneur is conteneur
    assert examen.anomalies == ()
    assert examen.verdict is Verdict.VALIDE


MUTANTS = [
    (
        "BR-02",
        b"<ram:ID>F-2026-0042</ram:ID>",
        b"<ram:ID/>",
        b"<cbc:ID>F-2026-0042</cbc:ID>",
        b"<cbc:ID/>",
    ),
    (
        "BR-CO-15",
        b">32832.00</ram:GrandTotalAmount>",
        b">32832.01</ram:GrandTotalAmount>",
        b">32832.00</cbc:TaxInclusiveAmount>",
        b">32832.01</cbc:TaxInclusiveAmount>",
    ),
    (
        "BR-CO-16",
        b">32832.00</ram:DuePayableAmount>",
        b">30000.00</ram:DuePayableAmount>",
        b">32832.00</cbc:PayableAmount>",
        b">30000.00</cbc:PayableAmount>",
    ),
    (
        "BR-CO-10",
        b">27360.00</ram:LineTotalAmount>\n        <ram:TaxBasis",
        b">27000.00</ram:LineTotalAmount>\n        <ram:TaxBasis",
        b">27360.00</cbc:LineExtensionAmount>\n    <cbc:TaxExclusive",
        b">27000.00</cbc:LineExtensionAmount>\n    <cbc:TaxExclusive",
    ),
    (
        "BR-S-09",
        b">5472.00</ram:CalculatedAmount>",
        b">5000.00</ram:CalculatedAmount>",
        b">5472.00</cbc:TaxAmount>\n      <cac:TaxCategory>",
        b">5000.00</cbc:TaxAmount>\n      <cac:TaxCategory>",
    ),
    (
        "BR-CO-14",
        b'"EUR">5472.00</ram:TaxTotalAmount>',
        b'"EUR">5471.00</ram:TaxTotalAmount>',
        b'<cac:TaxTotal>\n    <cbc:TaxAmount currencyID="EUR">5472.00<',
        b'<cac:TaxTotal>\n    <cbc:TaxAmount currencyID="EUR">5471.00<',
    ),
    (
        "BR-CL-04",
        b"InvoiceCurrencyCode>EUR<",
        b"InvoiceCurrencyCode>FRF<",
        b"DocumentCurrencyCode>EUR<",
        b"DocumentCurrencyCode>FRF<",
    ),
    (
        "BR-CL-23",
        b'unitCode="C62"',
        b'unitCode="PALETTE"',
        b'unitCode="C62"',
        b'unitCode="PALETTE"',
    ),
    ("BR-CL-01", b"TypeCode>380<", b"TypeCode>999<", b"TypeCode>380<", b"TypeCode>999<"),
    ("BR-CL-14", b"CountryID>FR<", b"CountryID>ZZ<", b"Code>FR<", b"Code>ZZ<"),
    ("BR-CO-09", b">FR85910700012<", b">XX85910700012<", b">FR85910700012<", b">XX85910700012<"),
]


@pytest.mark.parametrize("syntaxe", [Syntaxe.CII, Syntaxe.UBL_FACTURE])
@pytest.mark.parametrize("mutant", MUTANTS, ids=[m[0] for m in MUTANTS])
def test_chaque_mutant_est_refuse_avec_sa_regle(
    validateur: Validateur, mutant: tuple[str, bytes, bytes, bytes, bytes], syntaxe: Syntaxe
) -> None:
    regle, *echanges = mutant
    en_cii = syntaxe is Syntaxe.CII
    octets = factures.cii() if en_cii else factures.ubl()
    avant, apres = echanges[:2] if en_cii else echanges[2:]
    assert avant in octets
    examen = examiner(octets.replace(avant, apres), validateur.anomalies)
    assert examen.verdict is Verdict.INVALIDE
    assert regle in {a.regle for a in examen.bloquantes}, examen.bloquantes


def test_une_regle_francaise_se_dit_sans_bloquer(validateur: Validateur) -> None:
    examen = examiner(factures.cii().replace(b">PMT<", b">AAI<"), validateur.anomalies)
    assert examen.verdict is Verdict.VALIDE
    assert {a.gravite for a in examen.anomalies} == {Gravite.INFORMATION}
    assert any(a.regle.startswith("BR-FR") for a in examen.anomalies)


def test_le_fils_tue_rend_indetermine_puis_repart(validateur: Validateur) -> None:
    assert examiner(factures.cii(), validateur.anomalies).verdict is Verdict.VALIDE
    pool = validateur._pool
    assert pool is not None
    (pid,) = pool._processes
    os.kill(pid, signal.SIGKILL)
    assert examiner(factures.cii(), validateur.anomalies).verdict is Verdict.INDETERMINE
    assert examiner(factures.cii(), validateur.anomalies).verdict is Verdict.VALIDE


def test_un_seul_processus_pour_des_appels_simultanes(validateur: Validateur) -> None:
    with ThreadPoolExecutor(8) as fils:
        verdicts = set(
            fils.map(lambda _: examiner(factures.ubl(), validateur.anomalies).verdict, range(24))
        )
    assert verdicts == {Verdict.VALIDE}
    assert validateur._pool is not None
    assert len(validateur._pool._processes) == 1


def test_une_valeur_que_saxon_ne_peut_pas_calculer_est_une_anomalie(
    validateur: Validateur,
) -> None:
    racine = analyser(factures.cii().replace(b">32832.00</ram:Grand", b">beaucoup</ram:Grand"))
    anomalies = validateur.anomalies(racine, Syntaxe.CII)
    assert anomalies is not None
    calcul = [a for a in anomalies if a.regle == "CALCUL"]
    assert Gravite.BLOQUANTE in {a.gravite for a in calcul}


PARENT = """
import sys, time
from services.paiement.gateways.efacture.schematron import Validateur
from services.paiement.gateways.efacture.examen import examiner
if __name__ == "__main__":
    validateur = Validateur()
    print(examiner(sys.stdin.buffer.read(), validateur.anomalies).verdict, flush=True)
    print(next(iter(validateur._pool._processes)), flush=True)
    print("saxonche" in sys.modules, flush=True)
    time.sleep(60)
"""


def test_le_fils_meurt_avec_son_parent_et_le_parent_ne_charge_pas_saxon(tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path.cwd()), "PATH": os.environ["PATH"]},
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(factures.cii())
        parent.stdin.close()
        verdict, pid, charge = (parent.stdout.readline().decode().strip() for _ in range(3))
        assert (verdict, charge) == ("valide", "False")
        parent.kill()
        parent.wait()
    limite = time.monotonic() + 10
    while psutil.pid_exists(int(pid)) and time.monotonic() < limite:
        time.sleep(0.05)
    assert not psutil.pid_exists(int(pid))


@pytest.mark.parametrize(
    ("octets", "verdict"),
    [
        (factures.cii(), Verdict.VALIDE),
        (factures.cii().replace(b">32832.00</ram:Grand", b">1.00</ram:Grand"), Verdict.INVALIDE),
        (b"plus rien a lire", Verdict.INDETERMINE),
    ],
    ids=["valide", "invalide", "illisible"],
)
def test_la_reprise_conclut_dans_un_processus_a_part(octets: bytes, verdict: Verdict) -> None:
    conclu, anomalies = reprise.controler_a_part(octets)
    assert conclu is verdict
    assert bool(anomalies) == (verdict is Verdict.INVALIDE)
