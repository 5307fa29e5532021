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
    """A database in miniature: a counter of transactions, one of rows, and a snapshot on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.horizon = Horizon()
        self.next_xid = 1
        self.drawn = 0
        self.open: list[Writer] = []
        self.visible: set[int] = set()
        self.read: list[int] = []
        self.half_observed: int | None = None

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
        if commits:
            self.visible |= set(writer.rows)

    @rule()
    def count_rows(self) -> None:
        """First half of an observation; others act before the second."""
        self.half_observed = self.drawn

    @precondition(lambda self: self.half_observed is not None)
    @rule()
    def take_snapshot(self) -> None:
        xmin = min((writer.xid for writer in self.open), default=self.next_xid)
        self.horizon.observe(Observation(self.half_observed or 0, xmin, self.next_xid))
        self.half_observed = None
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
    assert horizon.observe(Observation(drawn=7, xmin=100, xmax=100))
    assert (horizon.safe, horizon.waiting) == (7, False)


def test_a_row_waits_for_whoever_was_writing_when_it_was_seen() -> None:
    horizon = Horizon()
    assert not horizon.observe(Observation(drawn=7, xmin=98, xmax=100))
    assert horizon.waiting
    assert not horizon.observe(Observation(drawn=9, xmin=99, xmax=104))
    assert horizon.observe(Observation(drawn=9, xmin=100, xmax=104))
    assert horizon.safe == 7


def test_it_never_goes_back() -> None:
    horizon = Horizon()
    horizon.observe(Observation(drawn=7, xmin=100, xmax=100))
    assert not horizon.observe(Observation(drawn=3, xmin=101, xmax=101))
    assert horizon.safe == 7
