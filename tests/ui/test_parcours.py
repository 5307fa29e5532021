"""How the kit behaves under a real hand: keyboard, no script, zoom, live filter, refused form."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.kit.browser import axe, console_propre, sans_defilement_horizontal, servir, tabuler
from tests.kit.vitrine import application

pytestmark = pytest.mark.browser
ESPACEMENT = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important;"
    " word-spacing: .16em !important } p { margin-bottom: 2em !important }"
)
PAGES = ("/", "/avis", "/groupement/", "/groupement/besoins")


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with servir(application()) as adresse:
        yield adresse


def entrer(page: Page, site: str, persona: str, suite: str) -> Page:
    page.goto(f"{site}{suite}")
    page.locator(f"button[value={persona}]").click()
    page.wait_for_url(f"{site}{suite}")
    return page


def test_keyboard_reaches_content_and_actions(site: str, ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page()
    page.goto(f"{site}/avis")
    assert tabuler(page, "Aller au contenu") == 1
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    tabuler(page, "Appliquer les filtres", 12)


def test_a_need_is_declared_with_the_keyboard_alone(
    site: str, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page()
    page.goto(f"{site}/groupement/besoins")
    tabuler(page, "SDIS 07")
    page.keyboard.press("Enter")
    page.wait_for_url("**/groupement/besoins")
    tabuler(page, "objet")
    page.keyboard.type("Papier A4")
    tabuler(page, "Transmettre")
    page.keyboard.press("Enter")
    page.wait_for_url("**/groupement/")
    expect(page.locator("h1")).to_contain_text("Recensement")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_refused_form_leads_to_its_fault(
    site: str, ouvrir_page: Callable[..., Page], javascript: bool
) -> None:
    page = entrer(ouvrir_page(javascript=javascript), site, "agent-sdis", "/groupement/besoins")
    page.get_by_role("button", name="Transmettre").click()
    expect(page).to_have_title("Erreur\u00a0: Déclarer mes besoins – Département de l’Ardèche")
    resume = page.locator(".resume-err")
    expect(resume).to_be_visible()
    if javascript:
        expect(resume).to_be_focused()
    resume.get_by_role("link").first.click()
    expect(page.locator("#objet")).to_be_focused()


def test_everything_is_open_and_works_without_script(
    site: str, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page(largeur=390, javascript=False)
    page.goto(f"{site}/avis")
    expect(page.get_by_role("link", name="Achats à venir")).to_be_visible()
    expect(page.locator(".plie-btn").first).to_be_hidden()
    page.get_by_label("Mots-clés").fill("rien")
    page.get_by_role("button", name="Appliquer").click()
    page.wait_for_url("**/avis?q=rien")
    expect(page.locator("body")).to_contain_text("Aucun avis ne correspond")


def test_menus_fold_on_a_phone_and_the_first_result_is_near(
    site: str, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page(largeur=390)
    page.goto(f"{site}/avis")
    lien = page.locator("#menu").get_by_role("link", name="Achats à venir")
    bouton = page.get_by_role("button", name="Menu")
    expect(lien).to_be_hidden()
    expect(bouton).to_have_attribute("aria-expanded", "false")
    bouton.click()
    expect(lien).to_be_visible()
    expect(bouton).to_have_attribute("aria-expanded", "true")
    axe(page)
    bouton.click()
    carte = page.locator(".carte").first.bounding_box()
    assert carte is not None
    assert carte["y"] < 500


def test_the_live_filter_keeps_focus_pushes_the_address_and_speaks(
    site: str, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page()
    page.goto(f"{site}/avis")
    champ = page.get_by_label("Mots-clés")
    champ.fill("rien")
    page.keyboard.press("Enter")
    expect(page.locator("#resultats")).to_contain_text("Aucun avis ne correspond")
    expect(champ).to_be_focused()
    expect(page.locator("#annonce")).to_have_text("0 avis trouvés")
    assert page.url.endswith("/avis?q=rien")
    page.go_back()
    expect(page.locator("#resultats")).to_contain_text("120 avis")
    console_propre(page)


def test_text_may_be_spaced_or_doubled(site: str, ouvrir_page: Callable[..., Page]) -> None:
    for largeur, css in ((320, ESPACEMENT), (640, "html { font-size: 200% !important }")):
        page = entrer(
            ouvrir_page(largeur=largeur, bypass_csp=True), site, "agent-sdis", "/groupement/"
        )
        for chemin in PAGES:
            page.goto(f"{site}{chemin}")
            page.add_style_tag(content=css)
            sans_defilement_horizontal(page)


def test_scroll_regions_are_reached_by_keyboard(
    site: str, ouvrir_page: Callable[..., Page]
) -> None:
    page = entrer(ouvrir_page(largeur=390), site, "coordonnatrice", "/groupement/")
    region = page.get_by_role("region", name="Besoins par membre et par famille")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert region.evaluate("e => e.scrollLeft") > 0
    premiere = region.locator("tbody th").first.bounding_box()
    cadre = region.bounding_box()
    assert premiere is not None
    assert cadre is not None
    assert premiere["x"] == pytest.approx(cadre["x"] + 1, abs=1)  # sticky


def test_the_gates_can_fail(site: str, ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page(bypass_csp=True)
    page.goto(f"{site}/")
    page.evaluate("document.querySelector('h1').style.color = '#bcd'")
    with pytest.raises(AssertionError, match="color-contrast"):
        axe(page)
    page.evaluate("document.body.style.width = '2000px'")
    with pytest.raises(AssertionError, match="px visibles"):
        sans_defilement_horizontal(page)
    page.evaluate("fetch('/nulle-part')")
    page.wait_for_timeout(300)
    with pytest.raises(AssertionError, match="404"):
        console_propre(page)
