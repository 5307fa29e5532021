"""The decisions of the batch processor, on a ledger in memory."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from sqlalchemy.exc import OperationalError

from shared.kernel.errors import ContractError, DomainError, TemporaryError
from shared.messaging import processing
from shared.messaging.delivery import Delivery
from shared.messaging.envelope import Event
from shared.messaging.failures import DatabaseAway, Schedule, Stopping, describe
from shared.messaging.ledger import Raw
from shared.messaging.processing import BatchProcessor

NOW = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
AWAY = OperationalError("", {}, psycopg2.OperationalError("server closed the connection"))


def event(number: int, type_: str = "t.v1") -> Event:
    return Event(
        id=uuid.UUID(int=number),
        type=type_,
        source="urn:siret:90070001400013:essai",
        subject="s",
        sequence=number,
        time=NOW,
        data={},
        correlation_id="c",
    )


class Memory:
    """Stands for the ledger and the transactions: what a rolled-back block wrote is forgotten."""

    def __init__(self) -> None:
        self.inbox: set[uuid.UUID] = set()
        self.parked: dict[uuid.UUID, str] = {}
        self.dead: list[tuple[uuid.UUID | None, str]] = []
        self.starts: dict[uuid.UUID, int] = {}
        self.effects: list[int] = []
        self.commits = 0
        self.away = 0
        self.clock = SimpleNamespace(now=lambda: NOW)
        self.database = SimpleNamespace(session=self.session)

    @contextmanager
    def session(self) -> Iterator[Any]:
        if self.away:
            self.away -= 1
            raise AWAY
        saved = (set(self.inbox), dict(self.parked), list(self.dead), list(self.effects))
        try:
            yield self
        except BaseException:
            self.inbox, self.parked, self.dead, self.effects = saved
            raise
        self.commits += 1

    @contextmanager
    def begin(self) -> Iterator[Any]:
        with self.session():
            yield self.join(self)

    def join(self, session: Any) -> Any:
        return SimpleNamespace(session=session, follow=lambda _: None, flush=lambda: None)

    # The ledger's functions; their first argument is the session.
    def claim(self, _session: Any, _consumer: str, events: Sequence[Event]) -> list[Event]:
        fresh = [e for e in events if e.id not in self.inbox]
        self.inbox |= {e.id for e in fresh}
        return fresh

    def suspect(self, _session: Any, _consumer: str, event_id: uuid.UUID) -> int | None:
        if event_id in self.inbox:
            return None
        self.starts[event_id] = self.starts.get(event_id, 0) + 1
        return self.starts[event_id]

    def clear(self, _session: Any, _consumer: str, event_id: uuid.UUID) -> None:
        self.starts.pop(event_id, None)

    def park(
        self, _session: Any, _consumer: str, parked: Event, error: Exception, _delay: float
    ) -> None:
        self.parked[parked.id] = describe(error)

    def bury(
        self, _session: Any, _consumer: str, buried: Event | None, error: Any, **_: Any
    ) -> None:
        self.dead.append((buried.id if buried else None, error.code))


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    memory = Memory()
    monkeypatch.setattr(processing, "ledger", memory)
    return memory


Fails = Callable[[Event], None]


def processor(memory: Memory, fails: Fails | None = None, **options: Any) -> BatchProcessor:
    def handle(_uow: Any, events: Sequence[Event]) -> None:
        for each in events:
            memory.effects.append(each.id.int)
            if fails:
                fails(each)

    return BatchProcessor("abonne.on_t", memory, handle, types=["t.v1"], **options)  # type: ignore[arg-type]


def only(number: int, error: Exception, times: int = 1000) -> Fails:
    """Fail `times` times, for that event only."""
    left = [times]

    def fails(each: Event) -> None:
        if each.id.int == number and left[0] > 0:
            left[0] -= 1
            raise error

    return fails


def deliveries(*numbers: int, attempts: int = 0) -> list[Delivery]:
    return [Delivery(event(number), attempts) for number in numbers]


def no_pause(_seconds: float) -> None:
    """Time is not what these tests are about."""


def test_a_batch_is_one_transaction(memory: Memory) -> None:
    processor(memory).process(deliveries(1, 2, 3))
    assert (memory.effects, memory.commits) == ([1, 2, 3], 1)


def test_what_was_done_is_not_done_again(memory: Memory) -> None:
    ours = processor(memory)
    ours.process(deliveries(1, 2))
    ours.process(deliveries(2, 1, 3))
    assert memory.effects == [1, 2, 3]


def test_only_the_culprit_is_set_aside(memory: Memory) -> None:
    ours = processor(memory, only(2, TemporaryError("absent")))
    ours.process(deliveries(1, 2, 3), pause=no_pause)
    assert memory.effects == [1, 3]
    assert memory.parked == {event(2).id: "TemporaryError : absent"}
    assert memory.inbox == {event(n).id for n in (1, 2, 3)}


def test_a_passing_failure_gets_its_immediate_attempts(memory: Memory) -> None:
    pauses: list[float] = []
    ours = processor(memory, only(2, TemporaryError("absent"), times=4))
    ours.process(deliveries(1, 2, 3), pause=pauses.append)
    assert memory.effects == [1, 2, 3]
    assert not memory.parked
    assert [round(pause, 1) >= expected for pause, expected in zip(pauses, (0, 0.2, 0.8))] == [  # noqa: B905
        True,
        True,
        True,
    ]


def test_a_hopeless_event_is_dead_at_once(memory: Memory) -> None:
    pauses: list[float] = []
    ours = processor(memory, only(2, DomainError("non", code="quota_depasse")))
    ours.process(deliveries(1, 2), pause=pauses.append)
    assert memory.dead == [(event(2).id, "quota_depasse")]
    assert (memory.effects, pauses) == ([1], [])


def test_without_delayed_attempts_it_is_dead_after_the_immediate_ones(memory: Memory) -> None:
    schedule = Schedule(immediate=(0,), delayed=())
    error = TemporaryError("absent", code="annuaire_absent")
    processor(memory, only(1, error), schedule=schedule).process(deliveries(1), pause=no_pause)
    assert memory.dead == [(event(1).id, "annuaire_absent")]


def test_a_batch_of_culprits_does_not_hold_its_neighbours_long(memory: Memory) -> None:
    pauses: list[float] = []

    def fails(each: Event) -> None:
        if each.id.int < 100:
            raise TemporaryError("absent")

    processor(memory, fails).process(deliveries(*range(1, 101)), pause=pauses.append)
    assert memory.effects == [100]
    assert len(memory.parked) == 99
    assert sum(pauses) < processing.PATIENCE * 1.25 + 1.0


def test_an_outage_settles_nothing(memory: Memory) -> None:
    memory.away = 1
    ours = processor(memory)
    with pytest.raises(DatabaseAway):
        ours.process(deliveries(1, 2))
    assert not memory.inbox | memory.parked.keys()
    ours.process(deliveries(1, 2))
    assert memory.effects == [1, 2]


def test_an_outage_in_the_middle_of_an_isolation_blames_nobody(memory: Memory) -> None:
    outages = iter([TemporaryError("absent"), AWAY])

    def fails(each: Event) -> None:
        if each.id.int == 2 and (error := next(outages, None)):
            raise error

    ours = processor(memory, fails)
    with pytest.raises(DatabaseAway):
        ours.process(deliveries(1, 2, 3), pause=no_pause)
    ours.process(deliveries(1, 2, 3), pause=no_pause)
    assert memory.effects == [1, 2, 3]
    assert not memory.parked


def test_a_stop_during_a_pause_leaves_the_event_unsettled(memory: Memory) -> None:
    def stop(_seconds: float) -> None:
        raise Stopping

    ours = processor(memory, only(1, TemporaryError("absent")))
    with pytest.raises(Stopping):
        ours.process(deliveries(1), pause=stop)
    assert not memory.inbox | memory.parked.keys()


def test_what_cannot_be_read_is_buried_and_the_rest_done(memory: Memory) -> None:
    broken = Delivery(None, raw=Raw(b"{"), error=ContractError("x", code="enveloppe_illisible"))
    processor(memory).process([broken, *deliveries(1)])
    assert memory.dead == [(None, "enveloppe_illisible")]
    assert memory.effects == [1]


def test_an_unexpected_type_is_buried_once(memory: Memory) -> None:
    stranger = Delivery(event(5, "autre.v1"))
    ours = processor(memory)
    ours.process([stranger])
    ours.process([stranger])
    assert memory.dead == [(event(5).id, "type_inconnu")]


def test_events_often_redelivered_run_alone_behind_the_journal(memory: Memory) -> None:
    ours = processor(memory)
    ours.process(deliveries(1, 2, attempts=2))
    assert memory.effects == [1, 2]
    assert memory.commits == 4  # for each: the journal, then the effect
    assert not memory.starts


def test_an_event_that_killed_three_times_is_set_aside_and_its_neighbours_done(
    memory: Memory,
) -> None:
    memory.starts[event(2).id] = processing.DEADLY
    processor(memory).process(deliveries(1, 2, 3, attempts=4))
    assert memory.effects == [1, 3]
    assert memory.dead == [(event(2).id, "arrete_le_processus")]


def test_the_journal_ignores_what_is_already_done(memory: Memory) -> None:
    ours = processor(memory)
    ours.process(deliveries(1))
    for _ in range(processing.DEADLY + 2):
        ours.process(deliveries(1, attempts=3))
    assert (memory.effects, memory.dead) == ([1], [])


def test_a_refusal_takes_the_place_of_the_grave(memory: Memory) -> None:
    refused: list[tuple[int, str]] = []

    def refuse(_uow: Any, each: Event, error: Exception) -> bool:
        refused.append((each.id.int, str(error)))
        return True

    ours = processor(memory, only(1, DomainError("non")), refuse=refuse)
    ours.process(deliveries(1, 2))
    assert (refused, memory.dead, memory.effects) == ([(1, "non")], [], [2])


def test_a_refusal_may_be_declined(memory: Memory) -> None:
    ours = processor(memory, only(1, ContractError("non")), refuse=lambda *_: False)
    ours.process(deliveries(1))
    assert memory.dead == [(event(1).id, "contrat_non_respecte")]
