"""Databases for the transports' tests: made once, emptied before each test."""

from collections.abc import Iterator

import pytest

from shared.db.database import Database
from tests.kit import postgres
from tests.messaging import bench as kit


@pytest.fixture(scope="session")
def _pair(pg: postgres.Postgres) -> Iterator[tuple[Database, Database]]:
    pair = kit.new_database(pg, "mq_emetteur"), kit.new_database(pg, "mq_abonne")
    yield pair
    for database in pair:
        database.dispose()


@pytest.fixture
def databases(_pair: tuple[Database, Database]) -> tuple[Database, Database]:
    """The emitter's and the subscriber's."""
    for database in _pair:
        postgres.empty(database.engine)
    return _pair
