"""Up to which row a growing journal may be read without ever overtaking a commit still to come.

Row numbers are drawn before the commit, so a reader that trusts `seq > last` skips whoever commits
late. Here a number is safe once every transaction that may have drawn a smaller one has ended.
Rows then come in `seq` order, which is commit order for each aggregate (its row is locked).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Observation:
    """Numbers drawn so far; then a transaction id above all theirs; then the oldest one open.

    Made in that order: whoever drew one of these numbers has an id below `newest`, and has ended
    once no open transaction is that old.
    """

    drawn: int
    oldest: int
    newest: int


class Horizon:
    """Feed it observations in the order in which they were made; `safe` never goes back."""

    def __init__(self) -> None:
        self.safe = 0
        self._candidate: Observation | None = None

    @property
    def waiting(self) -> bool:
        """Some rows wait for a transaction to end."""
        return self._candidate is not None

    def observe(self, seen: Observation) -> bool:
        """Take an observation into account; tell whether `safe` moved."""
        before = self.safe
        self._promote(seen)
        if self._candidate is None and seen.drawn > self.safe:
            self._candidate = seen
            self._promote(seen)
        return self.safe > before

    def _promote(self, seen: Observation) -> None:
        """The candidate's numbers are safe once all who could draw below them are gone."""
        if self._candidate is not None and seen.oldest >= self._candidate.newest:
            self.safe = self._candidate.drawn
            self._candidate = None
