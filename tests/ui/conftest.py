"""Browser fixtures of the page tests."""

from tests.kit.browser import chromium, ouvrir_page

__all__ = ["chromium", "ouvrir_page"]
