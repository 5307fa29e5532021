"""The transport over RabbitMQ keeps every promise."""

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import amqp
import pytest

from shared.db.database import Database
from shared.messaging import broker, dead_letters, topology, wire
from shared.messaging.envelope import Event
from shared.messaging.processing import BatchProcessor
from tests.kit.rabbitmq import RabbitMQ
from tests.messaging.bench import FACT, SAMPLES, SIRET, Bench, open_bench
from tests.messaging.compliance import Compliance

pytestmark = [pytest.mark.db, pytest.mark.amqp]


@pytest.fixture
def bench(databases: tuple[Database, Database], rabbitmq: RabbitMQ) -> Iterator[Bench]:
    with open_bench(*databases, amqp_url=rabbitmq.url) as opened:
        yield opened


class TestAmqp(Compliance):
    pass


def publish_raw(bench: Bench, body: bytes, **properties: Any) -> None:
    """Put any message in a consumer's queue, as a careless administrator would."""
    with broker.connect(bench.amqp_url or "") as connection:
        message = amqp.Message(body, delivery_mode=2, **properties)
        connection.channel().basic_publish(message, routing_key=f"{bench.service}.on_fait")


def test_P4_what_is_no_event_is_kept_and_its_neighbours_are_unharmed(bench: Bench) -> None:
    bench.subscribe("on_fait")
    ids = bench.emit(10)
    bench.wait_for(lambda: len(bench.effects()) == 10)
    event = wire.structured(a_fact())
    publish_raw(bench, b"\xff\xfenot json", content_type="application/json")
    publish_raw(bench, b"{}", content_type="application/json", application_headers={"x": "\x00é"})
    publish_raw(bench, b"{}", content_type="application/x-python-pickle")
    publish_raw(bench, b"x" * 300_000, content_type="application/json")
    unknown = {**event, "id": str(uuid.uuid4()), "type": "demain.v1"}
    publish_raw(bench, json.dumps(unknown).encode(), content_type=wire.STRUCTURED)
    ids += bench.emit(10)
    bench.wait_for(lambda: len(bench.effects()) == 20 and len(bench.dead()) == 5)
    assert bench.effects() == ids
    assert Counter(letter.cause for letter in bench.dead()) == {
        "enveloppe_illisible": 3,
        "message_trop_gros": 1,
        "type_inconnu": 1,
    }
    assert bytes(bench.dead()[0].corps) == b"\xff\xfenot json"


def test_an_unreadable_message_replays_once_it_can_be_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fact = a_fact()
    bench.subscribe("on_fait")
    with monkeypatch.context() as patch:
        patch.setattr(wire, "MAX_BYTES", 10)
        publish_raw(
            bench,
            json.dumps(fact.data).encode(),
            content_type=wire.JSON,
            application_headers=wire.headers(fact),
        )
        (letter,) = bench.wait_for(bench.dead)
    assert letter.event_id is None
    with bench.incoming.begin() as uow:
        dead_letters.replay(uow, letter.id, "limite relevée")
    bench.wait_for(lambda: bench.effects() == [fact.id])


def test_what_the_broker_gives_up_on_joins_the_dead_letters(bench: Bench) -> None:
    fact = a_fact()
    bench.expect("on_fait")
    name = topology.dead_queue_of(f"{bench.service}.on_fait")
    with broker.connect(bench.amqp_url or "") as connection:
        message = amqp.Message(
            json.dumps(fact.data).encode(),
            content_type=wire.JSON,
            application_headers=wire.headers(fact),
        )
        connection.channel().basic_publish(message, routing_key=name)
    bench.subscribe("on_fait")
    (letter,) = bench.wait_for(bench.dead)
    assert (letter.event_id, letter.cause) == (fact.id, "limite_de_livraison")
    with bench.incoming.begin() as uow:
        dead_letters.replay(uow, letter.id, "mémoire augmentée")
    bench.wait_for(lambda: bench.effects() == [fact.id])


def test_the_broker_itself_gives_up_after_the_delivery_limit(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topology, "DELIVERY_LIMIT", 2)
    bench.expect("on_fait")
    bench.carry()
    (event_id,) = bench.emit()
    for _ in range(3):
        bench.wait_for(lambda: take_and_drop(bench, f"{bench.service}.on_fait"))
    bench.subscribe("on_fait")
    (letter,) = bench.wait_for(bench.dead)
    assert (letter.event_id, letter.cause) == (event_id, "limite_de_livraison")
    assert not bench.effects()


def take_and_drop(bench: Bench, name: str) -> bool:
    """Take a message and lose the connection before acknowledging it."""
    taken: list[Any] = []
    with broker.connect(bench.amqp_url or "") as connection, suppress(TimeoutError):
        connection.channel().basic_consume(name, callback=taken.append)
        connection.drain_events(timeout=1)
    return bool(taken)


def test_P3_with_three_workers_a_subjects_events_stay_in_order(bench: Bench) -> None:
    for _ in range(3):
        bench.subscribe("on_fait", batch=5)
    ids = []
    for turn in range(60):
        ids += bench.emit(5, subject=f"s{turn % 4}")
        if turn in {10, 30}:
            bench.consumers()[turn // 20].stop()  # the next in line takes over
    bench.wait_for(lambda: len(bench.effects()) >= 300)
    assert sorted(bench.effects()) == sorted(ids)
    for subject in ("s0", "s1", "s2", "s3"):
        rows = bench.rows("SELECT sequence FROM effet WHERE subject = :s ORDER BY n", s=subject)
        assert [row.sequence for row in rows] == list(range(1, 76))


def test_a_user_who_may_not_declare_can_still_consume(
    databases: tuple[Database, Database], rabbitmq: RabbitMQ
) -> None:
    with open_bench(*databases, amqp_url=rabbitmq.url) as bench:
        bench.expect("on_fait")
        rabbitmq.ctl("add_user", "borne", "secret")
        rabbitmq.ctl("set_permissions", "borne", "^$", r"\.events$", rf"^{bench.service}\.")
        declaring, bench.amqp_url = bench.amqp_url, rabbitmq.url_for("borne", "secret")
        bench.declares = False
        try:
            bench.subscribe("on_fait")
            ids = bench.emit(5)
            bench.wait_for(lambda: bench.effects() == ids)
        finally:
            bench.stop_all()
            bench.amqp_url = declaring
            rabbitmq.ctl("delete_user", "borne")


def test_a_queue_declared_with_other_arguments_is_an_error_that_ends_the_loop(
    bench: Bench,
) -> None:
    bench.expect("on_fait")
    name = f"{bench.service}.on_fait"
    with broker.connect(bench.amqp_url or "") as connection:
        connection.channel().queue_delete(name)
        connection.channel().queue_declare(name, durable=True, auto_delete=False)
    processor = BatchProcessor(name, bench.incoming, lambda *_: None, types=[FACT])
    loop = bench.transport(processor, [FACT], 10)
    with pytest.raises(broker.TopologyMismatch, match="PRECONDITION_FAILED"):
        loop.run()


def a_fact() -> Event:
    return Event(
        id=uuid.uuid4(),
        type=FACT,
        source=f"urn:siret:{SIRET}:groupement",
        subject="s",
        sequence=1,
        time=dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC),
        data=dict(SAMPLES[FACT]),
        correlation_id="c",
    )
