"""A reader behind the horizon never overtakes a commit, whatever the interleaving."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.messaging.horizon import Horizon, Observation

pytestmark = pytest.mark.timeout(60)


@dataclass
class Writer:
    """An open transaction and the row numbers that it has drawn."""

    xid: int
    rows: list[int] = field(default_factory=list)


class Journal(RuleBasedStateMachine):
    """PostgreSQL in miniature: a counter of transactions, one of rows, and snapshots on demand.

    As in the real one, a snapshot knows of no transaction newer than the last that has ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.horizon = Horizon()
        self.next_xid = 1
        self.last_ended = 0
        self.drawn = 0
        self.open: list[Writer] = []
        self.visible: set[int] = set()
        self.read: list[int] = []
        self.counted: int | None = None
        self.newest: int | None = None

    @rule()
    def begin(self) -> None:
        """The announcing trigger gives the xid before the first row number."""
        self.open.append(Writer(self.next_xid))
        self.next_xid += 1

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def insert(self, data: st.DataObject) -> None:
        writer = data.draw(st.sampled_from(self.open))
        self.drawn += 1
        writer.rows.append(self.drawn)

    @precondition(lambda self: self.open)
    @rule(data=st.data(), commits=st.booleans())
    def end(self, data: st.DataObject, commits: bool) -> None:
        writer = data.draw(st.sampled_from(self.open))
        self.open.remove(writer)
        self.last_ended = max(self.last_ended, writer.xid)
        if commits:
            self.visible |= set(writer.rows)

    @rule()
    def count_rows(self) -> None:
        """First of the three parts of an observation; others act between them."""
        self.counted, self.newest = self.drawn, None

    @precondition(lambda self: self.counted is not None and self.newest is None)
    @rule()
    def draw_an_xid(self) -> None:
        self.newest = self.last_ended = self.next_xid
        self.next_xid += 1

    @precondition(lambda self: self.newest is not None)
    @rule()
    def take_snapshot(self) -> None:
        known = [writer.xid for writer in self.open if writer.xid <= self.last_ended]
        oldest = min(known, default=self.last_ended + 1)
        self.horizon.observe(Observation(self.counted or 0, oldest, self.newest or 0))
        self.counted = self.newest = None
        last = self.read[-1] if self.read else 0
        self.read += sorted(n for n in self.visible if last < n <= self.horizon.safe)

    @invariant()
    def nothing_was_skipped(self) -> None:
        last = self.read[-1] if self.read else 0
        assert self.read == sorted(n for n in self.visible if n <= last)
        assert not [n for w in self.open for n in w.rows if n <= self.horizon.safe]


TestJournal = Journal.TestCase
TestJournal.settings = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_a_quiet_journal_is_readable_at_once() -> None:
    horizon = Horizon()
    assert horizon.observe(Observation(drawn=7, oldest=100, newest=100))
    assert (horizon.safe, horizon.waiting) == (7, False)


def test_a_row_waits_for_whoever_was_writing_when_it_was_seen() -> None:
    horizon = Horizon()
    assert not horizon.observe(Observation(drawn=7, oldest=98, newest=100))
    assert horizon.waiting
    assert not horizon.observe(Observation(drawn=9, oldest=99, newest=104))
    assert horizon.observe(Observation(drawn=9, oldest=100, newest=104))
    assert horizon.safe == 7


def test_it_never_goes_back() -> None:
    horizon = Horizon()
    horizon.observe(Observation(drawn=7, oldest=100, newest=100))
    assert not horizon.observe(Observation(drawn=3, oldest=101, newest=101))
    assert horizon.safe == 7
