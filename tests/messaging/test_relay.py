"""The relay on real servers: order, leadership, what nobody hears, what finds no queue."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from shared.contracts import catalogue as contracts
from shared.db.database import Database
from shared.messaging import broker, metrics, relay, topology
from shared.messaging.relay import Relay, republish
from tests.kit.rabbitmq import RabbitMQ
from tests.messaging.bench import FACT, OTHER, Bench, open_bench

pytestmark = [pytest.mark.db, pytest.mark.amqp]

MEMBER = "90070002200016"
# Killed within the second that follows its declaration, a quorum queue of RabbitMQ 3.10 never
# answers again: an operator must delete it (shared/messaging/README.md, failure modes).
SETTLED = 2


@pytest.fixture
def bench(databases: tuple[Database, Database], rabbitmq: RabbitMQ) -> Iterator[Bench]:
    with open_bench(*databases, amqp_url=rabbitmq.url) as opened:
        yield opened


def unpublished(bench: Bench) -> list[str]:
    query = sa.text("SELECT type FROM outbox WHERE published_at IS NULL ORDER BY seq")
    with bench.source.session() as session:
        return list(session.execute(query).scalars())


def drain(bench: Bench, name: str) -> list[uuid.UUID]:
    """Take every message of a queue, in order."""
    found: list[Any] = []
    with broker.connect(bench.amqp_url or "") as connection, suppress(TimeoutError):
        connection.channel().basic_consume(name, no_ack=True, callback=found.append)
        while True:
            connection.drain_events(timeout=0.5)
    return [uuid.UUID(message.headers["ce-id"]) for message in found]


def make_relay(bench: Bench, **options: object) -> Relay:
    return Relay(
        bench.emitter,
        bench.source.url,
        bench.amqp_url or "",
        catalogue=bench.catalogue,
        poll=0.05,
        **options,  # type: ignore[arg-type]
    )


def test_P3_concurrent_commits_lose_nothing_and_keep_each_subjects_order(bench: Bench) -> None:
    bench.expect("on_fait")
    bench.start(make_relay(bench, batch=20))
    slow = threading.Event()

    def write(subject: str) -> None:
        for number in range(30):
            with bench.outgoing.begin() as uow:
                uow.emit(FACT, subject=subject, data=contracts.load().get(FACT).sample)
                uow.flush()
                if number % 7 == 0:
                    slow.wait(0.02)  # drawn early, committed late

    writers = [threading.Thread(target=write, args=(f"s{n % 3}",)) for n in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    bench.wait_for(lambda: not unpublished(bench))
    received = drain(bench, f"{bench.service}.on_fait")
    with bench.source.session() as session:
        rows = session.execute(sa.text("SELECT id, subject, sequence FROM outbox")).all()
    place = {row.id: (row.subject, row.sequence) for row in rows}
    assert sorted(received) == sorted(place)
    for subject in ("s0", "s1", "s2"):
        versions = [n for s, n in map(place.__getitem__, received) if s == subject]
        assert versions == sorted(versions)


def test_only_one_of_two_relays_works_and_the_other_takes_over(bench: Bench) -> None:
    bench.expect("on_fait")
    first, second = make_relay(bench), make_relay(bench)
    thread = bench.start(first)
    bench.wait_for(lambda: first.leading)
    bench.start(second)
    time.sleep(0.3)
    assert (first.leading, second.leading) == (True, False)
    bench.emit(3)
    bench.wait_for(lambda: not unpublished(bench))
    first.stop()
    thread.join(5)
    bench.wait_for(lambda: second.leading)
    bench.emit(2)
    bench.wait_for(lambda: not unpublished(bench))
    assert len(drain(bench, f"{bench.service}.on_fait")) == 5


def test_a_fact_that_nobody_hears_is_published_all_the_same(bench: Bench) -> None:
    bench.start(make_relay(bench))
    bench.emit(2)
    bench.wait_for(lambda: not unpublished(bench))


def test_a_fact_whose_queue_is_missing_waits_and_the_others_pass(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "BLOCKED_SECONDS", 1.0)
    bench.expect("on_fait", types=(FACT,))
    bench.expect("on_autre", types=(OTHER,))
    bench.start(make_relay(bench))
    bench.emit(1, type_=OTHER)
    bench.wait_for(lambda: not unpublished(bench))
    monkeypatch.setattr(broker, "ensure", lambda *_: None)  # a user who may not declare
    with broker.connect(bench.amqp_url or "") as connection:
        connection.channel().queue_delete(f"{bench.service}.on_fait")
    counter = metrics.PUBLISHED.labels(FACT, "returned")
    before = counter._value.get()
    bench.emit(1, type_=FACT)
    others = bench.emit(2, type_=OTHER)
    bench.wait_for(lambda: unpublished(bench) == [FACT])
    assert counter._value.get() > before
    assert set(others) <= set(drain(bench, f"{bench.service}.on_autre"))
    monkeypatch.undo()
    broker.declare(bench.amqp_url or "", bench.service, bench.catalogue)
    bench.wait_for(lambda: not unpublished(bench))
    assert len(drain(bench, f"{bench.service}.on_fait")) == 1


def test_a_deleted_queue_is_declared_again(bench: Bench) -> None:
    bench.expect("on_fait")
    bench.start(make_relay(bench))
    bench.emit(1)
    bench.wait_for(lambda: not unpublished(bench))
    with broker.connect(bench.amqp_url or "") as connection:
        connection.channel().queue_delete(f"{bench.service}.on_fait")
    bench.emit(1)
    bench.wait_for(lambda: not unpublished(bench))
    assert len(drain(bench, f"{bench.service}.on_fait")) == 1


def test_an_answer_reaches_the_members_queue_before_it_ever_connected(bench: Bench) -> None:
    bench.start(make_relay(bench))
    data = contracts.load().get(FACT).sample
    with bench.outgoing.begin() as uow:
        ours = uow.emit(FACT, subject="d", data=data, destinataire=MEMBER)
    bench.wait_for(lambda: not unpublished(bench))
    name = topology.member_queue(MEMBER).name
    with broker.connect(bench.amqp_url or "") as connection:
        message = connection.channel().basic_get(name, no_ack=True)
        connection.channel().queue_delete(name)
    assert message.headers["ce-id"] == str(ours)
    assert message.headers["ce-destinataire"] == MEMBER
    assert json.loads(message.body) == data


def test_P5_without_broker_writes_go_on_and_the_backlog_leaves_afterwards(
    bench: Bench, rabbitmq: RabbitMQ
) -> None:
    bench.subscribe("on_fait")
    ids = bench.emit(5)
    bench.wait_for(lambda: bench.effects() == ids)
    time.sleep(SETTLED)
    rabbitmq.kill9()
    ids += [event_id for _ in range(40) for event_id in bench.emit(25)]
    rabbitmq.start()
    began = time.monotonic()
    bench.wait_for(lambda: len(bench.effects()) >= 1005, timeout=60)
    assert bench.effects() == ids
    assert 1000 / (time.monotonic() - began) > 50  # reconnection included


def test_republishing_marks_only_what_is_recent_and_says_so(bench: Bench) -> None:
    bench.expect("on_fait")
    bench.start(make_relay(bench))
    bench.emit(3)
    bench.wait_for(lambda: not unpublished(bench))
    with bench.outgoing.begin(acteur="exploitation") as uow:
        assert republish(uow, since=uow.clock.now().replace(year=2100)) == 0
        assert republish(uow, since=uow.clock.now().replace(year=2020)) == 3
    with bench.source.session() as session:
        entries = session.execute(sa.text("SELECT action, acteur, details FROM audit")).all()
    assert [(row.action, row.acteur) for row in entries] == [
        ("outbox.republier", "exploitation"),
    ] * 2
    assert entries[1].details["evenements"] == 3
    bench.wait_for(lambda: not unpublished(bench))
    assert len(drain(bench, f"{bench.service}.on_fait")) == 6
