"""Signing in with a real OpenID Connect exchange over HTTP: plain userinfo, then signed."""

import time
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask, Response, jsonify, request
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.kit.browser import servir
from tests.kit.vitrine import application
from tests.kit.web import ClientWeb

# The mock provider runs in this process and leans on parts of authlib that are on their way out.
pytestmark = pytest.mark.filterwarnings(
    "ignore:get_jwt_config", "ignore:authlib.jose", "ignore:The httpx module"
)
SIRET = "90070002200016"
BASE = "https://achats.exemple"


def client_de(issuer: str) -> ClientWeb:
    app = application(
        OIDC_ISSUER=issuer, OIDC_CLIENT_ID="essaim", OIDC_CLIENT_SECRET="secret", PUBLIC_URL=BASE
    )
    app.test_client_class = ClientWeb
    client: ClientWeb = app.test_client()
    return client


def partir(client: ClientWeb, suite: str = "") -> str:
    depart = client.get("/connexion/oidc", query_string={"suite": suite}, base_url=BASE)
    assert depart.status_code == 302
    return str(depart.location)


def revenir(client: ClientWeb, adresse: str) -> Any:
    morceaux = urlsplit(adresse)
    return client.get(f"{morceaux.path}?{morceaux.query}", base_url=BASE)


def session_de(client: ClientWeb) -> dict[str, Any]:
    with client.session_transaction(base_url=BASE) as session:
        return dict(session)


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import oidc_provider_mock as opm

        agent = opm.User(sub="agent-1", claims={"siret": SIRET, "roles": ["agent", "porteur"]})
        sans_siret = opm.User(sub="agent-2", claims={"email": "a@exemple.fr"})
        with opm.run_server_in_thread(user_claims=[agent, sans_siret]) as serveur:
            yield f"http://localhost:{serveur.server_port}"


def accorder(adresse: str, sub: str) -> str:
    reponse = requests.post(adresse, data={"sub": sub}, allow_redirects=False, timeout=10)
    return reponse.headers["Location"]


def test_code_flow_with_an_independent_provider(mock: str) -> None:
    client = client_de(mock)
    adresse = partir(client, "/groupement/besoins")
    demande = parse_qs(urlsplit(adresse).query)
    assert demande["code_challenge_method"] == ["S256"]
    assert demande["redirect_uri"] == [f"{BASE}/connexion/retour"]
    retour = revenir(client, accorder(adresse, "agent-1"))
    assert (retour.status_code, retour.location) == (303, "/groupement/besoins")
    session = session_de(client)
    assert session["siret"] == SIRET
    assert session["roles"] == ["agent", "porteur"]
    assert "oidc" not in session
    assert client.get("/groupement/besoins", base_url=BASE).status_code == 200


def test_an_account_without_siret_is_told_why(mock: str) -> None:
    client = client_de(mock)
    retour = revenir(client, accorder(partir(client), "agent-2"))
    assert retour.status_code == 403
    assert "SIRET" in retour.text
    assert "roles" not in session_de(client)


def test_a_return_nobody_asked_for_or_played_twice_is_refused(mock: str) -> None:
    client = client_de(mock)
    retour = accorder(partir(client), "agent-1")
    etranger = client_de(mock)
    assert revenir(etranger, retour).status_code == 403
    assert revenir(client, retour).status_code == 303
    assert revenir(client, retour).status_code == 403


@pytest.mark.parametrize("fin", ["?code=c&state=autre", "?code=c", "?error=access_denied&state={}"])
def test_a_wrong_state_or_a_refusal_lets_nobody_in(mock: str, fin: str) -> None:
    client = client_de(mock)
    demande = parse_qs(urlsplit(partir(client)).query)
    retour = client.get(f"/connexion/retour{fin.format(demande['state'][0])}", base_url=BASE)
    assert retour.status_code == 403
    attendu = "a refusé" if "error" in fin else "a expiré"
    assert attendu in retour.text
    assert "roles" not in session_de(client)


def test_a_provider_that_is_away_is_told_so() -> None:
    client = client_de("http://127.0.0.1:9")
    reponse = client.get("/connexion/oidc", base_url=BASE)
    assert reponse.status_code == 503
    assert "ne répond pas" in reponse.text


class Signataire:
    """A provider in the manner of ProConnect: userinfo is a signed JWT. Faults on demand."""

    def __init__(self) -> None:
        self.cle = RSAKey.generate_key(2048, {"kid": "k1"})
        self.autre = RSAKey.generate_key(2048, {"kid": "k1"})
        self.issuer = ""
        self.nonce = ""
        self.id_token: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.fausse_cle = False

    def signer(self, **contenu: Any) -> str:
        maintenant = int(time.time())
        complet = {
            "iss": self.issuer, "aud": "essaim", "sub": "p1", "iat": maintenant,
            "exp": maintenant + 60, **contenu,
        }  # fmt: skip
        cle = self.autre if self.fausse_cle else self.cle
        return jwt.encode({"alg": "RS256", "kid": "k1"}, complet, cle)

    def app(self) -> Flask:
        app = Flask("signataire")

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Response:
            adresses = {
                nom: f"{self.issuer}/{nom}"
                for nom in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
            }
            return jsonify(issuer=self.issuer, jwks_uri=f"{self.issuer}/jwks", **adresses)

        @app.get("/jwks")
        def jwks() -> Response:
            return jsonify(keys=[self.cle.as_dict(private=False)])

        @app.post("/token_endpoint")
        def token() -> Response:
            assert request.form["code_verifier"]
            id_token = self.signer(**{"nonce": self.nonce, **self.id_token})
            return jsonify(access_token="a", token_type="Bearer", id_token=id_token)

        @app.get("/userinfo_endpoint")
        def userinfo() -> Response:
            contenu = {"siret": SIRET, "uid": "u-42", **self.userinfo}
            return Response(self.signer(**contenu), mimetype="application/jwt")

        return app


@pytest.fixture(scope="module")
def signataire_servi() -> Iterator[Signataire]:
    signataire = Signataire()
    with servir(signataire.app()) as adresse:
        signataire.issuer = adresse
        yield signataire


@pytest.fixture
def signataire(signataire_servi: Signataire) -> Signataire:
    signataire_servi.id_token, signataire_servi.userinfo = {}, {}
    signataire_servi.fausse_cle = False
    return signataire_servi


def entrer(signataire: Signataire) -> tuple[ClientWeb, Any]:
    client = client_de(signataire.issuer)
    demande = parse_qs(urlsplit(partir(client)).query)
    signataire.nonce = demande["nonce"][0]
    retour = f"/connexion/retour?code=c&state={demande['state'][0]}"
    return client, client.get(retour, base_url=BASE)


def test_signed_userinfo_is_verified_and_read(signataire: Signataire) -> None:
    client, retour = entrer(signataire)
    assert retour.status_code == 303
    session = session_de(client)
    assert (session["id"], session["siret"], session["roles"]) == ("u-42", SIRET, ["entreprise"])


@pytest.mark.parametrize(
    ("ou", "faute"),
    [
        ("id_token", {"nonce": "autre"}), ("id_token", {"aud": "autre"}),
        ("id_token", {"iss": "https://autre.exemple"}), ("id_token", {"exp": 1}),
        ("id_token", {"sub": "p2"}), ("userinfo", {"aud": "autre"}), ("userinfo", {"exp": 1}),
        ("userinfo", {"sub": "p2"}), ("fausse_cle", True),
    ],
)  # fmt: skip
def test_what_cannot_be_trusted_is_refused(signataire: Signataire, ou: str, faute: Any) -> None:
    setattr(signataire, ou, faute)
    client, retour = entrer(signataire)
    assert retour.status_code == 403
    assert "roles" not in session_de(client)
