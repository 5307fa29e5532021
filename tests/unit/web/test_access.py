"""Deny by default, whatever the order of decorators; tokens, sessions and forged forms."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

from shared.ops.demo import PERSONAS
from shared.web.access import ANONYME, ROLES, AccesNonDeclare, allow, public
from shared.web.app import create_app
from tests.kit.vitrine import contexte
from tests.kit.web import ClientWeb

BESOINS = "/groupement/besoins"
COMMANDES = "/vitrine/api/v1/commandes"
CORPS = {"quantite": "12.5", "montant": "90 000,50"}
HTML = {"Accept": "text/html"}
JETON = {"Authorization": "Bearer bon-jeton"}


def monter(*vues: tuple[str, Any]) -> Flask:
    pages = Blueprint("essai", __name__)
    for rang, (chemin, vue) in enumerate(vues):
        pages.add_url_rule(chemin, f"vue{rang}", vue)
    return create_app(contexte(), pages=[pages], api=[], package="tests.kit.vitrine")


def test_a_view_that_says_nothing_stops_the_application() -> None:
    with pytest.raises(AccesNonDeclare, match=r"GET /oubli .*@public ou @allow"):
        monter(("/ouvert", public(lambda: "")), ("/oubli", lambda: ""))


def test_a_method_view_must_say_for_each_method() -> None:
    class Vue(MethodView):
        @public
        def get(self) -> str:
            return "lu"

        def post(self) -> str:
            return "écrit"

    with pytest.raises(AccesNonDeclare, match="POST /vue"):
        monter(("/vue", Vue.as_view("vue")))
    Vue.post = allow("agent")(Vue.post)  # type: ignore[method-assign]
    app = monter(("/vue", Vue.as_view("vue")))
    assert app.test_client().get("/vue").text == "lu"
    assert app.test_client().post("/vue").status_code == 401


@pytest.mark.parametrize("roles", [(), ("agents",), ("agent", "dieu")])
def test_a_role_that_does_not_exist_cannot_be_allowed(roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="Rôles inconnus"):
        allow(*roles)


def test_every_persona_has_known_roles() -> None:
    for persona in PERSONAS.values():
        assert set(persona.roles) <= ROLES


def test_a_visitor_is_sent_to_sign_in_and_brought_back(client: ClientWeb) -> None:
    reponse = client.get(f"{BESOINS}?lot=1")
    assert reponse.status_code == 302
    assert reponse.location == "/connexion?suite=%2Fgroupement%2Fbesoins%3Flot%3D1"


def test_the_wrong_role_is_refused_and_the_right_one_let_in(client: ClientWeb) -> None:
    refus = client.entrer("finances").get(BESOINS, headers=HTML)
    assert refus.status_code == 403
    assert "Votre rôle ne permet pas cette action." in refus.text
    assert client.entrer("agent-sdis").get(BESOINS).status_code == 200


def test_a_forged_role_in_the_session_is_worth_nothing(app: Flask, client: ClientWeb) -> None:
    faux = app.session_interface.get_signing_serializer(_avec_cle(app, "autre-cle"))
    assert faux is not None
    jeton = faux.dumps(PERSONAS["coordonnatrice"].en_session())
    client.set_cookie("essaim_session", str(jeton))
    assert client.get(BESOINS).status_code == 302


def _avec_cle(app: Flask, cle: str) -> Flask:
    autre = Flask(app.name)
    autre.secret_key = cle
    return autre


@pytest.mark.parametrize(
    ("entetes", "status"),
    [({}, 401), ({"Authorization": "Bearer faux"}, 401), ({"Authorization": "Basic x"}, 401),
     (JETON, 201), ({"Authorization": "bearer bon-jeton"}, 201)],
)  # fmt: skip
def test_api_asks_for_a_token(client: ClientWeb, entetes: dict[str, str], status: int) -> None:
    reponse = client.post(COMMANDES, json=CORPS, headers=entetes)
    assert reponse.status_code == status
    if status == 401:
        assert reponse.headers["WWW-Authenticate"] == "Bearer"
        assert reponse.mimetype == "application/problem+json"


def test_a_token_opens_the_api_only(client: ClientWeb) -> None:
    assert client.get(BESOINS, headers=JETON).status_code == 302


def test_access_is_checked_before_the_body_is_read(client: ClientWeb) -> None:
    assert client.post(COMMANDES, json={"faux": 1}).status_code == 401


def test_the_session_may_call_the_api_from_our_own_pages_only(client: ClientWeb) -> None:
    client.entrer("agent-sdis")
    assert client.post(COMMANDES, json=CORPS).status_code == 201
    for entetes, status in (
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://ailleurs.exemple"}, 403),
        ({"Origin": "http://localhost"}, 201),
    ):
        assert client.post(COMMANDES, json=CORPS, headers=entetes).status_code == status, entetes
    croise = {"Sec-Fetch-Site": "cross-site", **JETON}
    assert client.post(COMMANDES, json=CORPS, headers=croise).status_code == 201


@pytest.mark.parametrize("jeton", ["", "faux", "é", "AAAA", "A" * 44])
def test_a_form_without_its_token_is_refused(client: ClientWeb, jeton: str) -> None:
    client.entrer("agent-sdis").jeton()
    refus = client.post(BESOINS, data={"_csrf": jeton}, headers=HTML, sans_jeton=True)
    assert refus.status_code == 403
    assert "a expiré" in refus.text


def test_the_token_of_somebody_else_is_refused(app: Flask, client: ClientWeb) -> None:
    autre = app.test_client().entrer("agent-sdea")  # type: ignore[attr-defined]
    client.entrer("agent-sdis").jeton()
    refus = client.post(BESOINS, data={"_csrf": autre.jeton()})
    assert refus.status_code == 403


def test_tokens_change_at_each_page_and_all_work(client: ClientWeb) -> None:
    client.entrer("agent-sdis")
    jetons = {client.jeton() for _ in range(5)}
    assert len(jetons) == 5
    for jeton in jetons:
        assert client.post(BESOINS, data={"_csrf": jeton}).status_code == 422
        entete = {"X-CSRF-Token": jeton}
        assert client.post(BESOINS, headers=entete, sans_jeton=True).status_code == 422


def test_nobody_is_somebody() -> None:
    assert not ANONYME.connecte
    assert not ANONYME.a("agent")
    assert not ANONYME.entreprise
    assert replace(ANONYME, roles=frozenset({"entreprise"})).entreprise
