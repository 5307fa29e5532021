"""A small platform for the tests: one emitter, its subscribers, two databases, either transport."""

import dataclasses
import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from shared.contracts import catalogue as contracts
from shared.contracts.catalogue import Catalogue, Contract
from shared.db.database import Database
from shared.kernel.clock import Clock, SystemClock
from shared.messaging import broker, topology
from shared.messaging.amqp_transport import AmqpTransport
from shared.messaging.envelope import Event
from shared.messaging.failures import Schedule
from shared.messaging.journal import Watch
from shared.messaging.local import LocalTransport
from shared.messaging.migrations import create_tables
from shared.messaging.processing import BatchProcessor
from shared.messaging.relay import Relay
from shared.messaging.retrier import Retrier
from shared.messaging.uow import Transactions, UnitOfWork
from tests.kit.postgres import Postgres

SIRET = "90070001400013"
FACT = "groupement.besoin.declare.v1"
OTHER = "groupement.adhesion.enregistree.v1"
REQUEST = "membre.achat.demande.v1"
ACCEPTED = "membre.achat.acceptee.v1"
SAMPLES = {type_: contracts.load().get(type_).sample for type_ in (FACT, OTHER)}
QUICK = Schedule(immediate=(0.01, 0.01), delayed=(0.05, 0.05))

EFFECTS = """
CREATE TABLE effet (
  n bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, consumer text, subject text,
  sequence bigint, at timestamptz DEFAULT clock_timestamp())
"""
_EFFECT = sa.text(
    "INSERT INTO effet (event_id, consumer, subject, sequence) VALUES (:id, :consumer, :s, :n)"
)
_numbers = itertools.count(1)

Handler = Callable[[UnitOfWork, Event], None]


def new_database(pg: Postgres, name: str) -> Database:
    """A database with the messaging tables and `effet`, where handlers leave their trace."""
    database = Database(pg.create(name), pool_size=10)
    with database.engine.begin() as connection:
        create_tables(connection)
        connection.exec_driver_sql(EFFECTS)
    return database


def record(uow: UnitOfWork, event: Event, consumer: str = "") -> None:
    """The usual handler: one row per effect."""
    row = {"id": event.id, "consumer": consumer, "s": event.subject, "n": event.sequence}
    uow.session.execute(_EFFECT, row)


class Bench:
    """Emits as service `emetteur`, subscribes as service `abonne`; `close` ends every thread."""

    def __init__(
        self, emitter: Database, subscriber: Database, *, amqp_url: str | None = None
    ) -> None:
        number = next(_numbers)
        clock: Clock = SystemClock()
        self.emitter = f"emetteur{number}"
        self.service = f"abonne{number}"
        self.amqp_url = amqp_url
        self.database = subscriber
        self.source = emitter
        self.outgoing = Transactions(emitter, service=self.emitter, siret=SIRET, clock=clock)
        self.incoming = Transactions(subscriber, service=self.service, siret=SIRET, clock=clock)
        self.catalogue = Catalogue({})
        self.errors: list[BaseException] = []
        self.declares = True
        self._listeners: dict[str, set[str]] = {FACT: set(), OTHER: set()}
        self._running: list[tuple[Any, threading.Thread]] = []
        self._relay: Relay | None = None
        self._watch: Watch | None = None
        self._declare()

    def _declare(self) -> None:
        """The catalogue as it would be after a release with these listeners."""

        def as_ours(contract: Contract) -> Contract:
            listeners = tuple(sorted(self._listeners[contract.type]))
            return dataclasses.replace(contract, emitter=self.emitter, listeners=listeners)

        known = contracts.load()
        self.catalogue = Catalogue({type_: as_ours(known.get(type_)) for type_ in SAMPLES})
        if self.amqp_url and self.declares:
            broker.declare(self.amqp_url, self.emitter, self.catalogue)

    def expect(self, *consumers: str, types: Sequence[str] = (FACT,)) -> None:
        """Announce consumers in the catalogue before they exist, as `migrate` does."""
        for type_ in types:
            self._listeners[type_] |= {f"{self.service}.{name}" for name in consumers}
        self._declare()

    def emit(
        self, count: int = 1, *, subject: str | None = None, type_: str = FACT
    ) -> list[uuid.UUID]:
        """One transaction with `count` events, each about its own subject unless one is given."""
        with self.outgoing.begin() as uow:
            return [
                uow.emit(type_, subject=subject or str(uuid.uuid4()), data=SAMPLES[type_])
                for _ in range(count)
            ]

    def carry(self) -> None:
        """Start what brings events over: the relay, or the watch over the emitter's journal."""
        if self.amqp_url and self._relay is None:
            self._relay = Relay(
                self.emitter, self.source.url, self.amqp_url, catalogue=self.catalogue, poll=0.05
            )
            self.start(self._relay)
        elif not self.amqp_url and self._watch is None:
            self._watch = Watch(self.emitter, self.source)
            self.start(self._watch)

    def subscribe(
        self,
        name: str,
        handler: Handler = record,
        *,
        types: Sequence[str] = (FACT,),
        bulk: Callable[[UnitOfWork, Sequence[Event]], None] | None = None,
        latest_only: bool = False,
        batch: int = 100,
        schedule: Schedule = QUICK,
    ) -> BatchProcessor:
        """Start a consumer named `name`, and its new attempts."""
        self.expect(name, types=types)
        consumer = f"{self.service}.{name}"

        def each(uow: UnitOfWork, events: Sequence[Event]) -> None:
            for event in events:
                uow.follow(event)
                handler(uow, event)

        processor = BatchProcessor(
            consumer,
            self.incoming,
            bulk or each,
            types=types,
            latest_only=latest_only,
            schedule=schedule,
        )
        self.carry()
        self.start(self.transport(processor, types, batch))
        self.start(Retrier(self.service, self.database, {consumer: processor}))
        return processor

    def transport(self, processor: BatchProcessor, types: Sequence[str], batch: int) -> Any:
        if self.amqp_url:
            wanted = topology.of(self.service, self.catalogue)
            return AmqpTransport(processor, self.amqp_url, processor.consumer, wanted, batch=batch)
        assert self._watch is not None
        return LocalTransport(processor, self._watch, types, batch=batch)

    def start(self, loop: Any) -> threading.Thread:
        def guarded() -> None:
            try:
                loop.run()
            except BaseException as error:
                self.errors.append(error)
                raise

        thread = threading.Thread(target=guarded, daemon=True)
        self._running.append((loop, thread))
        thread.start()
        return thread

    def consumers(self) -> list[AmqpTransport]:
        return [loop for loop, _ in self._running if isinstance(loop, AmqpTransport)]

    def stop_all(self) -> None:
        for loop, _ in self._running:
            loop.stop()
        for _, thread in self._running:
            thread.join(timeout=10)
            assert not thread.is_alive(), "une boucle ne s’arrête pas"
        self._running.clear()
        self._relay = self._watch = None

    def close(self) -> None:
        self.stop_all()
        if self.amqp_url:
            self._delete_queues()

    def _delete_queues(self) -> None:
        with broker.connect(self.amqp_url or "") as connection:
            channel = connection.channel()
            wanted = topology.of(self.emitter, self.catalogue)
            for queue in wanted.queues:
                channel.queue_delete(queue.name)
            channel.exchange_delete(topology.exchange_of(self.emitter))

    def rows(self, query: str, **parameters: Any) -> Sequence[sa.Row[Any]]:
        """Rows of the subscriber's database."""
        with self.database.session() as session:
            return session.execute(sa.text(query), parameters).all()

    def effects(self) -> list[uuid.UUID]:
        """Events whose effect was committed, in order of effect."""
        return [row.event_id for row in self.rows("SELECT event_id FROM effet ORDER BY n")]

    def dead(self) -> Sequence[sa.Row[Any]]:
        return self.rows("SELECT * FROM lettre_morte WHERE etat = 'MORTE' ORDER BY id")

    def wait_for(self, condition: Callable[[], Any], timeout: float = 20) -> Any:
        """Wait until the condition holds, and return its value; fail after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            assert time.monotonic() < deadline, f"rien après {timeout} s ; erreurs {self.errors}"
            time.sleep(0.02)
        return value


@contextmanager
def open_bench(
    emitter: Database, subscriber: Database, amqp_url: str | None = None
) -> Iterator[Bench]:
    bench = Bench(emitter, subscriber, amqp_url=amqp_url)
    try:
        yield bench
    finally:
        bench.close()
