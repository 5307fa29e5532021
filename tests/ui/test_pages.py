"""Every page that issue 2 names, on the whole platform, as its people see it.

One load per page, then three widths: axe on a large screen and on a phone, no sideways scroll down
to 320 px, a clean console, one title and one h1 of its own, no code shown where words are due.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.kit.browser import controler, visiteur
from tests.kit.plateforme import Site

pytestmark = [pytest.mark.browser, pytest.mark.db]
POIDS_MAX = 60_000
REQUETES_MAX = 8
CODES = {
    "identifiant technique": re.compile(r"\b[A-Z]{3,}_[A-Z_]{2,}\b"),
    "date sans mots": re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b"),
    "valeur de Python": re.compile(r"\b(None|True|False|Decimal\(|systeme)\b"),
    "gabarit": re.compile(r"[{}]"),
    "espace oubliée": re.compile(r"\w [;:!?»]|« "),
}


@dataclass(frozen=True, slots=True)
class Vue:
    """A page: who looks at it, its address, and the link to follow from there if any."""

    persona: str | None
    chemin: str
    lien: str = ""
    suite: str = ""

    def adresse(self, site: Site) -> str:
        chemin = self.chemin.format(t=site.trame)
        return (site.lien(self.persona, chemin, self.lien) if self.lien else chemin) + self.suite


COURRIEL = "pages@essai.exemple"
VUES = {
    "guichet": Vue(None, "/"),
    "avis": Vue(None, "/avis"),
    "avis-ouvert": Vue(None, "/avis", "Compteurs d’eau"),
    "avis-groupe": Vue(None, "/avis/{t.avis_id}"),
    "programme": Vue(None, "/programmation"),
    "alertes": Vue(None, "/alertes/"),
    "alerte": Vue(None, "/alertes/nouvelle?mots=papier&lieux=07"),
    "accessibilite": Vue(None, "/accessibilite"),
    "connexion": Vue(None, "/connexion"),
    "a-faire": Vue("agent-sdis", "/groupement/"),
    "besoins": Vue("agente-aubenas", "/groupement/", "Papier pour les services"),
    "recensement": Vue("coordonnatrice", "/groupement/recensement"),
    "achats": Vue("coordonnatrice", "/groupement/achats"),
    "achat": Vue("coordonnatrice", "{t.achat}"),
    "consolider": Vue("coordonnatrice", "/groupement/", "Produits d’entretien", "/consolider"),
    "consolidation": Vue("coordonnatrice", "{t.achat}/consolidation"),
    "preuve": Vue("coordonnatrice", "{t.achat}/consolidation/preuve?refaire=1"),
    "hypotheses": Vue("coordonnatrice", "{t.achat}/hypotheses"),
    "part": Vue("agente-aubenas", "{t.achat}/parts"),
    "reception": Vue("coordonnatrice", "{t.achat}/reception"),
    "consultation": Vue("coordonnatrice", "{t.consultation}"),
    "factures": Vue("finances", "/paiement/factures"),
    "facture": Vue("finances", "{t.facture}"),
    "contrat": Vue("finances", "{t.contrat}"),
    "cartes": Vue("finances", "/paiement/cartes"),
    "carte": Vue("finances", "/paiement/cartes", "Agent technique"),
    "mes-factures": Vue("entreprise", "/paiement/mes-factures"),
    "journal": Vue("exploitation", "/journal"),
    "messages": Vue("exploitation", "/messages"),
}
TECHNIQUES = {"journal"}
"""Pages whose readers expect codes."""


@pytest.fixture(scope="module")
def gens(ensemble: Site, chromium: Browser) -> Iterator[Callable[[str | None], Page]]:
    """`gens("finances")`: that persona's window, signed in at first use."""
    pages: dict[str | None, Page] = {}

    def fenetre(persona: str | None) -> Page:
        if persona not in pages:
            pages[persona] = page = visiteur(chromium)
            if persona:
                page.goto(f"{ensemble.adresse}/connexion")
                page.locator(f"button[value={persona}]").click()
        return pages[persona]

    yield fenetre
    for page in pages.values():
        page.context.close()


@pytest.fixture(scope="module")
def titres() -> dict[str, str]:
    """Titles seen so far, with their page."""
    return {}


def lire(page: Page, nom: str, titres: dict[str, str]) -> None:
    """Look at the page as it stands, under its name."""
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("h1").count() == 1
    assert titres.setdefault(page.title(), nom) == nom, f"titre déjà pris : {page.title()}"
    if nom not in TECHNIQUES:
        lu = page.locator("body").inner_text()
        trouves = {quoi: motif.findall(lu) for quoi, motif in CODES.items() if motif.search(lu)}
        assert not trouves, f"{page.url} : {trouves}"
    controler(page, nom)


@pytest.mark.parametrize("nom", VUES)
def test_page(
    ensemble: Site, gens: Callable[[str | None], Page], titres: dict[str, str], nom: str
) -> None:
    vue = VUES[nom]
    page = gens(vue.persona)
    reponse = page.goto(ensemble.adresse + vue.adresse(ensemble))
    assert reponse is not None
    assert reponse.status == 200
    lire(page, nom, titres)


def test_alert_confirmed_then_managed(
    ensemble: Site, gens: Callable[[str | None], Page], titres: dict[str, str]
) -> None:
    public = ensemble.recit.en_tant_que("public")
    formulaire = public.ouvrir("/alertes/nouvelle")
    public.envoyer(
        formulaire,
        "/alertes/nouvelle",
        {"mots": "papier", "lieux": "07", "courriel": COURRIEL, "action": "creer"},
    )
    page = gens(None)
    page.goto(ensemble.adresse + ensemble.lien_recu(COURRIEL, "/alertes/confirmer/"))
    lire(page, "alerte-confirmer", titres)
    page.get_by_role("button", name="Confirmer").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Mes alertes"
    lire(page, "alerte-gerer", titres)


@pytest.mark.parametrize("chemin", ["/", "/avis", "/programmation", "/alertes/"])
def test_public_pages_are_light_when_cold(ensemble: Site, chromium: Browser, chemin: str) -> None:
    page = visiteur(chromium, largeur=390)
    recus: list[int] = []
    reseau = page.context.new_cdp_session(page)
    reseau.send("Network.enable")
    reseau.on("Network.loadingFinished", lambda fait: recus.append(fait["encodedDataLength"]))
    page.goto(ensemble.adresse + chemin, wait_until="networkidle")
    page.context.close()
    assert 0 < len(recus) <= REQUETES_MAX
    assert sum(recus) <= POIDS_MAX
