"""Fixtures shared by the whole suite; each real server is started at most once."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.messaging.envelope import Event
from shared.messaging.tables import outbox
from shared.messaging.uow import Transactions
from tests.kit import postgres
from tests.kit.rabbitmq import rabbitmq

__all__ = ["rabbitmq"]

INSTANCE = "90070001400013"
LONGUES = ("reliability", "ui", "flows", "messaging", "security")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest: no process then waits alone for the last file."""
    rangs = {nom: rang for rang, nom in enumerate(LONGUES)}
    items.sort(key=lambda item: min(rangs.get(nom, len(rangs)) for nom in item.path.parts))


@pytest.fixture
def clock() -> FrozenClock:
    """Monday 2 March 2026, 9:00 in Paris."""
    return FrozenClock(dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC))


@pytest.fixture(scope="session")
def pg() -> Iterator[postgres.Postgres]:
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def _databases(pg: postgres.Postgres) -> Iterator[Callable[[str], Database]]:
    opened: dict[str, Database] = {}

    def get(service: str) -> Database:
        if service not in opened:
            opened[service] = Database(pg.create(f"test_{service}", service), pool_size=10)
        return opened[service]

    yield get
    for database in opened.values():
        database.dispose()


@pytest.fixture
def database(_databases: Callable[[str], Database]) -> Callable[[str], Database]:
    """`database("paiement")`: that service's migrated database, empty at the start of the test."""
    used: dict[str, Database] = {}

    def get(service: str) -> Database:
        if service not in used:
            used[service] = _databases(service)
            postgres.empty(used[service].engine)
        return used[service]

    return get


@pytest.fixture
def transactions(
    database: Callable[[str], Database], clock: FrozenClock
) -> Callable[[str], Transactions]:
    """`transactions("paiement")`: units of work on that database, at the frozen clock."""

    def get(service: str) -> Transactions:
        return Transactions(database(service), service=service, siret=INSTANCE, clock=clock)

    return get


@pytest.fixture
def events(database: Callable[[str], Database]) -> Callable[..., list[Event]]:
    """`events("paiement", "paiement.facture.recue.v1")`: what that service has emitted so far."""

    def get(service: str, type_: str | None = None) -> list[Event]:
        columns = [c for c in outbox.c if c.name not in ("seq", "published_at")]
        query = sa.select(*columns).order_by(outbox.c.seq)
        if type_:
            query = query.where(outbox.c.type == type_)
        with database(service).session() as session:
            return [Event(**row._mapping) for row in session.execute(query)]

    return get


@pytest.fixture
def contexte(transactions: Callable[[str], Transactions], clock: FrozenClock) -> Callable[..., Any]:
    """`contexte("paiement")`: what the process entry would build, on the test database."""
    from shared.kernel.parametres import Parametres
    from shared.ops.context import ServiceContext
    from tests.kit.contexte import settings_for

    def get(service: str, **overrides: Any) -> ServiceContext:
        tx = transactions(service)
        return ServiceContext(
            settings=settings_for(service, tx.database.url, **overrides),
            database=tx.database,
            transactions=tx,
            clock=clock,
            parametres=Parametres.depuis_yaml(),
        )

    return get


@pytest.fixture
def client(contexte: Callable[..., Any]) -> Callable[..., Any]:
    """`client("paiement", "finances")`: a Flask test client, logged in as a demo persona."""
    from tests.kit.contexte import client_for

    def get(service: str, persona: str | None = None, **overrides: Any) -> Any:
        return client_for(contexte(service, **overrides), persona)

    return get
