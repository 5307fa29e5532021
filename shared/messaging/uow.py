"""Unit of work: one database transaction that holds a change, its events and its audit entries."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.contracts import catalogue
from shared.db import audit
from shared.db.database import Database
from shared.kernel.clock import Clock
from shared.kernel.ids import new_id
from shared.messaging import faults
from shared.messaging.envelope import Event, jsonable, source_urn
from shared.messaging.tables import outbox

_NEXT_SEQUENCES = sa.text(
    """
    INSERT INTO sequence_agregat AS s (subject, sequence)
    SELECT subject, n
    FROM unnest(cast(:subjects AS text[]), cast(:counts AS bigint[])) AS t (subject, n)
    ON CONFLICT (subject) DO UPDATE SET sequence = s.sequence + excluded.sequence
    RETURNING subject, sequence
    """
)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a change comes from: the flow it belongs to and the event that caused it."""

    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None


CURRENT: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The flow that this thread or greenlet works for; logs read it."""


@dataclass(frozen=True, slots=True)
class _Pending:
    id: uuid.UUID
    type: str
    subject: str
    time: dt.datetime
    data: Mapping[str, Any]
    destinataire: str | None
    trace: Trace


class UnitOfWork:
    """What a use case receives: the session, the clock, and a way to tell what happened.

    Events and audit entries are buffered and written just before the commit, so that the locks
    which order them are held for the shortest time, and always taken in the same order.
    """

    def __init__(
        self, session: Session, *, clock: Clock, service: str, siret: str, trace: Trace, acteur: str
    ) -> None:
        self.session = session
        self.clock = clock
        self.siret = siret
        self.trace = trace
        self.acteur = acteur
        self._source = source_urn(siret, service)
        self._events: list[_Pending] = []
        self._entries: list[audit.Entry] = []

    def new_id(self) -> uuid.UUID:
        return new_id(self.clock)

    def follow(self, event: Event) -> None:
        """Whatever is said and recorded from now on was caused by `event`."""
        self.trace = Trace(event.correlation_id, str(event.id), event.traceparent)
        CURRENT.set(self.trace)

    def emit(
        self,
        type_: str,
        *,
        subject: str,
        data: Mapping[str, Any],
        destinataire: str | None = None,
    ) -> uuid.UUID:
        """State a fact about `subject`; raise `ContractError` when the payload breaks its contract.

        The event leaves only if the transaction commits. Its sequence is the subject's next one.
        """
        payload = jsonable(data)
        catalogue.load().validate(type_, payload)
        event_id = self.new_id()
        self._events.append(
            _Pending(event_id, type_, subject, self.clock.now(), payload, destinataire, self.trace)
        )
        return event_id

    def audit(self, action: str, objet: str, details: Mapping[str, Any] | None = None) -> None:
        """Record a decision in the append-only journal."""
        self._entries.append(
            audit.Entry(
                self.clock.now(),
                self.acteur,
                action,
                objet,
                jsonable(details or {}),
                self.trace.correlation_id,
            )
        )

    def flush(self) -> None:
        """Write the buffered events and audit entries; called once, before the commit."""
        self.session.flush()
        if self._events:
            self.session.execute(sa.insert(outbox), self._rows())
            self._events.clear()
        if self._entries:
            audit.append(self.session, self._entries)
            self._entries.clear()

    def _rows(self) -> list[dict[str, Any]]:
        last = self._reserve_sequences()
        rows = []
        for event in reversed(self._events):
            rows.append(
                {
                    "id": event.id,
                    "type": event.type,
                    "source": self._source,
                    "subject": event.subject,
                    "sequence": last[event.subject],
                    "time": event.time,
                    "data": event.data,
                    "correlation_id": event.trace.correlation_id,
                    "causation_id": event.trace.causation_id,
                    "traceparent": event.trace.traceparent,
                    "destinataire": event.destinataire,
                }
            )
            last[event.subject] -= 1
        return rows[::-1]

    def _reserve_sequences(self) -> dict[str, int]:
        """Reserve one number per event; subjects are locked in sorted order: no deadlock."""
        counts: dict[str, int] = {}
        for event in self._events:
            counts[event.subject] = counts.get(event.subject, 0) + 1
        subjects = sorted(counts)
        result = self.session.execute(
            _NEXT_SEQUENCES, {"subjects": subjects, "counts": [counts[s] for s in subjects]}
        )
        return {row.subject: row.sequence for row in result}


class Transactions:
    """Opens units of work for one service of one instance."""

    def __init__(self, database: Database, *, service: str, siret: str, clock: Clock) -> None:
        self.database = database
        self.service = service
        self.siret = siret
        self.clock = clock

    @contextmanager
    def begin(self, trace: Trace | None = None, acteur: str = "systeme") -> Iterator[UnitOfWork]:
        """One transaction: everything inside commits together, or nothing does."""
        with self.database.session() as session:
            uow = self.join(session, trace, acteur)
            token = CURRENT.set(uow.trace)
            try:
                yield uow
                uow.flush()
            finally:
                CURRENT.reset(token)
        faults.point("after_commit")

    def join(
        self, session: Session, trace: Trace | None = None, acteur: str = "systeme"
    ) -> UnitOfWork:
        """A unit of work inside a transaction that the caller commits, after `flush()`."""
        return UnitOfWork(
            session,
            clock=self.clock,
            service=self.service,
            siret=self.siret,
            trace=trace or Trace(correlation_id=str(new_id(self.clock))),
            acteur=acteur,
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for queries only."""
        with self.database.session() as session:
            yield session
