"""Browser fixtures of the page tests; the whole platform is started once, at first use."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.kit.browser import chromium, ouvrir_page
from tests.kit.plateforme import Site, plateforme

__all__ = ["chromium", "ouvrir_page"]


@pytest.fixture(scope="session")
def ensemble(chromium: Browser) -> Iterator[Site]:
    """The whole platform on 2 March 2026, in the middle of the story."""
    assert chromium.is_connected()
    with plateforme() as site:
        yield site
