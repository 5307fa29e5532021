"""A browser without JavaScript: opens pages, reads them, fills their forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import lxml.html
import requests

TIMEOUT = 30


class PageInattendue(Exception):
    """A page did not answer, or does not hold what the story needs."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page as received."""

    url: str
    statut: int
    texte: str
    arbre: Any

    def contient(self, *morceaux: str) -> bool:
        """Whether every piece of text is visible, whatever the kind of spaces."""
        visible = " ".join(self.arbre.text_content().split())
        return all(" ".join(morceau.split()) in visible for morceau in morceaux)

    def lien(self, texte: str) -> str:
        """The address of the first link whose text contains `texte`."""
        for lien in self.arbre.iter("a"):
            if texte in " ".join(lien.text_content().split()):
                return str(urljoin(self.url, lien.get("href")))
        raise PageInattendue(f"{self.url} : aucun lien « {texte} »")

    def textes(self, xpath: str, **variables: str) -> list[str]:
        """The texts or attributes that an XPath expression finds, spaces made plain."""
        trouves = self.arbre.xpath(xpath, **variables)
        lus = (t if isinstance(t, str) else t.text_content() for t in trouves)
        return [" ".join(lu.split()) for lu in lus]

    def options(self, action: str, nom: str) -> list[str]:
        """The values that a list of a form proposes, the empty one left out."""
        return [valeur for valeur in self.formulaire(action).inputs[nom].value_options if valeur]

    def formulaire(self, action: str) -> Any:
        """The first form whose address ends with `action`."""
        for formulaire in self.arbre.forms:
            if (formulaire.action or self.url).split("?")[0].endswith(action):
                return formulaire
        raise PageInattendue(f"{self.url} : aucun formulaire vers « {action} »")


class Navigateur:
    """One person in front of one instance; cookies are kept between pages."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.trust_env = False

    def ouvrir(self, chemin: str, statut: int = 200) -> Page:
        reponse = self.session.get(urljoin(self.base, chemin), timeout=TIMEOUT)
        return self._page(reponse, statut)

    def envoyer(
        self,
        page: Page,
        action: str,
        champs: Mapping[str, Any] | None = None,
        fichiers: Mapping[str, Any] | None = None,
        statut: int = 200,
    ) -> Page:
        """Submit the form towards `action`, keeping every value that the page proposed."""
        formulaire = page.formulaire(action)
        valeurs: list[tuple[str, Any]] = [
            (nom, valeur) for nom, valeur in formulaire.form_values() if nom not in (champs or {})
        ]
        for nom, valeur in (champs or {}).items():
            valeurs += [(nom, v) for v in (valeur if isinstance(valeur, list) else [valeur])]
        adresse = urljoin(page.url, formulaire.action or page.url)
        reponse = self.session.post(adresse, data=valeurs, files=fichiers, timeout=TIMEOUT)
        return self._page(reponse, statut)

    def entrer(self, persona: str) -> None:
        """Enter the demonstration as one of its personas."""
        self.envoyer(self.ouvrir("/connexion"), "/connexion", {"persona": persona})

    def lire(self, chemin: str) -> str:
        """What is not a page: a feed, a calendar."""
        reponse = self.session.get(urljoin(self.base, chemin), timeout=TIMEOUT)
        if not reponse.ok:
            raise PageInattendue(f"{reponse.url} : {reponse.status_code}")
        return reponse.text

    def json(self, chemin: str, **parametres: Any) -> Any:
        reponse = self.session.get(urljoin(self.base, chemin), params=parametres, timeout=TIMEOUT)
        if not reponse.ok:
            raise PageInattendue(f"{reponse.url} : {reponse.status_code} {reponse.text[:300]}")
        return reponse.json()

    def _page(self, reponse: requests.Response, statut: int) -> Page:
        arbre: Any = lxml.html.fromstring(reponse.content or b"<html></html>", base_url=reponse.url)
        page = Page(reponse.url, reponse.status_code, reponse.text, arbre)
        if reponse.status_code != statut:
            principal = arbre.find(".//main")
            lu = (arbre if principal is None else principal).text_content()
            raise PageInattendue(
                f"{reponse.url} : {reponse.status_code} au lieu de {statut}\n"
                f"      {' '.join(lu.split())[:800]}"
            )
        return page
