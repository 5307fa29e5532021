"""What a run proved, in the words of Jepsen's queue checker."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """Operations asked and answered by the clients, against the effects in a consumer's database.

    Whoever got no answer does not know: such an operation may have its effect or not, at will.
    """

    consumer: str
    attempted: Collection[str]
    acknowledged: Collection[str]
    effects: Counter[str]

    @property
    def lost(self) -> set[str]:
        """Acknowledged, without effect."""
        return set(self.acknowledged) - set(self.effects)

    @property
    def duplicated(self) -> set[str]:
        """More than one effect."""
        return {operation for operation, count in self.effects.items() if count > 1}

    @property
    def recovered(self) -> set[str]:
        """Nobody was told of their success, and they have their effect."""
        return (set(self.attempted) - set(self.acknowledged)) & set(self.effects)

    @property
    def unexpected(self) -> set[str]:
        """An effect of something that nobody asked."""
        return set(self.effects) - set(self.attempted)

    def __str__(self) -> str:
        counts = {
            "attempt": self.attempted,
            "acknowledged": self.acknowledged,
            "ok": set(self.effects) & set(self.attempted),
            "lost": self.lost,
            "duplicated": self.duplicated,
            "recovered": self.recovered,
            "unexpected": self.unexpected,
        }
        told = "  ".join(f"{name}-count {len(found)}" for name, found in counts.items())
        return f"{self.consumer:<9} {told}"

    def check(self) -> None:
        """Fail unless nothing was lost, doubled or invented."""
        assert not self.lost, f"{self} : perdus {sorted(self.lost)[:5]}"
        assert not self.duplicated, f"{self} : doublés {sorted(self.duplicated)[:5]}"
        assert not self.unexpected, f"{self} : inattendus {sorted(self.unexpected)[:5]}"


def verdicts(
    attempted: Collection[str],
    acknowledged: Collection[str],
    effects: Iterable[tuple[str, str]],
    consumers: Collection[str],
) -> list[Verdict]:
    """One verdict for each consumer, from its (consumer, operation) rows."""
    found: dict[str, Counter[str]] = {name: Counter() for name in consumers}
    for consumer, operation in effects:
        found[consumer][operation] += 1
    return [Verdict(name, attempted, acknowledged, counts) for name, counts in found.items()]
