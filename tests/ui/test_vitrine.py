"""The kit's own pages in a real browser: accessible, narrow, quiet, and usable without script."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.kit.browser import controler, servir
from tests.kit.vitrine import application

pytestmark = pytest.mark.browser
PUBLIQUES = {
    "accueil": "/",
    "avis": "/avis",
    "avis-vide": "/avis?q=rien",
    "connexion": "/connexion",
    "accessibilite": "/accessibilite",
    "mentions": "/mentions",
    "donnees": "/donnees-personnelles",
    "plan": "/plan",
    "erreur": "/panne/conflit",
}
AGENT = {"besoins": "/groupement/besoins", "suivi": "/groupement/"}


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with servir(application()) as adresse:
        yield adresse


def entrer(page: Page, site: str, persona: str, suite: str) -> None:
    page.goto(f"{site}{suite}")
    page.locator(f"button[value={persona}]").click()
    page.wait_for_url(f"{site}{suite}")


def test_public_pages(site: str, ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page()
    titres = set()
    for nom, chemin in PUBLIQUES.items():
        page.goto(f"{site}{chemin}")
        controler(page, f"vitrine-{nom}", sauf="409")
        expect(page.locator("h1")).to_have_count(1)
        titres.add(page.title())
    assert len(titres) == len(PUBLIQUES) - 1  # /avis is there twice


def test_signed_in_pages(site: str, ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page()
    entrer(page, site, "coordonnatrice", "/groupement/besoins")
    for nom, chemin in AGENT.items():
        page.goto(f"{site}{chemin}")
        controler(page, f"vitrine-{nom}")
    page.goto(f"{site}/groupement/besoins")
    page.get_by_label("Quantité").fill("beaucoup")
    with page.expect_navigation():
        page.get_by_role("button", name="Transmettre").click()
    controler(page, "vitrine-besoins-erreur", sauf="422")
    finances = ouvrir_page()
    entrer(finances, site, "finances", "/paiement/factures")
    controler(finances, "vitrine-factures")
