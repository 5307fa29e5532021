"""Two ways of using a page: the keyboard alone, or a pointer where JavaScript is off."""

import re
from dataclasses import dataclass
from typing import Protocol

from playwright.sync_api import Page

from tests.kit.browser import tabuler


class Main(Protocol):
    """Go to a thing and press it, or fill it in."""

    page: Page

    def presser(self, texte: str) -> None: ...

    def saisir(self, champ: str, texte: str) -> None: ...

    def choisir(self, champ: str, valeur: str, rang: int) -> None: ...

    def dater(self, champ: str, jour: str, heure: str = "") -> None: ...


@dataclass
class Clavier:
    """Tab, letters and Enter; the focus is visible at each stop, thirty stops at most."""

    page: Page

    def presser(self, texte: str) -> None:
        tabuler(self.page, texte)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def saisir(self, champ: str, texte: str) -> None:
        self._atteindre(champ)
        self.page.keyboard.type(texte)

    def choisir(self, champ: str, valeur: str, rang: int) -> None:
        """Arrows in a list, Space on the first of several radios; `valeur` must come out."""
        self._atteindre(champ)
        if self.page.evaluate("document.activeElement.tagName") == "SELECT":
            for _ in range(rang):
                self.page.keyboard.press("ArrowDown")
        else:
            self.page.keyboard.press("Space")
        assert self.page.evaluate("document.activeElement.value") == valeur

    def dater(self, champ: str, jour: str, heure: str = "") -> None:
        """`jour` reads the same in every order of day and month: 5 May, 6 June."""
        annee, mois, numero = jour.split("-")
        assert mois == numero
        self._atteindre(champ)
        self.page.keyboard.type(f"{numero}{mois}{annee}")
        if heure:
            self.page.keyboard.press("ArrowRight")
            self.page.keyboard.type(heure.replace(":", "") + "p")

    def _atteindre(self, champ: str) -> None:
        if self.page.evaluate("document.activeElement.name") != champ:
            tabuler(self.page, champ)


@dataclass
class SansScript:
    """A pointer, in a browser where JavaScript is off."""

    page: Page

    def presser(self, texte: str) -> None:
        motif = re.compile(re.escape(texte))  # a plain text would match whatever the case
        with self.page.expect_navigation():
            self.page.locator("a, button").filter(has_text=motif).first.click()

    def saisir(self, champ: str, texte: str) -> None:
        element = self.page.locator(f"[name='{champ}']")
        if element.evaluate("e => e.tagName") == "SELECT":
            element.select_option(texte)
        else:
            element.fill(texte)

    def choisir(self, champ: str, valeur: str, rang: int) -> None:
        element = self.page.locator(f"[name='{champ}']").first
        if element.evaluate("e => e.tagName") == "SELECT":
            element.select_option(valeur)
        else:
            self.page.locator(f"[name='{champ}'][value='{valeur}']").check()

    def dater(self, champ: str, jour: str, heure: str = "") -> None:
        self.page.locator(f"[name='{champ}']").fill(f"{jour}T{heure}" if heure else jour)
