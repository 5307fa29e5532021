"""The relay: carries committed events from the outbox to the broker, in order, exactly one active.

It reads in `seq` order whatever is not yet marked, so a late commit is never skipped; it marks
only what the broker has confirmed, so a crash repeats events but never loses one.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from shared.contracts import catalogue as contracts
from shared.contracts.catalogue import Catalogue
from shared.messaging import broker, faults, metrics, topology, wire
from shared.messaging.failures import Backoff
from shared.messaging.publisher import Message, Publisher, Receipt
from shared.messaging.uow import UnitOfWork
from shared.messaging.wakeup import OwnConnection

log = logging.getLogger(__name__)

BATCH = 200
POLL_SECONDS = 1.0
BLOCKED_SECONDS = 5.0
GAUGES_SECONDS = 5.0

_LEAD = "SELECT pg_try_advisory_lock(hashtext('essaim.relay'))"
_READ = """
SELECT seq, id, type, source, subject, sequence, time, data::text AS body,
       correlation_id, causation_id, traceparent, destinataire
FROM outbox WHERE published_at IS NULL AND type <> ALL(:blocked) ORDER BY seq LIMIT :batch
"""
_MARK = "UPDATE outbox SET published_at = clock_timestamp() WHERE seq = ANY(:seqs)"
_GAUGES = """
SELECT count(*) AS n, greatest(0, extract(epoch FROM clock_timestamp() - min(time))) AS age
FROM outbox WHERE published_at IS NULL
"""
_REPUBLISH = """
UPDATE outbox SET published_at = NULL
WHERE time >= :since AND published_at IS NOT NULL RETURNING seq
"""


class Relay:
    """One service's relay; any number may run, one works. `run` returns after `stop`."""

    def __init__(
        self,
        service: str,
        database_url: str,
        amqp_url: str,
        *,
        catalogue: Catalogue | None = None,
        batch: int = BATCH,
        listen: bool = True,
        poll: float = POLL_SECONDS,
    ) -> None:
        self.service = service
        self.leading = False
        self.connected = False
        self.last_turn = time.monotonic()
        self._database_url = database_url
        self._amqp_url = amqp_url
        self._catalogue = catalogue or contracts.load()
        self._batch = batch
        self._listen = listen
        self._poll = poll
        self._stopping = threading.Event()
        self._database: OwnConnection | None = None
        self._publisher: Publisher | None = None
        self._members: set[str] = set()
        self._blocked: dict[str, float] = {}
        self._gauges_due = 0.0

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Lead when it is our turn, relay, and start again after any outage."""
        backoff = Backoff()
        while not self._stopping.is_set():
            self.last_turn = time.monotonic()
            try:
                if self._step():
                    backoff.reset()
            except sa.exc.DBAPIError as error:
                self._drop_database()
                self._rest("base de données absente", error, backoff)
            except broker.ERRORS as error:
                self._drop_publisher()
                self._rest("RabbitMQ absent", error, backoff)
        self._drop_publisher()
        self._drop_database()

    def _rest(self, what: str, error: Exception, backoff: Backoff) -> None:
        delay = backoff.next()
        log.warning("relais %s : %s (%s), reprise dans %.1f s", self.service, what, error, delay)
        self._stopping.wait(delay)

    def _step(self) -> bool:
        """One turn; tell whether some events were relayed."""
        database = self._lead()
        if database is None:
            self._stopping.wait(self._poll)
            return False
        self._refresh_gauges(database)
        relayed = self.turn(database, self._open_publisher())
        if relayed < self._batch:
            database.wait(self._poll)
            self._open_publisher().beat()
        return relayed > 0

    def _lead(self) -> OwnConnection | None:
        """The connection that holds the lock, or None while another relay holds it."""
        if self._database is None:
            name = f"essaim-{self.service}-relay"
            self._database = OwnConnection(
                self._database_url, application_name=name, listen=self._listen
            )
        if not self.leading:
            self.leading = bool(self._database.execute(_LEAD).scalar())
            metrics.RELAY_LEADER.labels(self.service).set(self.leading)
        return self._database if self.leading else None

    def turn(self, database: OwnConnection, publisher: Publisher) -> int:
        """Relay one batch; return how many rows it held."""
        started = time.perf_counter()
        rows = database.execute(
            _READ, {"blocked": self._blocked_types(), "batch": self._batch}
        ).all()
        if not rows:
            return 0
        self._declare_members(publisher, rows)
        publisher.publish(_message(row) for row in rows)
        faults.point("after_publish")
        receipt = publisher.wait()
        faults.point("before_mark")
        database.execute(_MARK, {"seqs": self._delivered(rows, receipt)})
        metrics.PUBLISH_SECONDS.labels(self.service).observe(time.perf_counter() - started)
        return len(rows)

    def _open_publisher(self) -> Publisher:
        if self._publisher is None:
            self._publisher = Publisher(self._amqp_url)
            self._members.clear()
            broker.ensure(self._publisher.connection, topology.of(self.service, self._catalogue))
            self.connected = True
        return self._publisher

    def _declare_members(self, publisher: Publisher, rows: Sequence[sa.Row[Any]]) -> None:
        """An answer must find its queue even if the member has never connected."""
        for siret in {row.destinataire for row in rows if row.destinataire} - self._members:
            wanted = topology.Topology((topology.OUTBOUND,), (topology.member_queue(siret),))
            broker.ensure(publisher.connection, wanted)
            self._members.add(siret)

    def _delivered(self, rows: Sequence[sa.Row[Any]], receipt: Receipt) -> list[int]:
        """Rows to mark: confirmed ones, and those that nobody is meant to hear."""
        delivered = []
        for row in rows:
            outcome = self._outcome(row, receipt)
            metrics.PUBLISHED.labels(row.type, outcome).inc()
            if outcome in {"ok", "unheard"}:
                delivered.append(row.seq)
            else:
                self._block(row.type, outcome)
        return delivered

    def _outcome(self, row: sa.Row[Any], receipt: Receipt) -> str:
        if str(row.id) in receipt.refused:
            return "refused"
        if str(row.id) not in receipt.returned:
            return "ok"
        heard = row.destinataire or row.type not in self._catalogue
        return "returned" if heard or self._catalogue.get(row.type).listeners else "unheard"

    def _block(self, type_: str, outcome: str) -> None:
        """Set this type aside for a while: the others must not wait behind it."""
        if type_ not in self._blocked:
            log.error("relais %s : %s non remis (%s)", self.service, type_, outcome)
        self._blocked[type_] = time.monotonic() + BLOCKED_SECONDS
        self._drop_publisher()

    def _blocked_types(self) -> list[str]:
        now = time.monotonic()
        self._blocked = {type_: until for type_, until in self._blocked.items() if until > now}
        return list(self._blocked)

    def _refresh_gauges(self, database: OwnConnection) -> None:
        if time.monotonic() < self._gauges_due:
            return
        self._gauges_due = time.monotonic() + GAUGES_SECONDS
        row = database.execute(_GAUGES).one()
        metrics.OUTBOX_UNPUBLISHED.labels(self.service).set(row.n)
        metrics.OUTBOX_OLDEST.labels(self.service).set(float(row.age or 0))

    def _drop_database(self) -> None:
        self.leading = False
        metrics.RELAY_LEADER.labels(self.service).set(0)
        if self._database is not None:
            self._database.close()
            self._database = None

    def _drop_publisher(self) -> None:
        self.connected = False
        if self._publisher is not None:
            publisher, self._publisher = self._publisher, None
            publisher.close()


def _message(row: sa.Row[Any]) -> Message:
    service = row.source.rpartition(":")[2]
    return Message(
        id=str(row.id),
        exchange=topology.OUTBOUND if row.destinataire else topology.exchange_of(service),
        routing_key=row.destinataire or row.type,
        headers=wire.headers(row),
        body=row.body.encode(),
    )


def republish(uow: UnitOfWork, since: dt.datetime) -> int:
    """Hand every event since `since` to the relay again; consumers drop what they already did.

    The cure for a broker that lost its disk. Return how many events will leave.
    """
    count = len(uow.session.execute(sa.text(_REPUBLISH), {"since": since}).all())
    uow.audit("outbox.republier", "outbox", {"depuis": since, "evenements": count})
    return count
