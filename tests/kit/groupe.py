"""The demonstration's group, served once for a whole file of page tests."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page

from services.groupement.app import create_app
from services.groupement.demo import semer
from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.kernel.parametres import Parametres
from shared.messaging.uow import Transactions
from shared.ops import demo
from shared.ops.context import ServiceContext
from tests.kit import postgres
from tests.kit.browser import controler, servir
from tests.kit.contexte import settings_for
from tests.kit.web import ClientWeb

INSTANT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
DESALIGNEES = """() => [...document.querySelectorAll('table')].flatMap(table => {
  const titres = [...table.querySelectorAll('thead tr:last-child > *')];
  return [...table.querySelectorAll('tbody tr')].flatMap(tr => [...tr.children]
    .map((cellule, rang) => [cellule, titres[rang]])
    .filter(([cellule, titre]) => titre && tr.children.length === titres.length &&
      cellule.classList.contains('num') !== titre.classList.contains('num'))
    .map(([_cellule, titre]) => titre.textContent));
})"""
"""Headings that are not on the side of their figures."""


@dataclass(frozen=True)
class Groupe:
    """The group's pages on the demonstration, their address, and the rows behind them."""

    adresse: str
    application: Flask
    context: ServiceContext

    def entrer(self, page: Page, persona: str) -> None:
        """Give the browser the session of a persona instead of the one it has."""
        client = self.application.test_client()
        with client.session_transaction() as session:
            session.update(demo.PERSONAS[persona].en_session())
        cookie = client.get_cookie("essaim_session")
        assert cookie is not None
        page.context.clear_cookies()
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.adresse}])

    def un(self, requete: sa.Select[Any]) -> Any:
        """The first value that a query finds."""
        with self.context.transactions.read() as session:
            trouve = session.scalars(requete.limit(1)).one_or_none()
        assert trouve is not None, requete
        return trouve

    def aller(self, page: Page, chemin: str) -> None:
        reponse = page.goto(f"{self.adresse}/groupement{chemin}")
        assert reponse is not None
        assert reponse.status == 200, chemin

    def examiner(self, page: Page, chemins: Mapping[str, str]) -> None:
        """Open each page and assert that it is sound at every width, its figures aligned."""
        for nom, chemin in chemins.items():
            self.aller(page, chemin)
            desalignees = page.evaluate(DESALIGNEES)
            assert not desalignees, f"{chemin} : {set(desalignees)}"
            controler(page, f"groupement-{nom}")


@pytest.fixture(scope="module")
def groupe(_databases: Callable[[str], Database]) -> Iterator[Groupe]:
    """One group for the file: tests that write must not need the same rows."""
    database, clock = _databases("groupement"), FrozenClock(INSTANT)
    postgres.empty(database.engine)
    context = ServiceContext(
        settings=settings_for("groupement", database.url),
        database=database,
        transactions=Transactions(
            database, service="groupement", siret=demo.DEPARTEMENT.siret, clock=clock
        ),
        clock=clock,
        parametres=Parametres.depuis_yaml(),
    )
    semer(context)
    application = create_app(context)
    application.test_client_class = ClientWeb
    with servir(application) as adresse:
        yield Groupe(adresse, application, context)
