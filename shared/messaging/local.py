"""The transport without a broker: each subscriber follows its emitters' journals by itself.

Its cursor is in its own database. A new subscriber starts at the beginning of the journal.
"""

import logging
import threading
import time
from collections.abc import Collection

import sqlalchemy as sa

from shared.db.database import Database
from shared.messaging import faults, journal, metrics
from shared.messaging.delivery import Delivery
from shared.messaging.failures import Backoff, DatabaseAway, Stopping
from shared.messaging.processing import SUSPICIOUS, BatchProcessor

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
STRIDE = 10_000  # rows of no interest passed before the cursor is worth a write

_POSITION = sa.text("SELECT seq FROM curseur WHERE consumer = :consumer AND emitter = :emitter")
_MOVE = sa.text(
    """
    INSERT INTO curseur AS c (consumer, emitter, seq) VALUES (:consumer, :emitter, :seq)
    ON CONFLICT (consumer, emitter) DO UPDATE SET seq = greatest(c.seq, excluded.seq)
    """
)


class LocalTransport:
    """One consumer following one journal; `run` returns after `stop`."""

    def __init__(
        self,
        processor: BatchProcessor,
        watch: journal.Watch,
        types: Collection[str],
        *,
        source: str = journal.OUTBOX,
        batch: int = 100,
    ) -> None:
        self.processor = processor
        self.connected = False
        self.last_turn = time.monotonic()
        self._watch = watch
        self._types = types
        self._source = source
        self._batch = batch
        self._subscriber = watch.subscribe(source, types)
        self._database: Database = processor.transactions.database
        self._key = {"consumer": processor.consumer, "emitter": f"{watch.emitter}.{source}"}
        self._stopping = threading.Event()
        self._saved = 0

    def stop(self) -> None:
        self._stopping.set()
        self._subscriber.bell.set()

    def beat(self) -> None:
        """Nothing to keep alive but the sign of life itself."""
        self.last_turn = time.monotonic()

    def run(self) -> None:
        """Follow the journal until stopped, through any outage of either database."""
        backoff = Backoff()
        while not self._stopping.is_set():
            try:
                self._follow(backoff)
            except Stopping:
                return
            except (DatabaseAway, sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                self.connected = False
                delay = backoff.next()
                name = self.processor.consumer
                log.warning("%s : base absente (%s), reprise dans %.1f s", name, error, delay)
                self._stopping.wait(delay)

    def _follow(self, backoff: Backoff) -> None:
        """The first batch is watched: we may have just died of it."""
        position = self._position()
        attempts = SUSPICIOUS
        while not self._stopping.is_set():
            self.beat()
            metrics.PROGRESS.labels(self.processor.consumer).set_to_current_time()
            self._subscriber.bell.clear()
            moved = self._turn(position, attempts)
            self.connected = True
            backoff.reset()
            if moved == position:
                self._subscriber.bell.wait(POLL_SECONDS)
                continue
            position, attempts = moved, 0

    def _turn(self, after: int, attempts: int) -> int:
        """Settle the next batch; return the new position."""
        until = self._watch.safe(self._source)
        if until <= after:
            return after
        entries = journal.read(
            self._watch.database,
            self._source,
            self._types,
            after=after,
            until=until,
            limit=self._batch,
        )
        if entries:
            deliveries = [Delivery(entry.event, attempts) for entry in entries]
            self.processor.process(deliveries, pause=self._pause)
            faults.point("before_ack")
        position = entries[-1].seq if len(entries) == self._batch else until
        if entries or position - self._saved > STRIDE:
            self._move(position)
        return position

    def _position(self) -> int:
        with self._database.session() as session:
            self._saved = session.execute(_POSITION, self._key).scalar() or 0
        return self._saved

    def _move(self, position: int) -> None:
        with self._database.session() as session:
            session.execute(_MOVE, {**self._key, "seq": position})
        self._saved = position

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Stopping
        self.beat()
