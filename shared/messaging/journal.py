"""Reading a service's journals (`outbox`, `entrant`) from its database, in order, woken by NOTIFY.

One `Watch` per database and process holds the only listening connection; every subscriber of that
process reads behind it.
"""

import logging
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from shared.db.database import Database
from shared.messaging import wire
from shared.messaging.envelope import Event
from shared.messaging.failures import Backoff
from shared.messaging.horizon import Horizon, Observation
from shared.messaging.wakeup import OwnConnection

log = logging.getLogger(__name__)

OUTBOX = "outbox"
INBOUND = "entrant"
POLL_SECONDS = 1.0
WAITING_SECONDS = (0.01, 0.2)

_DRAWN = """
SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_seq_seq) AS outbox,
       (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM entrant_seq_seq) AS entrant
"""
# A transaction of our own, above all that drew before it. A snapshot's xmax would not do: it is
# the last transaction that has ended, plus one, and says nothing of newer ones still open.
_NEWEST = "SELECT pg_current_xact_id()::text::bigint"
_OLDEST = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_TYPES = {
    OUTBOX: "SELECT DISTINCT type FROM outbox WHERE seq > :after AND seq <= :until",
    INBOUND: "SELECT DISTINCT type FROM entrant WHERE seq > :after AND seq <= :until",
}
_OUTBOX_ROWS = sa.text(
    """
    SELECT seq, id, type, source, subject, sequence, time, data, correlation_id, causation_id,
           traceparent, destinataire
    FROM outbox WHERE seq > :after AND seq <= :until AND type = ANY(:types) ORDER BY seq LIMIT :n
    """
)
_INBOUND_ROWS = sa.text(
    """
    SELECT seq, enveloppe
    FROM entrant WHERE seq > :after AND seq <= :until AND type = ANY(:types) ORDER BY seq LIMIT :n
    """
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event and its place in the journal."""

    seq: int
    event: Event


@dataclass(eq=False)
class Subscriber:
    """Someone to wake when a journal holds something new of these types."""

    journal: str
    types: frozenset[str]
    bell: threading.Event = field(default_factory=threading.Event)


def read(
    database: Database, journal: str, types: Collection[str], *, after: int, until: int, limit: int
) -> Sequence[Entry]:
    """The next entries of these types, oldest first."""
    query = _OUTBOX_ROWS if journal == OUTBOX else _INBOUND_ROWS
    parameters = {"after": after, "until": until, "types": list(types), "n": limit}
    with database.engine.connect() as connection:
        rows = connection.execute(query, parameters).mappings().all()
    if journal == INBOUND:
        return [Entry(row["seq"], wire.read(row["enveloppe"])) for row in rows]
    return [
        Entry(row["seq"], Event(**{k: v for k, v in row.items() if k != "seq"})) for row in rows
    ]


def safe_now(database: Database, patience: float = 1.0) -> int:
    """The last row of the outbox that may be read, for a reader that does not stay.

    Return 0 when a transaction open for longer than `patience` seconds hides the answer.
    """
    horizon = Horizon()
    deadline = time.monotonic() + patience
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        while horizon.safe == 0 and time.monotonic() < deadline:
            drawn = connection.execute(sa.text(_DRAWN)).one().outbox
            newest = connection.execute(sa.text(_NEWEST)).scalar_one()
            oldest = connection.execute(sa.text(_OLDEST)).scalar_one()
            horizon.observe(Observation(drawn, oldest, newest))
            if not horizon.waiting:
                break
            time.sleep(WAITING_SECONDS[0])
    return horizon.safe


class Watch:
    """Keeps the horizon of one database's journals and wakes those whom a change concerns."""

    def __init__(self, emitter: str, database: Database, *, listen: bool = True) -> None:
        self.emitter = emitter
        self.database = database
        self.connected = False
        self.last_turn = time.monotonic()
        self._listen = listen
        self._horizons = {OUTBOX: Horizon(), INBOUND: Horizon()}
        self._subscribers: list[Subscriber] = []
        self._stopping = threading.Event()

    def safe(self, journal: str) -> int:
        """The last row number that may be read."""
        return self._horizons[journal].safe

    def subscribe(self, journal: str, types: Collection[str]) -> Subscriber:
        subscriber = Subscriber(journal, frozenset(types))
        self._subscribers.append(subscriber)
        return subscriber

    def stop(self) -> None:
        self._stopping.set()
        for subscriber in self._subscribers:
            subscriber.bell.set()

    def run(self) -> None:
        """Watch until stopped, through any outage of the database."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                self._watch(backoff)
            except sa.exc.DBAPIError as error:
                self.connected = False
                delay = backoff.next()
                log.warning(
                    "journal %s absent (%s), reprise dans %.1f s", self.emitter, error, delay
                )
                self.last_turn = time.monotonic()
                self._stopping.wait(delay)
        self.connected = False

    def _watch(self, backoff: Backoff) -> None:
        connection = OwnConnection(
            self.database.url,
            application_name=f"essaim-{self.emitter}-journal",
            listen=self._listen,
        )
        try:
            patience = Backoff(*WAITING_SECONDS)
            while not self._stopping.is_set():
                self.last_turn = time.monotonic()
                if self.look(connection):
                    patience.reset()
                self.connected = True
                backoff.reset()
                waiting = any(horizon.waiting for horizon in self._horizons.values())
                connection.wait(patience.next() if waiting else POLL_SECONDS)
        finally:
            connection.close()

    def look(self, connection: OwnConnection) -> bool:
        """Tell what moved. Numbers, then the newest, then the oldest: the order is the proof."""
        drawn = connection.execute(_DRAWN).one()._mapping  # noqa: SLF001 - SQLAlchemy's public name
        if all(drawn[journal] <= horizon.safe for journal, horizon in self._horizons.items()):
            return False  # an idle look costs no transaction number
        newest = connection.execute(_NEWEST).scalar_one()
        oldest = connection.execute(_OLDEST).scalar_one()
        moved = False
        for journal, horizon in self._horizons.items():
            after = horizon.safe
            if horizon.observe(Observation(drawn[journal], oldest, newest)):
                self._wake(connection, journal, after, horizon.safe)
                moved = True
        return moved

    def _wake(self, connection: OwnConnection, journal: str, after: int, until: int) -> None:
        concerned = [s for s in self._subscribers if s.journal == journal]
        if not concerned:
            return
        rows = connection.execute(_TYPES[journal], {"after": after, "until": until})
        types = set(rows.scalars())
        for subscriber in concerned:
            if subscriber.types & types:
                subscriber.bell.set()
