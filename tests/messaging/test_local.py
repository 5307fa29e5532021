"""The transport without a broker keeps every promise."""

from collections.abc import Iterator

import pytest

from shared.db.database import Database
from tests.messaging.bench import Bench, open_bench
from tests.messaging.compliance import Compliance

pytestmark = pytest.mark.db


@pytest.fixture
def bench(databases: tuple[Database, Database]) -> Iterator[Bench]:
    with open_bench(*databases) as opened:
        yield opened


class TestLocal(Compliance):
    pass
