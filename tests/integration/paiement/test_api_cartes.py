"""Cards over HTTP: receipts, statements and their decisions; the public what-if of a check."""

import io
from collections.abc import Callable
from typing import Any

import pytest

from services.paiement.tables import Carte
from services.paiement.usecases.acces import donner_acces
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.integration.paiement.test_api import Api
from tests.kit import releves as kit
from tests.kit.cartes import carte_active
from tests.kit.paiement import DEPARTEMENT, le
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
V1 = "/paiement/api/v1"
Clients = Callable[..., ClientWeb]
CARTE = {
    "plafond_transaction": "500",
    "plafond_periode": "2000",
    "plafond_fournisseur": "1200",
    "depense_periode": "1700",
    "depense_fournisseur": "900",
}
TRAVAUX = {"reference": "T1", "travaux": True}
AVANCE = {"reference": "A1", "avance": True}


@pytest.fixture
def carte(tx: Transactions, acheteurs: None, clock: FrozenClock) -> Carte:
    le(clock, "2026-03-02")
    return carte_active(tx)


@pytest.mark.parametrize(
    ("operation", "motif"),
    [
        ({"montant": "300"}, None),
        ({"montant": "301"}, "PLAFOND_PERIODE"),
        ({"montant": "501"}, "PLAFOND_TRANSACTION"),
        ({"montant": "250", "marche": TRAVAUX}, "MARCHE_EXCLU_TRAVAUX"),
        ({"montant": "100", "marche": AVANCE}, "MARCHE_EXCLU_AVANCE"),
        ({"montant": "1", "ligne": {"compte": "3111", "reste": "9"}}, "MARCHE_EXCLU_STOCK"),
        ({"montant": "1", "fournisseur_reference": False}, "FOURNISSEUR_NON_REFERENCE"),
    ],
)
def test_regles_8_la_simulation_est_ouverte_et_ne_garde_rien(
    client: Clients, tx: Transactions, operation: dict[str, Any], motif: str | None
) -> None:
    corps = {"carte": CARTE, "operation": operation}
    reponse = client("paiement").post(f"{V1}/simulations/carte", json=corps)
    assert reponse.status_code == 200
    assert (reponse.json["autorisee"], reponse.json["motif"]) == (motif is None, motif)
    resultats = [c["resultat"] for c in reponse.json["controles"]]
    assert len(resultats) == 11
    echecs = resultats.count("echec")
    assert echecs == (0 if motif is None else 1)
    if motif:
        assert set(resultats[resultats.index("echec") + 1 :]) == {"non_examine"}


@pytest.mark.parametrize(
    ("faute", "champ"),
    [
        ({"operation": {"montant": "0"}}, "operation.montant"),
        ({"operation": {"montant": 12}}, "operation.montant"),
        ({"carte": {}}, "carte.plafond_periode"),
        ({"carte": CARTE | {"familles_exclues": ["x"]}}, "carte.familles_exclues.0"),
        ({"operation": {"montant": "1", "autre": 1}}, "operation.autre"),
    ],
)
def test_une_simulation_mal_ecrite_nomme_le_champ(
    client: Clients, tx: Transactions, faute: dict[str, Any], champ: str
) -> None:
    corps = {"carte": CARTE, "operation": {"montant": "1"}} | faute
    reponse = client("paiement").post(f"{V1}/simulations/carte", json=corps)
    assert reponse.status_code == 422
    assert champ in reponse.json["erreurs"]


def test_du_recu_a_la_cloture_par_l_api(
    tx: Transactions, carte: Carte, clock: FrozenClock, client: Clients
) -> None:
    with tx.begin(acteur="agent") as uow:
        demande = Demande(demo.BUREAU.siret, demo.BUREAU.nom, Montant("10.00"))
        achat = autoriser_operation(uow, carte.id, DEPARTEMENT, demande)
    finances = client("paiement", "finances")
    piece = f"{V1}/cartes/operations/{achat.id}/pieces"

    def envoyer(adresse: str, octets: bytes, cle: str, **champs: str) -> Any:
        donnees = {"fichier": (io.BytesIO(octets), "piece.pdf"), **champs}
        return finances.post(adresse, data=donnees, headers={"Idempotency-Key": cle})

    deposee = envoyer(piece, b"%PDF-1.7", "recu-1")
    assert (deposee.status_code, deposee.json["nature"]) == (201, "RECU")
    assert finances.post(piece).status_code == 422
    assert envoyer(piece, b"%PDF-1.7", "recu-2", nature="AUTRE").status_code == 422
    le(clock, "2026-04-10")
    lignes = [kit.operation("10.00", autorisation=achat.code), kit.operation("40.00")]
    depot = f"{V1}/programmes/{carte.programme_id}/releves"
    faux = envoyer(depot, kit.releve(lignes, total="49.00"), "faux", recu_le="2026-04-02")
    assert faux.status_code == 422
    assert "1,00" in faux.json["detail"]
    octets = kit.releve(lignes)
    importe = envoyer(depot, octets, "releve-1", recu_le="2026-04-02")
    assert importe.status_code == 201
    assert (importe.json["exceptions"], importe.json["total"]) == (1, "50.00")
    encore = envoyer(depot, octets, "releve-2", recu_le="2026-04-02")
    assert (encore.status_code, encore.json["id"]) == (200, importe.json["id"])
    releve = f"{V1}/releves/{importe.json['id']}"
    attente = finances.get(f"{releve}/lignes?etat=EXCEPTION").json
    assert [x["ecarts"] for x in attente["lignes"]] == [["SANS_AUTORISATION"]]
    assert finances.post(f"{releve}/cloture").status_code == 409
    assert finances.post(f"{releve}/approbation").json["approuve"] == "10.00"
    decision = f"{releve}/lignes/2/decision"
    assert finances.post(decision, json={"decision": "repondre"}).status_code == 422
    contestee = finances.post(decision, json={"decision": "contester", "motif": "Inconnue"})
    assert contestee.json["etat"] == "CONTESTEE"
    reponse = {"decision": "repondre", "issue": "RETIREE", "motif": "Remboursée"}
    assert finances.post(decision, json=reponse).json["etat"] == "RETIREE"
    assert finances.post(f"{releve}/cloture").json["etat"] == "CLOS"
    assert finances.get(releve).json["approuve"] == "10.00"
    cartes = finances.get(f"{V1}/cartes").json
    assert (cartes["total"], cartes["cartes"][0]["fin_numero"]) == (1, "4242")
    ailleurs = client("paiement", "agent-sdis")
    assert ailleurs.get(releve).status_code == 403
    assert ailleurs.get(f"{V1}/cartes").json == {"total": 0, "cartes": []}


def test_le_releve_d_un_autre_n_existe_pas(tx: Transactions, carte: Carte, client: Clients) -> None:
    with tx.begin() as uow:
        sdis = Api(client("paiement"), donner_acces(uow, demo.SDIS.siret, "Logiciel", "finances"))
    depot = f"/programmes/{carte.programme_id}/releves"
    assert sdis.post(depot, json={}).status_code in (404, 422)
    assert sdis.get(f"/releves/{carte.id}").status_code == 404
    assert sdis.get(f"/releves/{carte.id}/lignes").status_code == 404
    assert sdis.post(f"/releves/{carte.id}/approbation", json={}).status_code == 404
