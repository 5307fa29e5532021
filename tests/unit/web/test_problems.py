"""One refusal, two faces: RFC 9457 for machines, a page for people."""

import logging

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from shared.web.problems import TYPE_MEDIA, probleme_de
from shared.web.typographie import typographier
from tests.kit.web import ClientWeb

API = "/vitrine/api/v1"
JETON = {"Authorization": "Bearer bon-jeton"}


@pytest.mark.parametrize(
    ("genre", "status", "code"),
    [
        ("conflit", 409, "recensement_clos"), ("absent", 404, "introuvable"),
        ("temporaire", 503, "indisponible"), ("contrat", 422, "contrat_non_respecte"),
        ("bogue", 500, "erreur_interne"),
    ],
)  # fmt: skip
def test_errors_of_the_domain_have_their_status_and_code(
    client: ClientWeb, genre: str, status: int, code: str
) -> None:
    reponse = client.get(f"/panne/{genre}", headers={"Accept": "application/json"})
    assert (reponse.status_code, reponse.mimetype) == (status, TYPE_MEDIA)
    assert reponse.json is not None
    assert reponse.json["type"] == f"urn:essaim:probleme:{code}"
    assert reponse.json["status"] == status
    assert reponse.json["instance"] == f"/panne/{genre}"
    page = client.get(f"/panne/{genre}")
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert typographier(reponse.json["detail"]).split(".")[0] in page.text


def test_a_bug_is_logged_and_shows_nothing_of_itself(
    client: ClientWeb, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "essaim.web"):
        reponse = client.get("/panne/bogue", headers={"X-Request-Id": "requete-1234"})
    assert "secret interne" not in reponse.text
    assert "requete-1234" in reponse.text
    assert "secret interne" in caplog.text


def test_details_and_fields_travel(client: ClientWeb) -> None:
    json = client.get("/panne/conflit", headers={"Accept": "application/json"}).json
    assert json is not None
    assert json["details"] == {"reste": 3}
    refus = client.get(f"{API}/panne").json
    assert refus is not None
    assert refus["erreurs"] == {"quantite": "Reste 3."}


def test_faulty_fields_of_a_json_body_are_named_in_french(client: ClientWeb) -> None:
    corps = {"quantite": "beaucoup", "siret": "1", "inconnu": 1}
    reponse = client.post(f"{API}/commandes", json=corps, headers=JETON)
    assert reponse.status_code == 422
    assert reponse.json is not None
    assert reponse.json["type"] == "urn:essaim:probleme:saisie_invalide"
    assert reponse.json["erreurs"] == {
        "montant": "Ce champ est obligatoire.",
        "quantite": "Saisissez une quantité. Exemple : 2 400 ou 12,5.",
        "siret": "Le SIRET compte 14 chiffres, par exemple 732 829 320 00074.",
        "inconnu": "Ce champ n’existe pas.",
    }


def test_what_is_no_json_is_told_so(client: ClientWeb) -> None:
    reponse = client.post(
        f"{API}/commandes", data="{", content_type="application/json", headers=JETON
    )
    assert reponse.status_code == 400
    assert reponse.json is not None
    assert reponse.json["detail"] == "Le corps de la requête n’est pas du JSON."


def test_unknown_addresses_and_methods(client: ClientWeb) -> None:
    assert client.get("/nulle-part").mimetype == "text/html"
    assert client.get(f"{API}/nulle-part").mimetype == TYPE_MEDIA
    refus = client.delete(f"{API}/commandes", headers=JETON)
    assert refus.status_code == 405
    assert set(refus.headers["Allow"].split(", ")) >= {"GET", "POST"}


def test_a_browser_gets_a_page_and_a_script_gets_json(client: ClientWeb) -> None:
    navigateur = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accepte, mimetype in (
        (navigateur, "text/html"), ("*/*", "text/html"), ("application/json", TYPE_MEDIA),
        (TYPE_MEDIA, TYPE_MEDIA),
    ):  # fmt: skip
        assert client.get("/nulle-part", headers={"Accept": accepte}).mimetype == mimetype


def test_a_database_that_is_away_is_not_a_bug(app: Flask) -> None:
    with app.test_request_context("/"):
        probleme = probleme_de(OperationalError("SELECT 1", {}, Exception("absente")))
    assert probleme.status == 503
    assert probleme.entetes == {"Retry-After": "5"}


def test_an_upload_too_large_is_refused(client: ClientWeb) -> None:
    client.entrer("agent-sdis")
    client.application.config["MAX_CONTENT_LENGTH"] = 1000
    try:
        reponse = client.post("/groupement/besoins", data={"note": "x" * 2000})
    finally:
        client.application.config["MAX_CONTENT_LENGTH"] = 12 * 1024 * 1024
    assert reponse.status_code == 413


def test_openapi_documents_problems_and_exact_types(client: ClientWeb) -> None:
    document = client.get(f"{API}/openapi.json").json
    assert document is not None
    assert document["openapi"] == "3.1.0"
    reponses = document["paths"][f"{API}/commandes"]["post"]["responses"]
    assert set(reponses) >= {"201", "422", "default"}
    for nom in ("UNPROCESSABLE_ENTITY", "UNPROCESSABLE_CONTENT", "DEFAULT_ERROR"):
        reponse = document["components"]["responses"].get(nom)
        assert reponse is None or set(reponse["content"]) == {TYPE_MEDIA}
    champs = document["components"]["schemas"]["Commande"]["properties"]
    assert champs["quantite"] == {"type": "string", "format": "decimal"}
    assert champs["montant"] == {"type": "string", "format": "decimal"}
    assert champs["jour"] == {"type": "string", "format": "date"}


def test_amounts_leave_as_texts(client: ClientWeb) -> None:
    reponse = client.get(f"{API}/commandes", headers=JETON)
    assert reponse.json == [{"quantite": "600000", "montant": "12.50"}]
