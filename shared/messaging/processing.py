"""What happens to a batch of events, whatever brought it: the heart of every consumer.

One transaction for the whole batch; if it fails, one per event, so that only the culprit is set
aside. When `process` returns, every delivery is settled in the database and may be acknowledged.
"""

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session

from shared.kernel.errors import ContractError
from shared.messaging import faults, ledger, metrics
from shared.messaging.delivery import Delivery, Pause, extras
from shared.messaging.envelope import Event
from shared.messaging.failures import (
    DatabaseAway,
    KillsTheProcess,
    Schedule,
    Verdict,
    describe,
    jittered,
    judge,
)
from shared.messaging.uow import Transactions, UnitOfWork

log = logging.getLogger(__name__)

SUSPICIOUS = 2  # deliveries already lost before an event is watched
DEADLY = 3  # starts that may end with the process before an event is set aside
PATIENCE = 3.0  # seconds of immediate new attempts that one batch may cost its neighbours

Handle = Callable[[UnitOfWork, Sequence[Event]], None]
Refuse = Callable[[UnitOfWork, Event, Exception], bool]


class BatchProcessor:
    """Settles deliveries for one consumer, each effect exactly once in its database.

    `handle` receives the unit of work and the fresh events. `refuse`, if given, may answer an
    event that can never succeed, in a transaction of its own; it returns False to decline.
    """

    def __init__(
        self,
        consumer: str,
        transactions: Transactions,
        handle: Handle,
        *,
        types: Iterable[str],
        latest_only: bool = False,
        refuse: Refuse | None = None,
        schedule: Schedule | None = None,
    ) -> None:
        self.consumer = consumer
        self.transactions = transactions
        self.schedule = schedule or Schedule()
        self._handle = handle
        self._types = frozenset(types)
        self._latest_only = latest_only
        self._refuse = refuse
        self._patience = PATIENCE

    def process(self, deliveries: Sequence[Delivery], pause: Pause = time.sleep) -> None:
        """Settle every delivery, in order.

        Raise `DatabaseAway` when the database cannot tell, or whatever `pause` raises to stop:
        then nothing may be acknowledged, and the same deliveries may be presented again at will.
        """
        started = time.perf_counter()
        self._patience = PATIENCE
        events = [event for event in map(self._readable, deliveries) if event]
        if any(d.attempts >= SUSPICIOUS for d in deliveries):
            for event in events:
                self._watched(event, pause)
        elif events:
            self._together(events, pause)
        metrics.HANDLING_SECONDS.labels(self.consumer).observe(time.perf_counter() - started)

    def attempt(self, session: Session, event: Event) -> None:
        """Run once, in the caller's transaction, an event that had been set aside."""
        uow = self.transactions.join(session)
        self._run(uow, [event])
        ledger.clear(session, self.consumer, event.id)

    def settle_failure(
        self, session: Session, event: Event, error: Exception, attempts: int = 1
    ) -> None:
        """Answer or bury, in the caller's transaction, an event that can never succeed."""
        if self._refuse is not None:
            uow = self.transactions.join(session)
            uow.follow(event)
            if self._refuse(uow, event, error):
                uow.flush()
                self._count([event], "rejected")
                return
        ledger.bury(session, self.consumer, event, error, attempts=attempts)
        self._count([event], "dead_lettered")
        log.error("%s : lettre morte (%s)", self.consumer, describe(error), extra=extras(event))

    def started_too_often(self, event: Event) -> bool | None:
        """Journal one more start; True when this event kills processes, None when it is settled."""
        with self._session() as session:
            starts = ledger.suspect(session, self.consumer, event.id)
        return None if starts is None else starts > DEADLY

    def _readable(self, delivery: Delivery) -> Event | None:
        """The event; or None, and the message is in its grave."""
        event, error = delivery.event, delivery.error
        if event is not None and error is None and event.type not in self._types:
            error = ContractError(f"Type inattendu : {event.type}", code="type_inconnu")
        if error is None:
            return event
        with self._session() as session:
            if event is None or ledger.claim(session, self.consumer, [event]):
                ledger.bury(session, self.consumer, event, error, raw=delivery.raw)
        metrics.CONSUMED.labels(self.consumer, "?", "dead_lettered").inc()
        log.error("%s : lettre morte (%s)", self.consumer, describe(error))
        return None

    def _together(self, events: Sequence[Event], pause: Pause) -> None:
        error = self._try(events)
        if error is None:
            return
        if len(events) == 1:
            self._insist(events[0], error, pause)
            return
        log.info("%s : lot de %d rejoué un par un", self.consumer, len(events))
        for event in events:
            self._alone(event, pause)

    def _alone(self, event: Event, pause: Pause) -> None:
        error = self._try([event])
        if error is not None:
            self._insist(event, error, pause)

    def _watched(self, event: Event, pause: Pause) -> None:
        """Alone, and behind a journal: if the process dies now, we will know of which event."""
        deadly = self.started_too_often(event)
        if deadly:
            self._set_aside(event, KillsTheProcess())
        elif deadly is not None:
            self._alone(event, pause)

    def _insist(self, event: Event, error: Exception, pause: Pause) -> None:
        """A few immediate attempts, then set the event aside; the others have waited enough."""
        for delay in self.schedule.immediate:
            if judge(error) is Verdict.PERMANENT or self._patience <= 0:
                break
            self._patience -= delay
            pause(jittered(delay))
            again = self._try([event])
            if again is None:
                return
            error = again
        self._set_aside(event, error)

    def _set_aside(self, event: Event, error: Exception) -> None:
        delay = self.schedule.delay_after(0)
        with self._session() as session:
            if not ledger.claim(session, self.consumer, [event]):
                return
            ledger.clear(session, self.consumer, event.id)
            if judge(error) is Verdict.PERMANENT or delay is None:
                self.settle_failure(session, event, error)
                return
            ledger.park(session, self.consumer, event, error, jittered(delay))
        self._count([event], "retried")
        log.warning("%s : mis de côté (%s)", self.consumer, describe(error), extra=extras(event))

    def _try(self, events: Sequence[Event]) -> Exception | None:
        """One transaction; return what went wrong, raise `DatabaseAway` when it is an outage."""
        try:
            with self.transactions.begin() as uow:
                fresh = ledger.claim(uow.session, self.consumer, events)
                handled = self._run(uow, fresh) if fresh else []
                if len(events) == 1:
                    ledger.clear(uow.session, self.consumer, events[0].id)
                faults.point("after_effect")
        except Exception as error:  # a handler may raise anything; here it is data
            if judge(error) is Verdict.OUTAGE:
                raise DatabaseAway(describe(error)) from error
            return error
        self._observe(events, fresh, handled)
        return None

    def _run(self, uow: UnitOfWork, events: Sequence[Event]) -> Sequence[Event]:
        """Hand to the handler what is still worth it; return that."""
        if self._latest_only:
            events = ledger.newest(uow.session, self.consumer, events)
        if events:
            self._handle(uow, events)
        uow.flush()
        return events

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """A transaction for our own books."""
        try:
            with self.transactions.database.session() as session:
                yield session
        except Exception as error:
            if judge(error) is Verdict.OUTAGE:
                raise DatabaseAway(describe(error)) from error
            raise

    def _observe(
        self, events: Sequence[Event], fresh: Sequence[Event], handled: Sequence[Event]
    ) -> None:
        done = {event.id for event in handled}
        seen = {event.id for event in fresh}
        self._count(handled, "ok")
        self._count([e for e in fresh if e.id not in done], "superseded")
        self._count([e for e in events if e.id not in seen], "duplicate")
        if log.isEnabledFor(logging.DEBUG):
            for event in handled:
                log.debug("%s : fait", self.consumer, extra=extras(event))
        now = self.transactions.clock.now()
        latency = metrics.END_TO_END_SECONDS.labels(self.consumer)
        for event in handled:
            latency.observe(max(0.0, (now - event.time) / dt.timedelta(seconds=1)))

    def _count(self, events: Iterable[Event], outcome: str) -> None:
        for type_, number in Counter(event.type for event in events).items():
            metrics.CONSUMED.labels(self.consumer, type_, outcome).inc(number)
