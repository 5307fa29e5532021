"""The menu is data: every entry must lead somewhere, and to a page that its readers may open."""

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from services.plateforme import SERVICES
from services.wsgi import owners
from shared.ops.demo import PERSONAS
from shared.ops.service import Service
from shared.web import navigation
from shared.web.access import roles_de

TOUTES = {entree.url: frozenset(entree.roles) for entree in navigation.ENTREES}
PIED = {entree.url: frozenset[str]() for entree in navigation.PIED}
ACCUEILS = {url: frozenset({role}) for role, url in navigation.ACCUEILS}


@pytest.fixture(scope="module")
def apps() -> dict[str, Flask]:
    environ = {"DATABASE_URL": "postgresql://absent@127.0.0.1:1/absent"}
    services = [Service(nom) for nom in SERVICES]
    return {s.name: s.create_app(s.context("api", environ)) for s in services}


def roles_de_la_page(apps: dict[str, Flask], chemin: str) -> frozenset[str]:
    premier = chemin.split("/")[1]
    app = apps[owners(apps).get(premier, "publication")]
    try:
        endpoint, _ = app.url_map.bind("localhost").match(chemin)
    except (NotFound, RequestRedirect) as erreur:
        pytest.fail(f"{chemin} : {type(erreur).__name__}")
    roles = roles_de(app.view_functions[endpoint], "GET")
    assert roles is not None
    return roles


@pytest.mark.parametrize(("url", "lecteurs"), [*TOUTES.items(), *PIED.items()])
def test_every_entry_opens_for_those_who_see_it(
    apps: dict[str, Flask], url: str, lecteurs: frozenset[str]
) -> None:
    permis = roles_de_la_page(apps, url)
    assert not permis or (lecteurs and lecteurs <= permis), f"{url} : {sorted(permis)}"


@pytest.mark.parametrize("persona", PERSONAS.values(), ids=lambda p: p.id)
def test_everybody_lands_on_a_page_of_their_own(apps: dict[str, Flask], persona: object) -> None:
    roles = frozenset(persona.roles)  # type: ignore[attr-defined]
    permis = roles_de_la_page(apps, navigation.accueil_de(roles))
    assert not permis or permis & roles
