"""So many calls a minute for one client, the next one refused with the time to wait."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import TestResponse

from shared.web import limites
from tests.kit.web import ClientWeb
from tests.unit.groupement.simulateur import simulateur

ADRESSE = "/groupement/api/v1/simulations"
CORPS = {"montant_ht": "1", "part_main_oeuvre": "0", "effort": "0", "cout_horaire": "1"}


def appeler(client: ClientWeb, adresse: str = "192.0.2.1", **entetes: str) -> TestResponse:
    return client.post(
        f"{ADRESSE}/heures-insertion",
        json=CORPS,
        headers=entetes,
        environ_base={"REMOTE_ADDR": adresse},
    )


def statuts(client: ClientWeb, *adresses: str) -> list[int]:
    return [appeler(client, adresse).status_code for adresse in adresses]


def test_the_call_too_many_is_refused_with_the_time_to_wait() -> None:
    client = simulateur(SIMULATIONS_PAR_MINUTE="3")
    assert statuts(client, *["192.0.2.1"] * 3) == [200] * 3
    refus = appeler(client)
    assert (refus.status_code, refus.mimetype) == (429, "application/problem+json")
    assert 1 <= int(refus.headers["Retry-After"]) <= 60
    assert refus.json is not None
    assert refus.json["type"] == "urn:essaim:probleme:trop_de_requetes"
    assert "recommencez dans" in refus.json["detail"]


def test_each_client_has_its_own_count() -> None:
    client = simulateur(SIMULATIONS_PAR_MINUTE="1")
    assert statuts(client, "192.0.2.1", "192.0.2.2", "192.0.2.1") == [200, 200, 429]


def test_the_simulations_share_one_count_and_a_faulty_call_counts() -> None:
    client = simulateur(SIMULATIONS_PAR_MINUTE="1")
    assert client.post(f"{ADRESSE}/repartition", json=[]).status_code == 422
    assert client.post(f"{ADRESSE}/quotas", json=[]).status_code == 429


def test_the_window_moves_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    client = simulateur(SIMULATIONS_PAR_MINUTE="2")
    instant = 1_000_000.0
    monkeypatch.setattr(limites.time, "time", lambda: instant)
    assert statuts(client, "192.0.2.1") == [200]
    instant += 40
    assert statuts(client, "192.0.2.1", "192.0.2.1") == [200, 429]
    assert appeler(client).headers["Retry-After"] == "20"
    instant += 20.1
    assert statuts(client, "192.0.2.1", "192.0.2.1") == [200, 429]


def test_clients_of_one_address_in_parallel_never_pass_the_limit() -> None:
    app = simulateur(SIMULATIONS_PAR_MINUTE="50").application

    def serie(_: int) -> list[int]:
        client = app.test_client()
        return [
            client.post(f"{ADRESSE}/heures-insertion", json=CORPS).status_code for _ in range(20)
        ]

    with ThreadPoolExecutor(4) as fils:
        obtenus = [statut for liste in fils.map(serie, range(4)) for statut in liste]
    assert (obtenus.count(200), obtenus.count(429)) == (50, 30)


def test_a_heavy_body_counts_as_several_calls() -> None:
    client = simulateur(SIMULATIONS_PAR_MINUTE="3")
    lourd = {**CORPS, "effort": "0" * limites.TRANCHE}
    assert client.post(f"{ADRESSE}/heures-insertion", json=lourd).status_code == 422
    assert client.post(f"{ADRESSE}/heures-insertion", json=CORPS).status_code == 200
    assert client.post(f"{ADRESSE}/heures-insertion", json=CORPS).status_code == 429


def test_a_forwarded_address_counts_only_behind_a_trusted_proxy() -> None:
    direct = simulateur(SIMULATIONS_PAR_MINUTE="1")
    premier, second = {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.2"}
    assert appeler(direct, **premier).status_code == 200
    assert appeler(direct, **second).status_code == 429
    derriere = simulateur(SIMULATIONS_PAR_MINUTE="1", PROXYS="1")
    assert appeler(derriere, **premier).status_code == 200
    assert appeler(derriere, **second).status_code == 200
    assert appeler(derriere, **premier).status_code == 429


def test_a_signed_in_user_is_counted_by_who_it_is() -> None:
    client = simulateur(SIMULATIONS_PAR_MINUTE="1").entrer("coordonnatrice")
    origine = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert appeler(client, "192.0.2.1", **origine).status_code == 200
    assert appeler(client, "192.0.2.2", **origine).status_code == 429


@pytest.mark.parametrize(
    ("adresse", "reseau"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
        ("inconnue", "inconnue"),
    ],
)
def test_an_ipv6_client_is_its_network(adresse: str, reseau: str) -> None:
    assert limites.reseau(adresse) == reseau


def test_the_document_says_the_limit() -> None:
    document = simulateur().get("/groupement/api/v1/openapi.json").json
    assert document is not None
    operation = document["paths"][f"{ADRESSE}/repartition"]["post"]
    assert {"200", "422", "429"} <= set(operation["responses"])
    assert operation["security"] == []
    schema = document["components"]["schemas"]["RepartitionDemande"]["properties"]
    assert (schema["total"]["type"], schema["parts"]["maxItems"]) == ("string", 10_000)
    assert schema["total"]["pattern"].startswith("^[0-9]")
