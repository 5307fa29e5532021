"""The live follow-up, and the two journeys of a member: with the keyboard alone, without script."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from services.groupement.pages.flux import CLE
from services.groupement.usecases.relancer import relancer
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.ops.stopping import STOPPING
from tests.integration.groupement.monde import AUB, SDIS, SITE, Monde
from tests.kit.browser import console_propre, controler, servir, tabuler
from tests.kit.contexte import client_for

pytestmark = [pytest.mark.db, pytest.mark.browser]


@pytest.fixture
def monde(transactions: Callable[[str], Transactions], clock: FrozenClock) -> Monde:
    """A call for needs of two lots, open since a moment."""
    monde = Monde(transactions("groupement"), clock)
    monde.ouvert()
    return monde


@pytest.fixture
def application(monde: Monde, contexte: Callable[..., Any]) -> Any:
    assert monde.etat() == "RECENSEMENT_OUVERT"
    return client_for(contexte("groupement"), None).application


@pytest.fixture
def entrer(application: Any, ouvrir_page: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """`entrer("agente-aubenas", "/groupement/")`: a page seen by that persona."""
    with servir(application) as adresse:

        def ouvrir(persona: str, chemin: str, **options: Any) -> Page:
            page = ouvrir_page(**options)
            session = application.session_interface.get_signing_serializer(application)
            valeur = session.dumps(demo.PERSONAS[persona].en_session())
            page.context.add_cookies([{"name": "essaim_session", "value": valeur, "url": adresse}])
            page.goto(adresse + chemin)
            return page

        yield ouvrir
        STOPPING.set()
        while application.extensions[CLE].ouverts:
            time.sleep(0.05)
        STOPPING.clear()


def besoins(monde: Monde) -> str:
    return f"/groupement/achats/{monde.achat_id}/besoins"


def test_a_need_posted_in_one_browser_is_seen_in_the_other_within_two_seconds(
    monde: Monde, entrer: Callable[..., Page]
) -> None:
    coordonnatrice = entrer("coordonnatrice", "/groupement/recensement")
    ligne = coordonnatrice.locator("tr", has_text="Commune d’Aubenas")
    expect(ligne.locator("td").first).to_have_text("en attente")
    agente = entrer("agente-aubenas", besoins(monde))
    agente.locator("[name=quantite-1]").fill("5 à 7")
    agente.get_by_role("button", name="Transmettre mes besoins").click()
    expect(ligne.locator("td").first).to_have_text(re.compile(r"2.280"), timeout=2_000)
    expect(coordonnatrice.locator("#annonce")).to_have_text("1 réponses sur 5")
    console_propre(coordonnatrice)


def test_above_the_cap_the_page_asks_by_itself_every_ten_seconds(
    monde: Monde, application: Any, entrer: Callable[..., Page]
) -> None:
    veille = application.extensions[CLE]
    places = 0
    while veille.reserver():
        places += 1
    coordonnatrice = entrer("coordonnatrice", "/groupement/recensement")
    monde.declarer(AUB, "5")
    ligne = coordonnatrice.locator("tr", has_text="Commune d’Aubenas")
    expect(ligne.locator("td").first).to_have_text(re.compile(r"2.280"), timeout=12_000)
    for _ in range(places):
        veille.rendre()


def test_without_script_the_follow_up_is_whole_and_has_its_own_link(
    monde: Monde, entrer: Callable[..., Page]
) -> None:
    page = entrer("coordonnatrice", "/groupement/recensement", javascript=False)
    monde.declarer(AUB, "5")
    page.get_by_role("link", name="Actualiser").click()
    expect(page.locator("tr", has_text="Commune d’Aubenas").locator("td").first).to_have_text(
        re.compile(r"2.280")
    )


def test_a_member_declares_a_need_with_the_keyboard_alone(
    monde: Monde, entrer: Callable[..., Page]
) -> None:
    page = entrer("agente-aubenas", besoins(monde))
    tabuler(page, "quantite-1", 40)
    page.keyboard.type("5 à 7")
    tabuler(page, "Transmettre mes besoins", 40)
    page.keyboard.press("Enter")
    expect(page.locator("[role=status] .bandeau").first).to_contain_text("1 besoin transmis")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_member_joins_one_lot_with_the_keyboard_or_without_script(
    monde: Monde, entrer: Callable[..., Page], javascript: bool
) -> None:
    page = entrer(
        "agente-aubenas", f"/groupement/achats/{monde.achat_id}/adhesion", javascript=javascript
    )
    if javascript:
        tabuler(page, "lots", 30)
        page.keyboard.press("Space")
        tabuler(page, "Adhérer aux lots cochés", 10)
        page.keyboard.press("Enter")
    else:
        page.get_by_label("Adhérer au lot 1").check()
        page.get_by_role("button", name="Adhérer aux lots cochés").click()
    expect(page.locator("[role=status] .bandeau").first).to_contain_text(
        "lot coché est enregistrée"
    )
    expect(page.get_by_label("Adhérer au lot 1")).to_be_checked()
    expect(page.get_by_label("Adhérer au lot 2")).not_to_be_checked()


def test_every_new_page_is_clean_at_every_width(monde: Monde, entrer: Callable[..., Page]) -> None:
    monde.declarer(AUB, "5", tolerance="2", lieu="Aubenas")
    monde.declarer(AUB, "6", lieu="Aubenas")
    besoin = monde.declarer(SDIS, "3").besoin
    monde.faire(relancer, monde.achat_id, site=SITE)
    achat = f"/groupement/achats/{monde.achat_id}"
    page = entrer("agente-aubenas", besoins(monde))
    page.locator("summary").first.click()
    page.locator("[name=quantite-0]").fill("une dizaine")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(page.locator("[role=status] .bandeau").first).to_contain_text("Brouillon")
    controler(page, "besoins-brouillon")
    page.locator("[name=quantite-1]").fill("4")
    page.locator("[name=quantite-0]").fill("")
    monde.declarer(AUB, "9", lieu="Aubenas")
    page.get_by_role("button", name="Transmettre mes besoins").click()
    expect(page.get_by_text("Modifié par la fonction")).to_be_visible()
    controler(page, "besoins-conflit", sauf="422")
    adresse = page.url.split("/groupement")[0]
    page.goto(f"{adresse}{achat}/adhesion")
    controler(page, "adhesion-lots", sauf="422")
    with page.expect_navigation():
        page.get_by_role("button", name="Adhérer aux lots cochés").click()
    page.goto(f"{adresse}{besoins(monde)}")
    with page.expect_navigation():
        page.get_by_role("link", name="Historique").first.click()
    controler(page, "besoin-historique", sauf="422")
    page.goto(f"{adresse}{besoins(monde)}")
    with page.expect_navigation():
        page.get_by_role("link", name="Retirer ce besoin").first.click()
    controler(page, "besoin-retirer", sauf="422")
    page = entrer("coordonnatrice", "/groupement/recensement")
    controler(page, "recensement-direct")
    page.goto(f"{adresse}{achat}/relances")
    controler(page, "relances")
    page.goto(f"{adresse}/groupement/besoins/{besoin.id}")
    controler(page, "besoin-vu-du-coordonnateur")
    monde.declarer(demo.DEPARTEMENT.siret, "4")
    page = entrer("finances", "/groupement/validation")
    controler(page, "validation")
