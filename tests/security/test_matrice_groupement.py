"""Every route of groupement × every kind of visitor."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.ops import demo
from shared.web.access import roles_de
from tests.kit.postgres import Postgres
from tests.security.identites import IDENTITES, Identite
from tests.security.matrice import Portee, Route, lire
from tests.security.terrain import Terrain, preparer

pytestmark = pytest.mark.db
ROUTES = tuple(lire("groupement"))
MEMBRES = {membre.siret for membre in demo.MEMBRES}
SERVIS = {
    Portee.GROUPEMENT: MEMBRES,
    Portee.CONDUITE: {demo.DEPARTEMENT.siret},
    Portee.RESERVEE: {demo.DEPARTEMENT.siret},
    Portee.TITULAIRE: {*MEMBRES, demo.PAPETERIE.siret},
    Portee.ORGANISATION: {demo.SDIS.siret},
    Portee.PARTIES: {demo.SDIS.siret, demo.AUBENAS.siret},
    Portee.SUIVIE: {demo.SDIS.siret, demo.DEPARTEMENT.siret},
}
"""Whose organisation is served, on the rows of the SDIS in the group of the département."""
CORPS = {
    "annulation": {"motif": "Erreur de saisie."},
    "avenants": {
        "motif": "FAIBLE_MONTANT",
        "objet": "Deux sites de plus",
        "signe_le": "2026-03-02",
    },
    "cloture": {"motif": "Le fournisseur n’en a plus."},
    "hypotheses": {"hypotheses": [{"type": "separer_par_lieu"}]},
    "decoupages": {"methode": "LIEU", "motif": "Deux villes"},
    "reponse": {"accepte": False},
}
"""By the last word of an address: bodies that are not refused before the door is."""
INSTANT = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def terrain(pg: Postgres) -> Iterator[Terrain]:
    database = Database(pg.create("matrice_groupement", "groupement"))
    yield preparer(database, FrozenClock(INSTANT))
    database.dispose()


def test_the_matrix_names_every_route_and_its_roles(terrain: Terrain) -> None:
    declarees = {
        (methode, regle.rule, roles_de(terrain.app.view_functions[regle.endpoint], methode))
        for regle in terrain.app.url_map.iter_rules()
        for methode in (regle.methods or set()) - {"HEAD", "OPTIONS"}
        if regle.rule.startswith("/groupement/")
    }
    assert declarees == {(r.methode, r.chemin, r.roles) for r in ROUTES}


def attendu(route: Route, identite: Identite) -> str:
    """What the matrix promises: `servi`, `à identifier`, `interdit` or `inconnu`."""
    if identite.jeton and route.api and not identite.roles:
        return "à identifier"  # a token that means nothing is refused everywhere
    if route.portee is Portee.OUVERTE:
        return "servi"
    if identite.jeton and not route.api:
        return "à identifier"  # a token opens the API alone
    if not identite.roles:
        return "à identifier"
    if route.roles.isdisjoint(identite.roles):
        return "interdit"
    return _selon_la_portee(route.portee, identite.siret)


def _selon_la_portee(portee: Portee, siret: str) -> str:
    if portee is Portee.ROLE or siret in SERVIS[portee]:
        return "servi"
    membre = siret in SERVIS[Portee.GROUPEMENT]
    return "interdit" if portee is Portee.CONDUITE and membre else "inconnu"


def constate(reponse: Any) -> str:
    """The same words, from an answer."""
    if reponse.status_code == 401 or "/connexion" in reponse.headers.get("Location", ""):
        return "à identifier"
    verdicts = {403: "interdit", 404: "inconnu"}
    if reponse.status_code in verdicts:
        return verdicts[reponse.status_code]
    assert reponse.status_code in {200, 201, 202, 204, 302, 303, 409, 422}, reponse.status
    return "servi"


def _corps(route: Route) -> dict[str, dict[str, object]]:
    if route.methode != "POST":
        return {}
    if route.api:
        return {"json": CORPS.get(route.chemin.rsplit("/", 1)[-1], {})}
    return {"data": {"courriel": demo.PAPETERIE.courriel}}


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_each_visitor_gets_what_the_matrix_says(terrain: Terrain, route: Route) -> None:
    adresse = terrain.adresse(route.chemin)
    vus = {}
    for identite in IDENTITES:
        corps = _corps(route)
        reponse = terrain.client(identite).open(
            adresse, method=route.methode, headers=identite.entetes(), **corps
        )
        vus[identite.nom] = constate(reponse)
    assert vus == {identite.nom: attendu(route, identite) for identite in IDENTITES}
