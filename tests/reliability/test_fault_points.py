"""P1 at the worst instants: the process dies between two steps that cannot be one."""

import uuid
from collections.abc import Iterator

import pytest

from shared.messaging.faults import EXIT_CODE
from tests.kit.processus import wait_for
from tests.kit.rabbitmq import RabbitMQ
from tests.reliability.banc import CONSUMERS, Banc, Socle, opened

pytestmark = [pytest.mark.db, pytest.mark.amqp]


@pytest.fixture(scope="module")
def en_marche(
    socle: Socle, courtier: RabbitMQ, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Banc]:
    """One bench for all the points: only the victim is started again."""
    with opened(socle, courtier, tmp_path_factory.mktemp("points")) as bench:
        bench.start("api", "relay", "worker")
        yield bench


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("api", "after_commit:1"),
        ("relay", "after_publish:1"),
        ("relay", "before_mark:1"),
        ("worker", "after_effect:2"),
        ("worker", "after_commit:2"),
        ("worker", "before_ack:2"),
    ],
)
def test_P1_crash_at(en_marche: Banc, role: str, fault: str) -> None:
    victim = en_marche[role]
    victim.kill9()
    en_marche.start(role, ESSAIM_FAULT=fault)
    operations = [str(uuid.uuid4()) for _ in range(12)]
    answers = [en_marche.write(operations[i : i + 4]) for i in (0, 4, 8)]
    if role == "api":
        assert answers[0] is None, "committed, and nobody was told"
        victim.kill9()
    else:
        assert answers == [201] * 3
        assert victim.wait() == EXIT_CODE
    en_marche.start(role)
    told = en_marche.told()
    assert set(operations[:4]) <= told
    en_marche.settle()
    wait_for(lambda: en_marche.unpublished() == 0)
    rows = en_marche.rows("abonne", "SELECT consumer, operation::text AS id FROM effet")
    assert sorted((r.consumer, r.id) for r in rows) == sorted(
        (consumer, operation) for consumer in CONSUMERS for operation in told
    )
