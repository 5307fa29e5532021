"""Certificates as people and software meet them: pages, PDF, API."""

import datetime as dt
import io
from collections.abc import Callable
from importlib.util import find_spec

import pytest
from pypdf import PdfReader

from services.paiement.tables import Marche
from services.paiement.usecases.conditions_marche import ActeSpecial, accepter_sous_traitant
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.web import pdf
from tests.kit.decomptes import faire, jusqu_a_72_000, preparer, valider
from tests.kit.paiement import DEPARTEMENT, MARCHE
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Clients = Callable[..., ClientWeb]
LISTE = f"/paiement/marches/{MARCHE}/decomptes"


def test_H8_le_parcours_des_pages(tx: Transactions, marche: Marche, client: Clients) -> None:
    finances = client("paiement", "finances")
    assert "Fixer les conditions" in lisible(finances.get(LISTE))
    refus = finances.post(
        f"{LISTE}/conditions",
        data={"methode": "MOIS", "debut_le": "2026-02-27", "retenue": "7", "garantie_mois": "0"},
    )
    assert refus.status_code == 422
    assert "5 % au plus" in lisible(refus)
    fixees = finances.post(
        f"{LISTE}/conditions",
        data={"methode": "MOIS", "debut_le": "2026-02-27", "retenue": "3", "garantie_mois": "0"},
    )
    assert fixees.status_code == 303
    page = lisible(finances.get(f"{LISTE}/nouveau?au=2026-03-02"))
    assert "acquis sur 47 880,00 €" in page
    prepare = finances.post(
        f"{LISTE}/nouveau",
        data={"du": "2026-02-27", "au": "2026-03-02", "travaux_ht": "500", "revision_ht": "10,50"},
    )
    adresse = prepare.headers["Location"]
    page = lisible(finances.get(adresse))
    assert "Décompte n° 1" in page
    assert "612,60 €" in page  # 510.50 HT with VAT
    assert finances.post(f"{adresse}/inconnu").status_code == 404
    for geste in ("valider", "transmettre"):
        assert finances.post(f"{adresse}/{geste}").status_code == 303
    assert "Transmis au paiement" in lisible(finances.get(adresse))
    encore = finances.post(f"{adresse}/valider")
    assert encore.status_code == 409


def test_l_entreprise_lit_ce_qui_est_valide_et_rien_de_plus(
    tx: Transactions, ouvrage: Marche, client: Clients
) -> None:
    decompte = preparer(tx, travaux_ht=Montant("100"))
    entreprise = client("paiement", "entreprise")
    adresse = f"/paiement/decomptes/{decompte.id}"
    assert entreprise.get(adresse).status_code == 404
    assert "Aucun décompte" in lisible(entreprise.get(LISTE))
    valider(tx, decompte)
    assert "N° 1" in lisible(entreprise.get(LISTE))
    page = lisible(entreprise.get(adresse))
    assert "Net à payer au titulaire" in page
    assert "Transmettre" not in page
    assert entreprise.post(f"{adresse}/transmettre").status_code == 403
    assert client("paiement", "agent-sdis").get(adresse).status_code == 404
    assert client("paiement", "agent-sdis").get(LISTE).status_code == 404


def test_abandonner_demande_une_raison(tx: Transactions, ouvrage: Marche, client: Clients) -> None:
    decompte = preparer(tx, travaux_ht=Montant("100"))
    finances = client("paiement", "finances")
    adresse = f"/paiement/decomptes/{decompte.id}"
    assert finances.post(f"{adresse}/abandonner", data={"note": " "}).status_code == 422
    fait = finances.post(f"{adresse}/abandonner", data={"note": "Quantités à revoir"})
    assert fait.status_code == 303
    assert "Quantités à revoir" in lisible(finances.get(adresse))


def test_sous_traitant_et_garantie_par_les_pages(
    tx: Transactions, ouvrage: Marche, client: Clients
) -> None:
    finances = client("paiement", "finances")
    acte = {
        "siret": demo.BUREAU.siret,
        "nom": demo.BUREAU.nom,
        "prestation": "Étanchéité",
        "montant_ttc": "599,99",
        "acceptee_le": "2026-05-04",
    }
    assert finances.post(f"{LISTE}/sous-traitant", data=acte).status_code == 303
    assert "moins de 600" in lisible(finances.get(LISTE))
    assert finances.post(f"{LISTE}/sous-traitant", data=acte).status_code == 422
    suite = {"reception_le": "2026-07-31", "reserves_levees_le": "2026-08-01"}
    refus = finances.post(f"{LISTE}/garantie", data=suite)
    assert "Aucune réserve n’est indiquée" in lisible(refus)
    assert finances.post(f"{LISTE}/garantie", data=suite | {"reserves": "oui"}).status_code == 303
    assert "levées le 1er août 2026" in lisible(finances.get(LISTE))


def test_sans_l_extra_la_page_dit_comment_imprimer(
    tx: Transactions, ouvrage: Marche, client: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_atelier", lambda: None)
    decompte = preparer(tx, travaux_ht=Montant("100"))
    finances = client("paiement", "finances")
    adresse = f"/paiement/decomptes/{decompte.id}"
    assert "Enregistrer au format PDF" in lisible(finances.get(adresse))
    assert finances.get(f"{adresse}.pdf").status_code == 404


@pytest.mark.skipif(find_spec("weasyprint") is None, reason="the extra pdf is not installed")
def test_le_decompte_s_imprime_en_pdf_balise(
    tx: Transactions, ouvrage: Marche, client: Clients
) -> None:
    decompte = preparer(tx, travaux_ht=Montant("15000"))
    reponse = client("paiement", "finances").get(f"/paiement/decomptes/{decompte.id}.pdf")
    assert reponse.mimetype == "application/pdf"
    lu = PdfReader(io.BytesIO(reponse.data))
    assert lu.trailer["/Root"]["/Lang"] == "fr"
    assert "/StructTreeRoot" in lu.trailer["/Root"]
    assert lu.metadata is not None
    assert "Décompte n° 1" in (lu.metadata.title or "")
    texte = " ".join(page.extract_text() for page in lu.pages)
    assert "Net à payer au titulaire" in texte


def test_regles_5_la_page_paie_le_sous_traitant(
    tx: Transactions, ouvrage: Marche, client: Clients
) -> None:
    jusqu_a_72_000(tx)
    acte = ActeSpecial(
        demo.BUREAU.siret, demo.BUREAU.nom, "Étanchéité", Montant("5000"), dt.date(2026, 5, 4)
    )
    champ = f"st-{faire(tx, accepter_sous_traitant, MARCHE, DEPARTEMENT, acte).id}"
    finances = client("paiement", "finances")
    page = lisible(finances.get(f"{LISTE}/nouveau"))
    assert "Reste 5 000,00 €" in page
    saisie = {"du": "2026-07-01", "au": "2026-07-31", "travaux_ht": "15000", "penalites": "200"}
    refus = finances.post(f"{LISTE}/nouveau", data=saisie | {champ: "5000,01"})
    assert refus.status_code == 422
    assert "entre 0 et 5 000,00 €" in lisible(refus)
    fait = finances.post(f"{LISTE}/nouveau", data=saisie | {champ: "3000"})
    assert "9 900,00 € net" in lisible(finances.get(fait.headers["Location"]))


# --- API -------------------------------------------------------------------------------------

EXEMPLE = {
    "date_lancement": "2024-12-02",
    "montant_ht": "100000",
    "taux_tva": "0.20",
    "cumul_ht": "60000",
    "retenue": {"taux": "0.05", "retenu": "3600"},
    "avance": {"montant": "6000", "taux": "0.05"},
    "travaux_ht": "15000",
}


def test_regles_5_l_api_etablit_le_certificat(client: Clients) -> None:
    anonyme = client("paiement")
    lu = anonyme.post("/paiement/api/v1/simulations/acompte", json=EXEMPLE).json
    montants = {ligne["code"]: ligne["montant"] for ligne in lu["lignes"]}
    assert "".join(montants) == "abcdefghijklmn"
    assert (montants["f"], montants["g"], montants["h"]) == ("18000.00", "900.00", "4000.00")
    assert lu["net"] == montants["j"] == montants["n"] == "13100.00"
    suite = {"penalites": "200", "sous_traitants": [{"nom": "X", "montant_ttc": "3000"}]}
    lu = anonyme.post("/paiement/api/v1/simulations/acompte", json=EXEMPLE | suite).json
    assert lu["net"] == "9900.00"


def test_l_api_nomme_ce_qui_ne_va_pas(client: Clients) -> None:
    anonyme = client("paiement")
    refus = anonyme.post(
        "/paiement/api/v1/simulations/acompte", json=EXEMPLE | {"travaux_ht": "40000.01"}
    )
    assert refus.status_code == 422
    assert set(refus.json["erreurs"]) == {"travaux_ht"}
    ancien = anonyme.post(
        "/paiement/api/v1/simulations/acompte", json=EXEMPLE | {"date_lancement": "1995-01-01"}
    )
    assert ancien.status_code == 422
    assert ancien.json["type"].endswith("parametre-manquant")


def test_l_api_prepare_une_fois_et_lit(tx: Transactions, ouvrage: Marche, client: Clients) -> None:
    finances = client("paiement", "finances")
    adresse = f"/paiement/api/v1/marches/{MARCHE}/decomptes"
    corps = {"du": "2026-07-01", "au": "2026-07-31", "travaux_ht": "15000.00"}
    cle = {"Idempotency-Key": "juillet-1"}
    cree = [finances.post(adresse, json=corps, headers=cle) for _ in range(2)]
    assert [reponse.status_code for reponse in cree] == [201, 201]
    assert cree[0].json == cree[1].json
    (resume,) = finances.get(adresse).json["decomptes"]
    assert resume["ttc"] == "18000.00"
    lu = finances.get(cree[0].headers["Location"]).json
    assert lu["lignes"][-1]["montant"] == lu["net"] == "17100.00"
    assert finances.post(adresse, json=corps).status_code == 409
    assert client("paiement", "entreprise").get(adresse).json == {"decomptes": []}
    assert client("paiement", "agent-sdis").get(adresse).status_code == 404
