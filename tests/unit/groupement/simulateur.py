"""A client of the group's web application whose database is never opened."""

from collections.abc import Mapping
from typing import Any

from werkzeug.test import TestResponse

from services.groupement.app import create_app
from shared.ops.context import build_context
from tests.kit.contexte import settings_for
from tests.kit.web import ClientWeb


def simulateur(**overrides: str) -> ClientWeb:
    settings = settings_for("groupement", "postgresql://personne@localhost/rien", **overrides)
    app = create_app(build_context(settings))
    app.test_client_class = ClientWeb
    client: ClientWeb = app.test_client()
    return client


ADRESSE = "/groupement/api/v1/simulations"
CLIENT = simulateur(SIMULATIONS_PAR_MINUTE="1000000")


def poster(simulation: str, corps: object) -> TestResponse:
    return CLIENT.post(f"{ADRESSE}/{simulation}", json=corps)


def obtenir(simulation: str, corps: object) -> dict[str, Any]:
    reponse = poster(simulation, corps)
    assert reponse.status_code == 200, reponse.text
    assert isinstance(reponse.json, dict)
    return reponse.json


def erreurs(reponse: TestResponse) -> Mapping[str, str]:
    assert (reponse.status_code, reponse.mimetype) == (422, "application/problem+json")
    assert reponse.json is not None
    assert all(reponse.json["erreurs"].values())
    return reponse.json["erreurs"]  # type: ignore[no-any-return]
