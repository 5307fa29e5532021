"""The JSON API: tokens, deposits in every form, idempotence, scope, card authorisations."""

import io
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.paiement.gateways.efacture.schematron import VALIDATEUR
from services.paiement.tables import Facture, Marche
from services.paiement.usecases.acces import donner_acces, revoquer_acces
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures
from tests.kit.cartes import carte_active
from tests.kit.factures import Identite
from tests.kit.paiement import DEPARTEMENT, MARCHE, PAPETERIE, deposer
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
V1 = "/paiement/api/v1"


@pytest.fixture(scope="module", autouse=True)
def saxon() -> Iterator[None]:
    yield
    VALIDATEUR.arreter()


class Api:
    """A client that signs every call with a token."""

    def __init__(self, client: ClientWeb, jeton: str) -> None:
        self._client = client
        self._entetes = {"Authorization": f"Bearer {jeton}"}

    def get(self, chemin: str) -> Any:
        return self._client.get(f"{V1}{chemin}", headers=self._entetes)

    def post(self, chemin: str, cle: str | None = None, **contenu: Any) -> Any:
        entetes = self._entetes | ({"Idempotency-Key": cle} if cle else {})
        return self._client.post(f"{V1}{chemin}", headers=entetes, **contenu)


@pytest.fixture
def api(tx: Transactions, client: Callable[..., ClientWeb]) -> Callable[[str, str], Api]:
    """`api(siret, role)`: another piece of software, with an access of its own."""

    def ouvrir(siret: str, role: str) -> Api:
        with tx.begin() as uow:
            jeton = donner_acces(uow, siret, "Logiciel", role)
        return Api(client("paiement"), jeton)

    return ouvrir


def test_deposer_puis_suivre_avec_un_jeton(
    tx: Transactions, marche: Marche, api: Callable[[str, str], Api]
) -> None:
    logiciel = api(PAPETERIE, "entreprise")
    depot = logiciel.post("/factures", data=factures.cii(), content_type="application/xml")
    assert depot.status_code == 201
    facture = depot.json
    assert facture["etat"] == "MISE_A_DISPOSITION"
    assert facture["montant_ttc"] == "32832.00"
    assert facture["echeance_le"] == "2026-04-01"
    assert facture["detenteur"] == "le service destinataire"
    assert facture["anomalies"] == []
    assert depot.headers["Location"].endswith(f"/factures/{facture['id']}")
    assert logiciel.get(f"/factures/{facture['id']}").json["numero"] == "F-2026-0042"
    statuts = logiciel.get(f"/factures/{facture['id']}/statuts").json
    assert [p["etat"] for p in statuts["passages"]] == ["DEPOSEE", "MISE_A_DISPOSITION"]
    assert statuts["horloge"][-1]["le"] == "2026-04-01"
    liste = logiciel.get("/factures?etat=a_traiter").json
    assert (liste["total"], liste["factures"][0]["id"]) == (1, facture["id"])
    assert logiciel.get("/marches").json["marches"][0]["avance"] == "2872.80"
    assert logiciel.get(f"/marches/{MARCHE}").json["reference"] == "2026-07-0001-L1"


def test_le_meme_fichier_redepose_donne_la_meme_facture(
    tx: Transactions, marche: Marche, api: Callable[[str, str], Api]
) -> None:
    logiciel = api(DEPARTEMENT, "finances")
    reponses = [
        logiciel.post(
            "/factures",
            data={"fichier": (io.BytesIO(factures.ubl()), "f.xml")},
            content_type="multipart/form-data",
        )
        for _ in range(2)
    ]
    assert [r.status_code for r in reponses] == [201, 200]
    assert reponses[0].json["id"] == reponses[1].json["id"]


def test_P11_une_cle_une_reponse(
    tx: Transactions, marche: Marche, api: Callable[[str, str], Api]
) -> None:
    logiciel = api(PAPETERIE, "entreprise")
    un, deux = (
        logiciel.post("/factures", "cle-1", data=factures.cii(), content_type="application/xml")
        for _ in range(2)
    )
    assert (un.status_code, deux.status_code) == (201, 201)
    assert deux.headers["Idempotent-Replayed"] == "true"
    assert un.json == deux.json


def test_une_facture_non_conforme_est_gardee_rejetee(
    tx: Transactions, marche: Marche, api: Callable[[str, str], Api]
) -> None:
    octets = factures.ubl().replace(b">32832.00</cbc:TaxInc", b">99.00</cbc:TaxInc")
    reponse = api(PAPETERIE, "entreprise").post(
        "/factures", data=octets, content_type="application/xml"
    )
    assert reponse.status_code == 201
    assert reponse.json["etat"] == "REJETEE"
    assert "BR-CO-15" in {a["regle"] for a in reponse.json["anomalies"]}
    assert reponse.json["motif_rejet"].startswith("BR-CO-15")


@pytest.mark.parametrize(
    ("contenu", "statut", "type_"),
    [
        ({"data": b"", "content_type": "application/xml"}, 422, "fichier_vide"),
        ({"data": b"<a/>", "content_type": "application/pdf"}, 422, "racine_inconnue"),
        ({"data": {}, "content_type": "multipart/form-data"}, 422, "fichier_manquant"),
        (
            {
                "data": factures.cii(vendeur=Identite(demo.BUREAU.siret, "Autre")),
                "content_type": "application/xml",
            },
            403,
            "vendeur_autre",
        ),
    ],
)
def test_un_refus_est_un_probleme_nomme(
    marche: Marche,
    api: Callable[[str, str], Api],
    contenu: dict[str, Any],
    statut: int,
    type_: str,
) -> None:
    reponse = api(PAPETERIE, "entreprise").post("/factures", **contenu)
    assert reponse.status_code == statut
    assert reponse.content_type == "application/problem+json"
    assert reponse.json["type"] == f"urn:essaim:probleme:{type_}"


def test_un_doublon_nomme_la_facture_existante(
    facture: Facture, api: Callable[[str, str], Api]
) -> None:
    reponse = api(PAPETERIE, "entreprise").post(
        "/factures", data=factures.ubl(), content_type="application/xml"
    )
    assert reponse.status_code == 409
    assert reponse.json["details"]["facture_id"] == str(facture.id)


def test_un_jeton_ne_voit_que_son_siret(
    tx: Transactions, facture: Facture, api: Callable[[str, str], Api]
) -> None:
    autre = api(demo.BUREAU.siret, "entreprise")
    assert autre.get("/factures").json["total"] == 0
    assert autre.get("/marches").json["total"] == 0
    for chemin in (f"/factures/{facture.id}", f"/factures/{facture.id}/statuts"):
        assert autre.get(chemin).status_code == 404
    assert autre.get(f"/marches/{MARCHE}").status_code == 404


def test_un_jeton_ferme_ou_invente_n_ouvre_rien(
    tx: Transactions, client: Callable[..., ClientWeb]
) -> None:
    with tx.begin() as uow:
        jeton = donner_acces(uow, PAPETERIE, "Logiciel", "entreprise")
    logiciel = Api(client("paiement"), jeton)
    assert logiciel.get("/factures").status_code == 200
    with tx.begin() as uow:
        (acces_id,) = uow.session.connection().exec_driver_sql("SELECT id FROM acces_api").one()
        revoquer_acces(uow, acces_id)
    assert logiciel.get("/factures").status_code == 401
    assert Api(client("paiement"), "invente").get("/factures").status_code == 401


def test_un_role_ne_deborde_pas(
    tx: Transactions, acheteurs: None, api: Callable[[str, str], Api]
) -> None:
    carte = uuid.uuid4()
    entreprise, porteur = api(PAPETERIE, "entreprise"), api(DEPARTEMENT, "porteur")
    assert entreprise.post(f"/cartes/{carte}/autorisations", json={}).status_code == 403
    assert porteur.get("/factures").status_code == 403


def test_autoriser_une_operation(
    tx: Transactions, acheteurs: None, api: Callable[[str, str], Api]
) -> None:
    carte = carte_active(tx)
    porteur = api(DEPARTEMENT, "porteur")
    demande = {
        "accepteur_siret": demo.BUREAU.siret,
        "accepteur_nom": demo.BUREAU.nom,
        "montant": "450.00",
    }
    chemin = f"/cartes/{carte.id}/autorisations"
    acceptee = porteur.post(chemin, "achat-1", json=demande).json
    assert acceptee["autorisee"] is True
    assert acceptee["reste_periode"] == "1550.00"
    assert porteur.post(chemin, "achat-1", json=demande).json == acceptee
    refusee = porteur.post(chemin, json=demande | {"montant": "500.01"})
    assert refusee.status_code == 201
    assert refusee.json["motif"] == "PLAFOND_TRANSACTION"
    assert [c["passe"] for c in refusee.json["controles"]].count(None) == 5
    for faute in (
        {"montant": 450.0},
        {"montant": "0"},
        {"accepteur_siret": "1"},
        {"autre": 1},
        {"marche": "a\0"},
    ):
        assert porteur.post(chemin, json=demande | faute).status_code == 422
    sdis = api(demo.SDIS.siret, "porteur")
    assert sdis.post(chemin, json=demande).status_code == 404


def test_une_session_deposee_par_l_api_suit_les_memes_regles(
    tx: Transactions, marche: Marche, client: Callable[..., ClientWeb]
) -> None:
    assert client("paiement", "finances").get(f"{V1}/factures").status_code == 200
    assert client("paiement").get(f"{V1}/factures").status_code == 401


def test_le_contrat_openapi_se_lit(client: Callable[..., ClientWeb], tx: Transactions) -> None:
    document = client("paiement").get(f"{V1}/openapi.json").json
    assert document["openapi"] == "3.1.0"
    depot = document["paths"][f"{V1}/factures"]["post"]
    assert set(depot["requestBody"]["content"]) == {
        "application/xml",
        "application/pdf",
        "multipart/form-data",
    }


def test_les_montants_voyagent_en_texte(
    tx: Transactions, marche: Marche, api: Callable[[str, str], Api]
) -> None:
    deposer(tx)
    facture = api(PAPETERIE, "entreprise").get("/factures").json["factures"][0]
    montants = ("montant_ht", "montant_ttc", "a_payer")
    assert {type(facture[nom]) for nom in montants} == {str}
