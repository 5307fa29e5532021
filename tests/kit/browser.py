"""A real browser for the tests: Debian's chromium driven by Playwright, axe for accessibility.

Fixtures to import in a conftest: `chromium`, `ouvrir_page`. Without chromium the tests skip and
say why; with `CI` set they fail.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

expect.set_options(timeout=15_000)  # several browsers and servers may share two cores
CAPTURES = Path(__file__).parents[2] / "build" / "captures"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-color-profile=srgb"]
REGLES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "RGAAv4", "best-practice"]
CALCULES_AILLEURS = ("<text", '<td class="absent"')
LARGEURS = {1280: 900, 390: 844, 320: 640}
_console: WeakKeyDictionary[Page, list[str]] = WeakKeyDictionary()


def trouver_chromium() -> str:
    """The browser to drive; without one, skip and say so, or fail where nothing may skip."""
    chemin = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    if chemin:
        return chemin
    raison = "chromium absent : apt-get install chromium"
    if os.environ.get("CI"):
        pytest.fail(raison)
    pytest.skip(raison)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole session."""
    executable = trouver_chromium()
    with sync_playwright() as pilote:
        navigateur = pilote.chromium.launch(executable_path=executable, args=OPTIONS)
        yield navigateur
        navigateur.close()


def visiteur(
    navigateur: Browser, *, largeur: int = 1280, javascript: bool = True, **options: Any
) -> Page:
    """A fresh visitor, console watched; whoever asks closes its context."""
    contexte = navigateur.new_context(
        viewport={"width": largeur, "height": LARGEURS.get(largeur, 800)},
        java_script_enabled=javascript,
        locale="fr-FR",
        **options,
    )
    page = contexte.new_page()
    messages = _console.setdefault(page, [])
    page.on("console", lambda m: messages.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda erreur: messages.append(str(erreur)))
    return page


@pytest.fixture
def ouvrir_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`ouvrir_page(largeur=390, javascript=False)`: a fresh visitor, console watched."""
    pages = []

    def ouvrir(**options: Any) -> Page:
        pages.append(visiteur(chromium, **options))
        return pages[-1]

    yield ouvrir
    for page in pages:
        page.context.close()


def elargir(page: Page, largeur: int) -> None:
    """Give the window another width, without loading the page again."""
    page.set_viewport_size({"width": largeur, "height": LARGEURS.get(largeur, 800)})


def tabuler(page: Page, texte: str, maximum: int = 30) -> int:
    """Press Tab until the focused element holds `texte`; every stop must be visible."""
    for nombre in range(1, maximum + 1):
        page.keyboard.press("Tab")
        actif = page.evaluate(
            "(() => { const e = document.activeElement, r = e.getBoundingClientRect(),"
            " s = getComputedStyle(e), region = e.getAttribute('role') == 'region';"
            " return [region ? '' : e.textContent + (e.name || ''), r.width > 1,"
            " s.outlineStyle] })()"
        )
        assert actif[1], f"arrêt invisible : {actif[0]}"
        assert actif[2] != "none", f"sans contour : {actif[0]}"
        if texte in actif[0]:
            return nombre
    raise AssertionError(f"« {texte} » hors d’atteinte en {maximum} tabulations")


def axe(page: Page) -> None:
    """Assert that axe finds nothing wrong on the page as it stands.

    A contrast that axe could not compute counts as a fault too, except where a unit test computes
    it: texts of charts, hatched cells.
    """
    if not page.evaluate("'axe' in window"):  # once per document: reading it is what costs
        page.evaluate(AXE_SCRIPT)
    violations, incertains = page.evaluate(
        "options => axe.run(document, options).then(lu => [lu.violations, lu.incomplete])",
        {
            "runOnly": {"type": "tag", "values": REGLES},
            "resultTypes": ["violations", "incomplete"],
        },
    )
    fautes = [_faute(regle, regle["nodes"]) for regle in violations]
    for regle in incertains:
        indecis = [n for n in regle["nodes"] if not n["html"].startswith(CALCULES_AILLEURS)]
        if regle["id"] == "color-contrast" and indecis:
            fautes.append(_faute(regle, indecis))
    assert not fautes, f"{page.url} :\n" + "\n".join(fautes)


def _faute(regle: dict[str, Any], noeuds: list[dict[str, Any]]) -> str:
    lignes = [f"{regle['id']} ({regle['impact']}) : {regle['help']}"]
    return "\n    ".join([*lignes, *(noeud["html"][:160] for noeud in noeuds[:4])])


def sans_defilement_horizontal(page: Page) -> None:
    """Assert that the page itself never scrolls sideways (scroll regions may)."""
    largeur, visible = page.locator("html").evaluate("h => [h.scrollWidth, h.clientWidth]")
    assert largeur <= visible, f"{page.url} : {largeur} px pour {visible} px visibles"


def console_propre(page: Page, *, sauf: str | None = None) -> None:
    """Assert that nothing went wrong in the console: script error, blocked resource, 4xx."""
    messages = [m for m in _console[page] if sauf is None or sauf not in m]
    assert not messages, f"{page.url} : {messages}"


def controler(page: Page, nom: str, *, sauf: str | None = None) -> None:
    """Assert that a page, as it stands, is sound on a large screen, a phone and a narrow one.

    axe on the first two (and a picture if asked), no sideways scroll on all three, a clean console.
    """
    for largeur in LARGEURS:
        elargir(page, largeur)
        sans_defilement_horizontal(page)
        if largeur != min(LARGEURS):
            capturer(page, f"{nom}-{largeur}")
            axe(page)
    elargir(page, max(LARGEURS))
    console_propre(page, sauf=sauf)


def capturer(page: Page, nom: str) -> None:
    """With `CAPTURES=1`, keep a picture of the whole page in build/captures."""
    if os.environ.get("CAPTURES"):
        CAPTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=CAPTURES / f"{nom}.png", full_page=True)


@contextmanager
def servir(application: Any) -> Iterator[str]:
    """Serve a WSGI application on a loopback port; yield its address."""
    serveur = make_server("127.0.0.1", 0, application, threaded=True)
    fil = threading.Thread(target=serveur.serve_forever, daemon=True)
    fil.start()
    try:
        yield f"http://127.0.0.1:{serveur.server_port}"
    finally:
        serveur.shutdown()
        fil.join(timeout=5)
        serveur.server_close()
