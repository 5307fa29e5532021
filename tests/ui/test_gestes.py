"""What people come to do, on the whole platform: with the keyboard alone, then without script."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import pytest
from playwright.sync_api import Page, expect

from tests.kit.browser import console_propre, tabuler
from tests.kit.plateforme import Site

pytestmark = [pytest.mark.browser, pytest.mark.db]
REFUS = "the server responded with a status of 422"


class Main(Protocol):
    """A way of using a page: go to a thing and press it, or fill it in."""

    page: Page

    def presser(self, texte: str) -> None: ...

    def saisir(self, champ: str, texte: str) -> None: ...

    def dater(self, champ: str, jour: str, heure: str) -> None: ...


@dataclass
class Clavier:
    """Tab, letters and Enter; the focus is visible at each stop, thirty stops at most."""

    page: Page

    def presser(self, texte: str) -> None:
        tabuler(self.page, texte)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def saisir(self, champ: str, texte: str) -> None:
        if self.page.evaluate("document.activeElement.name") != champ:
            tabuler(self.page, champ)
        self.page.keyboard.type(texte)

    def dater(self, champ: str, jour: str, heure: str) -> None:
        """`jour` reads the same in every order of day and month: 5 May, 6 June."""
        annee, mois, numero = jour.split("-")
        assert mois == numero
        tabuler(self.page, champ)
        self.page.keyboard.type(f"{numero}{mois}{annee}")
        self.page.keyboard.press("ArrowRight")
        self.page.keyboard.type(heure.replace(":", "") + "p")


@dataclass
class SansScript:
    """A pointer, in a browser where JavaScript is off."""

    page: Page

    def presser(self, texte: str) -> None:
        motif = re.compile(re.escape(texte))  # a plain text would match whatever the case
        self.page.locator("a, button").filter(has_text=motif).first.click()

    def saisir(self, champ: str, texte: str) -> None:
        element = self.page.locator(f"[name='{champ}']")
        if element.evaluate("e => e.tagName") == "SELECT":
            element.select_option(texte)
        else:
            element.fill(texte)

    def dater(self, champ: str, jour: str, heure: str) -> None:
        self.page.locator(f"[name='{champ}']").fill(f"{jour}T{heure}")


@pytest.fixture(params=["clavier", "sans-script"])
def main(request: pytest.FixtureRequest, ouvrir_page: Callable[..., Page]) -> Main:
    """Each journey is made twice."""
    if request.param == "clavier":
        return Clavier(ouvrir_page())
    return SansScript(ouvrir_page(javascript=False, largeur=390))


def entrer(main: Main, site: Site, qui: str) -> None:
    main.page.goto(f"{site.adresse}/connexion")
    main.presser(qui)
    expect(main.page.get_by_role("button", name="Se déconnecter")).to_be_visible()


def test_find_a_notice_then_be_told_of_the_next(ensemble: Site, main: Main) -> None:
    page = main.page
    page.goto(ensemble.adresse)
    main.saisir("q", "compteurs")
    main.presser("Rechercher")
    expect(page.locator("#resultats h2").first).to_have_text("1 avis trouvé")
    if isinstance(main, Clavier):
        main.presser("Aller aux résultats")
    main.presser("Compteurs d’eau")
    main.presser("M’alerter")
    expect(page.locator("[name=cpv]")).not_to_have_value("")
    retenu = page.locator("[name=cpv]").input_value()
    with page.expect_response(lambda reponse: reponse.status == 422):
        main.presser("Créer l’alerte")
    expect(page).to_have_title("Erreur\u00a0: Créer une alerte – Département de l’Ardèche")
    expect(page.locator("[name=cpv]")).to_have_value(retenu)
    champ = page.locator("[name=courriel]")
    expect(champ).to_have_attribute("aria-invalid", "true")
    if isinstance(main, Clavier):
        expect(page.locator(".resume-err")).to_be_focused()
        console_propre(page, sauf=REFUS)
    main.presser(page.locator(".resume-err a").inner_text())
    expect(champ).to_be_focused()
    page.keyboard.type(f"{type(main).__name__.lower()}@essai.exemple")
    main.presser("Créer l’alerte")
    expect(page.locator("h1")).to_contain_text("Plus qu’un geste")


def test_declare_a_need_between_five_and_seven(ensemble: Site, main: Main) -> None:
    qui = "Commune d’Aubenas" if isinstance(main, Clavier) else "SDIS 07"
    entrer(main, ensemble, qui)
    page = main.page
    main.presser("Papier pour les services")
    main.saisir("quantite-0", "5 à 7")
    main.saisir("unite-0", "palette")
    main.presser("Transmettre mes besoins")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("1 besoin transmis")
    expect(page.locator("[name=quantite-0]")).to_have_value("5 à 7")
    expect(page.locator("[name=unite-0]")).to_have_value("palette")


def test_attest_that_the_service_is_done(ensemble: Site, main: Main) -> None:
    entrer(main, ensemble, "Finances")
    page = main.page
    main.presser("0019-F-010" if isinstance(main, Clavier) else "0012-F-003")
    main.presser("Constater le service fait")
    main.presser("Constater le service fait")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("Le service fait est constaté")
    expect(page.locator("[aria-current=step]")).to_have_text("Service fait")


def test_publish_a_notice(ensemble: Site, main: Main) -> None:
    entrer(main, ensemble, "Coordonnatrice")
    page = main.page
    objet = f"Audit énergétique, {type(main).__name__}"
    main.presser("Consultations")
    main.presser("Nouvelle consultation")
    for champ, valeur in {
        "objet": objet,
        "cpv": "71314300",
        "montant_estime_ht": "45 000",
        "lieu": "Privas",
    }.items():
        main.saisir(champ, valeur)
    main.dater("date_limite", "2026-05-05", "12:00")
    main.saisir("contact", "achats@departement07.exemple")
    main.presser("Enregistrer")
    main.presser("Vérifier et publier")
    expect(page.locator("dl")).to_contain_text("5 mai 2026 à 12 h")
    main.presser("Publier l’avis maintenant")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("est publié")
    page.goto(f"{ensemble.adresse}/avis?q=audit")
    expect(page.locator("#resultats")).to_contain_text(objet)
