"""The JSON API: public reads, coordinator's writes, one effect per Idempotency-Key."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.publication.domain.avis import COMPLETS
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from tests.integration.publication.monde import LIMITE, minimal, publier

pytestmark = pytest.mark.db
RACINE = "/publication/api/v1"
DEMANDE = {
    "objet": "Entretien des espaces verts",
    "cpv": "77310000",
    "date_limite": "2026-03-23T12:00:00+01:00",
    "lieu": "Aubenas",
    "contact": "achats@departement07.exemple",
    "montant_estime_ht": "89999.99",
}


def test_A2_the_same_call_on_both_sides_of_the_threshold(client: Callable[..., Any]) -> None:
    acheteur = client("publication", "coordonnatrice")
    dessous = acheteur.post(f"{RACINE}/avis", json=DEMANDE)
    assert dessous.status_code == 201
    assert dessous.json["reference"] == "AVIS-2026-0001"
    assert dessous.json["lieu"] == {"code": "07019", "nom": "Aubenas"}
    assert dessous.json["date_limite"] == "2026-03-23T11:00:00+00:00"
    dessus = acheteur.post(f"{RACINE}/avis", json={**DEMANDE, "montant_estime_ht": "90000.00"})
    assert dessus.status_code == 422
    assert dessus.mimetype == "application/problem+json"
    assert dessus.json["type"] == "urn:essaim:probleme:champs_manquants"
    assert set(dessus.json["erreurs"]) == set(COMPLETS)


@pytest.mark.parametrize(
    ("changement", "champ"),
    [
        ({"cpv": "30"}, "cpv"),
        ({"lieu": "Nulle part"}, "lieu"),
        ({"montant_estime_ht": 90000.5}, "montant_estime_ht"),
        ({"date_limite": "demain"}, "date_limite"),
        ({"inconnu": 1}, "inconnu"),
        ({"supports": ["JOURNAL"]}, "supports.0"),
        ({"avance_taux": "1.5"}, "avance_taux"),
    ],
)
def test_what_cannot_be_read_is_named(
    client: Callable[..., Any], changement: dict[str, Any], champ: str
) -> None:
    reponse = client("publication", "coordonnatrice").post(
        f"{RACINE}/avis", json={**DEMANDE, **changement}
    )
    assert reponse.status_code == 422
    assert champ in reponse.json["erreurs"]


def test_only_a_coordinator_writes(client: Callable[..., Any]) -> None:
    assert client("publication").post(f"{RACINE}/avis", json=DEMANDE).status_code == 401
    for persona in ("agent-sdis", "entreprise", "finances"):
        reponse = client("publication", persona).post(f"{RACINE}/avis", json=DEMANDE)
        assert reponse.status_code == 403


def test_P11_one_key_one_notice(
    client: Callable[..., Any], events: Callable[..., list[Any]]
) -> None:
    acheteur = client("publication", "coordonnatrice")
    entetes = {"Idempotency-Key": "abc"}
    premiere = acheteur.post(f"{RACINE}/avis", json=DEMANDE, headers=entetes)
    seconde = acheteur.post(f"{RACINE}/avis", json=DEMANDE, headers=entetes)
    assert premiere.json == seconde.json
    assert len(events("publication", "publication.avis.publie.v1")) == 1


def test_corrections_and_cancellation(client: Callable[..., Any]) -> None:
    acheteur = client("publication", "coordonnatrice")
    avis = acheteur.post(f"{RACINE}/avis", json=DEMANDE).json
    rectifie = acheteur.post(
        f"{RACINE}/avis/{avis['id']}/rectifications",
        json={"motif": "Délai", "date_limite": "2026-03-30T12:00:00+02:00"},
    )
    assert rectifie.status_code == 201
    assert rectifie.json["version"] == 2
    assert rectifie.json["versions"][1]["changements"][0]["apres"] == "2026-03-30T10:00:00Z"
    interdit = acheteur.post(
        f"{RACINE}/avis/{avis['id']}/rectifications", json={"motif": "Prix", "cpv": "45000000"}
    )
    assert interdit.status_code == 422
    annule = acheteur.post(f"{RACINE}/avis/{avis['id']}/annulation", json={"motif": "Abandon"})
    assert (annule.status_code, annule.json["etat"]) == (200, "annule")
    encore = acheteur.post(f"{RACINE}/avis/{avis['id']}/annulation", json={"motif": "Abandon"})
    assert encore.status_code == 409


def test_an_unknown_notice_is_a_problem(client: Callable[..., Any]) -> None:
    inconnu = "0198a3c0-0000-7000-8000-000000000099"
    reponse = client("publication").get(f"{RACINE}/avis/{inconnu}")
    assert (reponse.status_code, reponse.mimetype) == (404, "application/problem+json")
    corps = {"motif": "Délai"}
    ecrit = client("publication", "coordonnatrice").post(
        f"{RACINE}/avis/{inconnu}/rectifications", json=corps
    )
    assert ecrit.status_code == 404


def test_reads_are_public_paged_and_exact(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    for n in range(3):
        publier(tx, minimal(objet=f"Avis {n}"))
    visiteur = client("publication")
    page = visiteur.get(f"{RACINE}/avis?par=2&page=2").json
    assert (page["total"], page["pages"], len(page["avis"])) == (3, 2, 1)
    assert page["avis"][0]["montant_estime_ht"] == "45000.00"
    assert visiteur.get(f"{RACINE}/avis?etat=clos").json["total"] == 0
    clock.set(LIMITE)
    assert visiteur.get(f"{RACINE}/avis?etat=clos").json["total"] == 3
    assert visiteur.get(f"{RACINE}/avis?montant_max=cher").status_code == 422
    assert visiteur.get(f"{RACINE}/programmation").json["total"] == 0


def test_the_openapi_document_tells_every_route(client: Callable[..., Any]) -> None:
    document = client("publication").get(f"{RACINE}/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        f"{RACINE}/avis",
        f"{RACINE}/avis/{{avis_id}}",
        f"{RACINE}/avis/{{avis_id}}/annulation",
        f"{RACINE}/avis/{{avis_id}}/rectifications",
        f"{RACINE}/programmation",
    }
    montant = document["components"]["schemas"]["AvisNouveau"]["properties"]["montant_estime_ht"]
    assert montant["type"] == "string"
    assert json.dumps(document)
