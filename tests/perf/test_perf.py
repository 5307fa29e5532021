"""`make perf`: our consumer beside its peers, the relay, latency, memory; see docs/mesures.md."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.rabbitmq import RabbitMQ
from tests.perf import debit, latence
from tests.perf.atelier import Atelier
from tests.perf.debit import CONTENDERS, Contender, Run
from tests.perf.releve import Releve, median, table

pytestmark = [pytest.mark.perf, pytest.mark.timeout(1800)]

RUNS = int(os.environ.get("PERF_RUNS", "3"))
SECONDS = 10.0
ORM_TARGET, BULK_TARGET = 3.5, 6.0
MEMORY_MB = 200
P15_MS = 500


@pytest.fixture(scope="module")
def atelier(rabbitmq: RabbitMQ) -> Iterator[Atelier]:
    with tempfile.TemporaryDirectory(prefix="essaim-perf-") as folder:
        Path(folder).chmod(0o755)
        workshop = Atelier(Path(folder), rabbitmq)
        yield workshop
        workshop.close()


@pytest.fixture(scope="module")
def releve() -> Releve:
    return Releve()


def test_throughput_beside_peers(atelier: Atelier, releve: Releve, tmp_path: Path) -> None:
    """Rounds are interleaved, so that a busy minute of the machine hurts everybody alike."""
    runs: dict[Contender, list[Run]] = {contender: [] for contender in CONTENDERS}
    for turn in range(1, RUNS + 1):
        for contender in CONTENDERS:
            run = debit.run(atelier, contender, tmp_path)
            runs[contender].append(run)
            print(
                f"  tour {turn}  {contender.name:42}{run.rate:8.0f}/s  ({run.foreign:.2f} ailleurs)"
            )
    peers = [median(found).rate for c, found in runs.items() if not (c.ours or c.tuned)]
    best_peer = max(peers)
    ratios = {c.name: median(found).rate / best_peer for c, found in runs.items() if c.ours}
    releve.note(
        machine=latence.machine(),
        debit={c.name: [vars(run) for run in found] for c, found in runs.items()},
        rapports=ratios,
    )
    print(f"\n{latence.machine()}\n\n{table(runs, best_peer)}\n")
    orm, bulk = ratios.values()
    assert orm >= ORM_TARGET
    assert bulk >= BULK_TARGET


def test_relay_rate(atelier: Atelier, releve: Releve, tmp_path: Path) -> None:
    rate = latence.relay_rate(atelier, tmp_path)
    releve.note(relais=rate)
    print(
        f"\n  relais : {rate:.0f} événements/s, {latence.ROWS} confirmés par le courtier et marqués"
    )
    assert rate >= 500


@pytest.mark.parametrize("rate", [20, 50, 200])
@pytest.mark.parametrize("transport", ["amqp", "local"])
def test_P15_latency(
    atelier: Atelier, releve: Releve, tmp_path: Path, transport: str, rate: int
) -> None:
    found = latence.latency(atelier, tmp_path, transport=transport, rate=rate, seconds=SECONDS)
    releve.note(**{f"latence_{transport}_{rate}": vars(found)})
    told = ", ".join(f"{name} {getattr(found, name):.1f} ms" for name in ("p50", "p95", "p99"))
    print(f"\n  {transport} à {rate}/s : {told}")
    assert found.p95 <= P15_MS


def test_P13_memory_with_a_backlog(atelier: Atelier, releve: Releve, tmp_path: Path) -> None:
    found = latence.memory(atelier, tmp_path)
    releve.note(memoire_mo=vars(found))
    told = f"{found.start:.0f} Mo au départ, {found.peak:.0f} au plus"
    print(f"\n  {latence.BACKLOG} en attente : {told}")
    assert found.peak < MEMORY_MB
