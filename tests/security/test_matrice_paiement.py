"""The rows of paiement in the matrix: what each says is what the view asks for, and does."""

import re
from collections.abc import Callable

import pytest

from shared.ops.demo import PERSONAS
from shared.web.access import roles_de
from tests.kit.web import ClientWeb
from tests.security.matrice import Portee, Route, lire

pytestmark = pytest.mark.db
ROUTES = list(lire("paiement"))
PAGES = [route for route in ROUTES if not route.api]
VALEURS = {"annee": "2026", "extension": "csv"}
INCONNU = "0198a3c0-0000-7000-8000-0000000000ff"
Clients = Callable[..., ClientWeb]


def adresse(route: Route) -> str:
    """The address with values that exist for nobody."""
    return re.sub(r"<(?:(\w+)(?:\((\w+).*?\))?:)?(\w+)>", _valeur, route.chemin)


def _valeur(trou: re.Match[str]) -> str:
    """An identifier, a number, the first of the choices, or a word."""
    sorte, premier, nom = trou.groups()
    return premier or {"uuid": INCONNU, "int": "1"}.get(sorte, VALEURS.get(nom, "inconnu"))


def test_chaque_ligne_dit_les_roles_que_la_vue_declare(client: Clients) -> None:
    app = client("paiement").application
    vues = {
        (methode, regle.rule): app.view_functions[regle.endpoint]
        for regle in app.url_map.iter_rules()
        for methode in regle.methods or ()
    }
    for route in ROUTES:
        vue = vues.get((route.methode, route.chemin))
        assert vue is not None, f"{route} n’existe pas"
        assert roles_de(vue, route.methode) == route.roles, str(route)
        assert (route.portee in {Portee.OUVERTE, Portee.LIEN}) == (not route.roles), str(route)


@pytest.mark.parametrize("persona", [None, *PERSONAS])
def test_personne_n_entre_sans_role_et_aucune_ligne_d_autrui_n_existe(
    client: Clients, persona: str | None
) -> None:
    roles = set(PERSONAS[persona].roles) if persona else set()
    visiteur = client("paiement", persona)
    ecarts = []
    for route in PAGES:
        if not route.roles:
            continue
        code = visiteur.open(adresse(route), method=route.methode).status_code
        if not roles & route.roles:
            attendus = {403} if persona else {302, 401}
        elif route.portee is Portee.ORGANISATION:
            attendus = {404, 422}
        else:
            attendus = {200, 303, 422}
        if code not in attendus:
            ecarts.append((str(route), code))
    assert ecarts == []


def test_sans_lien_valable_le_suivi_ne_montre_rien(client: Clients) -> None:
    for route in PAGES:
        if route.portee is Portee.LIEN:
            reponse = client("paiement").open(adresse(route), method=route.methode)
            assert reponse.status_code in {302, 404}, str(route)
