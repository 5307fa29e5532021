"""What was measured: build/perf.json for machines, a table for the README."""

import json
from pathlib import Path
from typing import Any

from tests.perf.debit import Contender, Run

TARGET = Path(__file__).parents[2] / "build" / "perf.json"


class Releve:
    """Collects as the measurements go, writes after each: a run cut short keeps what it has."""

    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}

    def note(self, **figures: Any) -> None:
        self.figures |= figures
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(json.dumps(self.figures, indent=2, ensure_ascii=False) + "\n")


def median(runs: list[Run]) -> Run:
    """The run in the middle, by rate."""
    return sorted(runs, key=lambda run: run.rate)[len(runs) // 2]


def table(runs: dict[Contender, list[Run]], best_peer: float) -> str:
    """Markdown, fastest first."""
    lines = [
        "| consommateur | événements/s | meilleur tour | µs de processeur | × meilleur pair |",
        "|---|---:|---:|---:|---:|",
    ]
    for contender in sorted(runs, key=lambda c: -median(runs[c]).rate):
        middle = median(runs[contender])
        best = max(run.rate for run in runs[contender])
        lines.append(
            f"| {contender.name} | {_number(middle.rate)} | {_number(best)} "
            f"| {middle.cpu_us:.0f} | {_ratio(middle.rate / best_peer)} |"
        )
    return "\n".join(lines)


def _ratio(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")


def _number(value: float) -> str:
    """Thousands apart, as the French write them."""
    return f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
