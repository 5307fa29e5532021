"""The matrix of docs/securite names every route of cards and its roles; strangers find nothing."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.paiement.app import create_app
from shared.messaging.uow import Transactions
from shared.web.access import roles_de
from tests.kit.web import ClientWeb
from tests.security.matrice import Portee, Route, lire

pytestmark = pytest.mark.db
PARTIES = ("/cartes", "/releves", "/programmes", "/simulations/carte")


def des_cartes(chemin: str) -> bool:
    return any(partie in chemin for partie in PARTIES)


ROUTES = [route for route in lire("paiement") if des_cartes(route.chemin)]


def adresse(route: Route) -> str:
    chemin = route.chemin
    for piece in ("carte_id", "operation_id", "piece_id", "programme_id", "designation_id"):
        chemin = chemin.replace(f"<uuid:{piece}>", str(uuid.uuid4()))
    chemin = chemin.replace("<uuid:releve_id>", str(uuid.uuid4())).replace("<int:rang>", "1")
    chemin = chemin.replace("<any(approbation, contestation, reponse):geste>", "approbation")
    return chemin.replace("<geste>", "opposer")


def test_la_matrice_nomme_chaque_route_des_cartes(
    tx: Transactions, contexte: Callable[..., Any]
) -> None:
    app = create_app(contexte("paiement"))
    declarees = {
        (methode, regle.rule, roles_de(app.view_functions[regle.endpoint], methode))
        for regle in app.url_map.iter_rules()
        for methode in (regle.methods or set()) - {"HEAD", "OPTIONS"}
        if regle.rule.startswith("/paiement/") and des_cartes(regle.rule)
    }
    assert declarees == {(r.methode, r.chemin, r.roles) for r in ROUTES}


@pytest.mark.parametrize("route", [r for r in ROUTES if r.portee is not Portee.OUVERTE], ids=str)
def test_chaque_route_des_cartes_se_ferme(
    tx: Transactions, client: Callable[..., ClientWeb], route: Route
) -> None:
    chemin = adresse(route)
    anonyme = client("paiement").open(chemin, method=route.methode)
    assert anonyme.status_code in (302, 303, 401)
    for persona in ("entreprise", "agent-sdea", "exploitation"):
        refuse = client("paiement", persona).open(chemin, method=route.methode)
        assert refuse.status_code == 403
    if route.portee is Portee.ORGANISATION and route.methode == "GET":
        inconnue = client("paiement", "finances").open(chemin, method="GET")
        assert inconnue.status_code == 404
