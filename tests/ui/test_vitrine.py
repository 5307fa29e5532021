"""The kit's own pages in a real browser: accessible, narrow, quiet, and usable without script."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.kit.browser import (
    LARGEURS,
    axe,
    capturer,
    console_propre,
    sans_defilement_horizontal,
    servir,
)
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


def controler(page: Page, nom: str, largeur: int) -> None:
    capturer(page, f"vitrine-{nom}-{largeur}")
    sans_defilement_horizontal(page)
    axe(page)


@pytest.mark.parametrize("largeur", LARGEURS)
def test_public_pages(site: str, ouvrir_page: Callable[..., Page], largeur: int) -> None:
    page = ouvrir_page(largeur=largeur)
    titres = set()
    for nom, chemin in PUBLIQUES.items():
        page.goto(f"{site}{chemin}")
        controler(page, nom, largeur)
        expect(page.locator("h1")).to_have_count(1)
        titres.add(page.title())
    console_propre(page, sauf="409")
    assert len(titres) == len(PUBLIQUES) - 1  # /avis is there twice


@pytest.mark.parametrize("largeur", LARGEURS)
def test_signed_in_pages(site: str, ouvrir_page: Callable[..., Page], largeur: int) -> None:
    page = ouvrir_page(largeur=largeur)
    entrer(page, site, "coordonnatrice", "/groupement/besoins")
    for nom, chemin in AGENT.items():
        page.goto(f"{site}{chemin}")
        controler(page, nom, largeur)
    page.goto(f"{site}/groupement/besoins")
    page.get_by_label("Quantité").fill("beaucoup")
    page.get_by_role("button", name="Transmettre").click()
    controler(page, "besoins-erreur", largeur)
    finances = ouvrir_page(largeur=largeur)
    entrer(finances, site, "finances", "/paiement/factures")
    controler(finances, "factures", largeur)
    console_propre(page, sauf="422")
    console_propre(finances)
