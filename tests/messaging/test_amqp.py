"""The transport over RabbitMQ keeps every promise."""

from collections.abc import Iterator

import pytest

from shared.db.database import Database
from tests.kit.rabbitmq import RabbitMQ
from tests.messaging.bench import Bench, open_bench
from tests.messaging.compliance import Compliance

pytestmark = [pytest.mark.db, pytest.mark.amqp]


@pytest.fixture
def bench(databases: tuple[Database, Database], rabbitmq: RabbitMQ) -> Iterator[Bench]:
    with open_bench(*databases, amqp_url=rabbitmq.url) as opened:
        yield opened


class TestAmqp(Compliance):
    pass
