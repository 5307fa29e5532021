"""What members' software does with its share: transfers, answers, short closing, deliveries."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.substituer import proposer_substitution
from tests.integration.groupement.livraisons import recevoir
from tests.integration.groupement.monde import AUB, DEP, MARCHE, SDIS, Monde
from tests.integration.groupement.test_modifications_marche import propose

API = "/groupement/api/v1"
Client = Callable[..., Any]


@pytest.fixture
def jeton(monde: Monde) -> Callable[[str], dict[str, str]]:
    def en_tete(siret: str) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {monde.faire(creer_acces, NouvelAcces(siret, 'L')).jeton}"
        }

    return en_tete


def test_a_transfer_over_http_is_offered_once_and_answered(
    monde: Monde, client: Client, jeton: Callable[[str], dict[str, str]]
) -> None:
    monde.notifie()
    web, aub, sdis = client("groupement"), jeton(AUB), jeton(SDIS)
    corps = {
        "contrat_ligne_id": str(monde.ligne_de_marche()),
        "vers": SDIS,
        "quantite": "2",
        "motif": "Moins d’imprimantes",
    }
    cle = {**aub, "Idempotency-Key": "t-1"}
    offre = web.post(f"{API}/transferts", json=corps, headers=cle)
    assert (offre.status_code, offre.json["etat"]) == (201, "PROPOSE")
    assert web.post(f"{API}/transferts", json=corps, headers=cle).json == offre.json
    trop = web.post(f"{API}/transferts", json={**corps, "quantite": "9"}, headers=aub)
    assert (trop.status_code, trop.json["details"]["cessible"]) == (409, "5")
    adresse = f"{API}/transferts/{offre.json['id']}"
    assert web.post(f"{adresse}/retrait", headers=sdis).status_code == 404
    faite = web.post(f"{adresse}/reponse", json={"accepte": True}, headers=sdis)
    assert faite.json["etat"] == "ACCEPTE"
    (lu,) = web.get(f"{API}/transferts", headers=sdis).json["transferts"]
    assert lu["quantite"] == "2"
    assert web.get(f"{API}/transferts", headers=jeton(DEP)).json["transferts"] == []


def test_H2_an_order_is_closed_short_over_http_and_deliveries_are_explained(
    monde: Monde, client: Client, jeton: Callable[[str], dict[str, str]]
) -> None:
    monde.commande()
    recevoir(monde, 60, "BL-1")
    web, aub = client("groupement"), jeton(AUB)
    (livraison,) = web.get(f"{API}/livraisons", headers=aub).json["livraisons"]
    assert (livraison["part"], livraison["quantite"]) == ("3", "60")
    assert livraison["explication"].startswith("5 sur 105")
    adresse = f"{API}/commandes/{livraison['commande_id']}/cloture"
    assert web.post(adresse, json={"motif": "Assez"}, headers=jeton(SDIS)).status_code == 404
    rendue = web.post(adresse, json={"motif": "Assez"}, headers=aub)
    assert (rendue.json["quantite"], rendue.json["genre"]) == ("2", "CLOTURE")
    (quota,) = web.get(f"{API}/quotas", headers=aub).json["quotas"]
    assert (quota["commande"], quota["recu"], quota["reste"]) == ("3", "3", "2")


def test_cas_foodsoft_169_a_member_answers_a_substitution_over_http(
    monde: Monde, client: Client, jeton: Callable[[str], dict[str, str]]
) -> None:
    monde.notifie()
    monde.commander(AUB, 5)
    monde.faire(proposer_substitution, monde.ligne_de_marche(), propose(monde))
    web, aub = client("groupement"), jeton(AUB)
    (lue,) = web.get(f"{API}/substitutions", headers=aub).json["substitutions"]
    assert lue["reponse"] is None
    adresse = f"{API}/substitutions/{lue['id']}/reponse"
    repondue = web.post(adresse, json={"accepte": True}, headers=aub)
    assert repondue.json["reponse"] == "ACCEPTE"
    assert repondue.json["nouvelle_ligne_id"] is not None
    encore = web.post(adresse, json={"accepte": False}, headers=aub)
    assert encore.status_code in {404, 409}


def test_H3_the_coordinator_alone_records_an_amendment_and_members_read_it(
    monde: Monde, client: Client, jeton: Callable[[str], dict[str, str]]
) -> None:
    monde.notifie()
    web, dep, aub = client("groupement"), jeton(DEP), jeton(AUB)
    corps = {
        "motif": "FAIBLE_MONTANT",
        "objet": "Pâte à papier",
        "signe_le": "2026-03-02",
        "prix": [
            {
                "contrat_ligne_id": str(monde.ligne_de_marche()),
                "prix_unitaire_ht": "470",
                "effet_le": "2026-03-02",
            }
        ],
    }
    adresse = f"{API}/marches/{MARCHE}/avenants"
    assert web.post(adresse, json=corps, headers=aub).status_code == 403
    conclu = web.post(adresse, json=corps, headers=dep)
    assert (conclu.status_code, conclu.json["montant_ht"]) == (201, "1470.00")
    trop = web.post(adresse, json={**corps, "montant_ht": "4000.00"}, headers=dep)
    assert trop.json["type"] == "urn:essaim:probleme:modification_interdite"
    lu = web.get(f"{API}/marches/{MARCHE}", headers=aub).json
    assert (lu["montant_ht"], len(lu["avenants"])) == ("49350.00", 1)
    monde.clock.advance(dt.timedelta(days=1))
    assert monde.commander(AUB, 1).prix_unitaire_ht == Decimal(470)
