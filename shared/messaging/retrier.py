"""Gives set-aside events their new attempts, and buries those that have had them all."""

import logging
import threading
import time
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.db.database import Database
from shared.messaging import faults, ledger, metrics, wire
from shared.messaging.delivery import extras
from shared.messaging.envelope import Event
from shared.messaging.failures import (
    Backoff,
    DatabaseAway,
    KillsTheProcess,
    Verdict,
    cause_of,
    describe,
    jittered,
    judge,
)
from shared.messaging.processing import BatchProcessor

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
GAUGES_SECONDS = 5.0

_DUE = sa.text(
    """
    SELECT consumer, event_id AS id, enveloppe FROM message_en_attente
    WHERE due_at <= clock_timestamp() AND consumer = ANY(:consumers) ORDER BY due_at LIMIT 1
    """
)
_TAKE = sa.text(
    """
    SELECT attempts FROM message_en_attente
    WHERE consumer = :consumer AND event_id = :id AND due_at <= clock_timestamp()
    FOR UPDATE SKIP LOCKED
    """
)
_DONE = sa.text("DELETE FROM message_en_attente WHERE consumer = :consumer AND event_id = :id")
_LATER = sa.text(
    """
    UPDATE message_en_attente SET attempts = attempts + 1, cause = :cause, erreur = :erreur,
        due_at = clock_timestamp() + make_interval(secs => :delay)
    WHERE consumer = :consumer AND event_id = :id
    """
)
_GAUGES = sa.text(
    """
    SELECT (SELECT count(*) FROM message_en_attente) AS pending,
           (SELECT count(*) FROM lettre_morte WHERE etat = 'MORTE') AS dead
    """
)


class Retrier:
    """One per service and process; several processes share the work row by row."""

    def __init__(
        self, service: str, database: Database, processors: Mapping[str, BatchProcessor]
    ) -> None:
        self.service = service
        self.last_turn = time.monotonic()
        self._database = database
        self._processors = processors
        self._stopping = threading.Event()
        self._gauges_due = 0.0

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Try what is due, once a second, until stopped."""
        backoff = Backoff()
        while not self._stopping.is_set():
            self.last_turn = time.monotonic()
            try:
                idle = not self.turn()
                backoff.reset()
            except (DatabaseAway, sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                log.warning("reprises %s : base de données absente (%s)", self.service, error)
                self._stopping.wait(backoff.next())
                continue
            if idle:
                self._stopping.wait(POLL_SECONDS)

    def turn(self) -> bool:
        """Attempt the event that has been due the longest; tell whether there was one."""
        with self._database.session() as session:
            self._refresh_gauges(session)
            due = session.execute(_DUE, {"consumers": list(self._processors)}).first()
        if due is None:
            return False
        processor = self._processors[due.consumer]
        event = wire.read(due.enveloppe)
        deadly = processor.started_too_often(event)
        error = KillsTheProcess() if deadly else self._attempt(processor, event)
        if error is not None:
            self._failed(processor, event, error)
        return True

    def _attempt(self, processor: BatchProcessor, event: Event) -> Exception | None:
        """The effect and the end of the wait, in one transaction; return what went wrong."""
        key = {"consumer": processor.consumer, "id": event.id}
        try:
            with self._database.session() as session:
                if session.execute(_TAKE, key).first() is not None:
                    processor.attempt(session, event)
                    session.execute(_DONE, key)
                    faults.point("after_effect")
        except Exception as error:  # a handler may raise anything; here it is data
            if judge(error) is Verdict.OUTAGE:
                raise DatabaseAway(describe(error)) from error
            return error
        return None

    def _failed(self, processor: BatchProcessor, event: Event, error: Exception) -> None:
        key = {"consumer": processor.consumer, "id": event.id}
        with self._database.session() as session:
            attempts = session.execute(_TAKE, key).scalar()
            if attempts is None:
                return
            ledger.clear(session, processor.consumer, event.id)
            delay = processor.schedule.delay_after(attempts + 1)
            if judge(error) is Verdict.PERMANENT or delay is None:
                processor.settle_failure(session, event, error, attempts=attempts + 2)
                session.execute(_DONE, key)
                return
            later = {"delay": jittered(delay), "cause": cause_of(error), "erreur": describe(error)}
            session.execute(_LATER, key | later)
        name = processor.consumer
        log.warning("%s : remis à plus tard (%s)", name, describe(error), extra=extras(event))

    def _refresh_gauges(self, session: Session) -> None:
        if time.monotonic() < self._gauges_due:
            return
        self._gauges_due = time.monotonic() + GAUGES_SECONDS
        row = session.execute(_GAUGES).one()
        metrics.PENDING.labels(self.service).set(row.pending)
        metrics.DEAD_LETTERS.labels(self.service).set(row.dead)
