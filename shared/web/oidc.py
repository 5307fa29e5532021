"""OpenID Connect: code flow with PKCE, for ProConnect, Keycloak and their like.

ProConnect answers `userinfo` as a signed JWT, others as JSON: both are read, the first verified.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.kernel.errors import ForbiddenError, TemporaryError

PORTEE: Final = "openid given_name usual_name email siret"
ALGORITHMES: Final = ["RS256", "ES256", "PS256"]
DELAI: Final = 10
DUREE_CACHE: Final = 600
NON_FIABLES: Final = (AuthlibBaseError, JoseError, KeyError, ValueError)


class ConnexionRefusee(ForbiddenError):
    """The provider's answer cannot be trusted, or lacks what the platform needs."""

    code_par_defaut = "connexion_refusee"


@dataclass(frozen=True, slots=True)
class Depart:
    """What to send the browser to, and what to remember until it comes back."""

    url: str
    etat: Mapping[str, str]


class Fournisseur:
    """One identity provider, discovered from its issuer."""

    def __init__(self, issuer: str, client_id: str, client_secret: str | None) -> None:
        self._issuer = issuer.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._lu: tuple[float, dict[str, Any]] | None = None

    def demarrer(self, retour: str) -> Depart:
        """Prepare the redirection to the provider."""
        etat = {
            "state": secrets.token_urlsafe(24),
            "nonce": secrets.token_urlsafe(24),
            "verifier": generate_token(64),
        }
        with self._session(retour) as session:
            url, _ = session.create_authorization_url(
                self._documents()["configuration"]["authorization_endpoint"],
                state=etat["state"],
                nonce=etat["nonce"],
                code_verifier=etat["verifier"],
            )
        return Depart(url, etat)

    def terminer(self, retour: str, adresse: str, etat: Mapping[str, str]) -> dict[str, Any]:
        """Exchange the code for the claims; raise `ConnexionRefusee` when anything is off."""
        configuration = self._documents()["configuration"]
        try:
            with self._session(retour, state=etat["state"]) as session:
                jeton = session.fetch_token(
                    configuration["token_endpoint"],
                    authorization_response=adresse,
                    code_verifier=etat["verifier"],
                    timeout=DELAI,
                )
                identite = self._verifier(jeton["id_token"], nonce=etat["nonce"])
                brut = session.get(configuration["userinfo_endpoint"], timeout=DELAI)
                brut.raise_for_status()
                revendications = self._userinfo(brut)
        except (requests.ConnectionError, requests.Timeout) as erreur:
            raise _injoignable() from erreur
        except (*NON_FIABLES, requests.RequestException) as erreur:
            raise ConnexionRefusee("Le fournisseur d’identité a refusé la connexion.") from erreur
        if revendications.get("sub") != identite["sub"]:
            raise ConnexionRefusee("Les deux réponses du fournisseur ne se correspondent pas.")
        return {**identite, **revendications}

    def _session(self, retour: str, state: str | None = None) -> OAuth2Session:
        return OAuth2Session(
            self._client_id,
            self._client_secret,
            scope=PORTEE,
            redirect_uri=retour,
            state=state,
            code_challenge_method="S256",
        )

    def _userinfo(self, reponse: requests.Response) -> dict[str, Any]:
        if reponse.headers.get("Content-Type", "").startswith("application/jwt"):
            return self._verifier(reponse.text)
        revendications: dict[str, Any] = reponse.json()
        return revendications

    def _verifier(self, jeton: str, nonce: str | None = None) -> dict[str, Any]:
        """Check signature, issuer, audience, expiry and nonce of a signed answer."""
        cles = KeySet.import_key_set(self._documents()["jwks"])
        lu = jwt.decode(jeton, cles, algorithms=ALGORITHMES)
        regles: dict[str, Any] = {
            "iss": {"essential": True, "value": self._documents()["configuration"]["issuer"]},
            "aud": {"essential": True, "value": self._client_id},
        }
        if nonce is not None:
            regles["nonce"] = {"essential": True, "value": nonce}
        jwt.JWTClaimsRegistry(leeway=30, **regles).validate(lu.claims)
        return dict(lu.claims)

    def _documents(self) -> dict[str, Any]:
        """Configuration and keys, asked again after ten minutes: keys rotate."""
        if self._lu is None or time.monotonic() - self._lu[0] > DUREE_CACHE:
            configuration = _json(f"{self._issuer}/.well-known/openid-configuration")
            jwks = _json(configuration["jwks_uri"])
            self._lu = (time.monotonic(), {"configuration": configuration, "jwks": jwks})
        return self._lu[1]


def _json(url: str) -> dict[str, Any]:
    try:
        reponse = requests.get(url, timeout=DELAI)
        reponse.raise_for_status()
        contenu: dict[str, Any] = reponse.json()
    except (requests.RequestException, ValueError) as erreur:
        raise _injoignable() from erreur
    return contenu


def _injoignable() -> TemporaryError:
    return TemporaryError(
        "Le fournisseur d’identité ne répond pas. Réessayez dans quelques minutes.",
        code="identite_injoignable",
    )
