"""Browser fixtures of the page tests; the whole platform is started once, at first use."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.kit.browser import chromium, ouvrir_page
from tests.kit.groupe import groupe
from tests.kit.mains import Clavier, Main, SansScript
from tests.kit.plateforme import Site, plateforme

__all__ = ["chromium", "groupe", "ouvrir_page"]


@pytest.fixture(scope="session")
def ensemble(chromium: Browser) -> Iterator[Site]:
    """The whole platform on 2 March 2026, in the middle of the story."""
    assert chromium.is_connected()
    with plateforme() as site:
        yield site


@pytest.fixture(params=["clavier", "sans-script"])
def main(request: pytest.FixtureRequest, ouvrir_page: Callable[..., Page]) -> Main:
    """Each journey is made twice."""
    if request.param == "clavier":
        return Clavier(ouvrir_page())
    return SansScript(ouvrir_page(javascript=False, largeur=390))
