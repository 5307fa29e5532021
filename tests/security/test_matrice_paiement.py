"""The rows of paiement in the matrix: what each says is what the view asks for, and does."""

import re
from collections.abc import Callable
from itertools import product

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
    chemin = re.sub(r"<uuid:\w+>", INCONNU, route.chemin)
    return re.sub(r"<(\w+)>", lambda trou: VALEURS.get(trou[1], "inconnu"), chemin)


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


def test_personne_n_entre_sans_role_et_aucune_ligne_d_autrui_n_existe(client: Clients) -> None:
    ecarts = []
    for route, persona in product(PAGES, (None, *PERSONAS)):
        if not route.roles:
            continue
        roles = set(PERSONAS[persona].roles) if persona else set()
        visiteur = client("paiement", persona)
        code = visiteur.open(adresse(route), method=route.methode).status_code
        if roles & route.roles:
            attendus = {404, 422} if route.portee is Portee.ORGANISATION else {200, 303}
            juste = code in attendus
        else:
            juste = code == 403 if persona else code in {302, 401}
        if not juste:
            ecarts.append((str(route), persona, code))
    assert ecarts == []


def test_sans_lien_valable_le_suivi_ne_montre_rien(client: Clients) -> None:
    for route in PAGES:
        if route.portee is Portee.LIEN:
            reponse = client("paiement").open(adresse(route), method=route.methode)
            assert reponse.status_code in {302, 404}, str(route)
