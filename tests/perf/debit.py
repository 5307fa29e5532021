"""How many events a second each contender settles, from a queue that is already full."""

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from shared.messaging import topology
from tests.kit.processus import Processus, wait_for
from tests.perf.atelier import FACT, Atelier, await_calm, bare, structured
from tests.perf.pairs.commun import QUEUE

PAIRS = Path(__file__).parent / "pairs"
PYTHON = os.environ.get("PERF_PYTHON", sys.executable)
CALM_SECONDS = float(os.environ.get("PERF_CALM", "15"))  # waited for a calm machine, at most
FOREIGN = 0.3  # cores that others may use during a run before it is made again
TRIES = 4
SKIPPED = 0.05  # share of the rows before the watch starts: connections, imports
PATIENCE = 180.0
STOCK_QUEUE = f"evt-publication-{FACT}--perf.on_avis"
OURS = topology.consumer_queues("perf.on_avis", ())[1]
_DRAMATIQ = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{QUEUE}.XQ"}


def _dramatiq(event_id: str) -> str:
    event = json.loads(structured(event_id))
    return json.dumps(
        {
            "queue_name": QUEUE,
            "actor_name": "on_avis",
            "args": [event],
            "kwargs": {},
            "options": {},
            "message_id": str(uuid.uuid4()),
            "message_timestamp": int(time.time() * 1000),
        }
    )


@dataclass(frozen=True)
class Contender:
    """A way of doing the same work; `events` is how many make a run of some seconds.

    `tuned` does more than the others do: shown beside them, not compared with.
    """

    name: str
    command: Sequence[str]
    prepare: Callable[[Atelier, int], None]
    events: int
    ours: bool = False
    tuned: bool = False


def _classic(body: Callable[[str], str], queue: str, exchange: str | None = None) -> Callable:
    def prepare(atelier: Atelier, count: int) -> None:
        atelier.queue(queue, _DRAMATIQ if body is _dramatiq else {}, exchange)
        atelier.fill(queue, count, body)

    return prepare


def _ours(atelier: Atelier, count: int) -> None:
    atelier.queue(OURS.name, OURS.arguments)
    atelier.fill(OURS.name, count, bare)


def _mine(handlers: str) -> Sequence[str]:
    return (sys.executable, "-m", "tests.perf.pairs.essaim_worker", handlers)


CONTENDERS = (
    Contender("essaim, gestionnaire ORM", _mine("orm"), _ours, 15_000, ours=True),
    Contender("essaim, gestionnaire par lot", _mine("bulk"), _ours, 20_000, ours=True),
    Contender(
        "nameko 2.14.1 @event_handler, 10 workers",
        (PYTHON, str(PAIRS / "nameko_stock.py")),
        _classic(structured, STOCK_QUEUE, "publication.events"),
        4_000,
    ),
    Contender(
        "dramatiq 2.2, 1 processus, 10 fils",
        (PYTHON, "-m", "dramatiq", "dramatiq_pair", "-p1", "-t10"),
        _classic(_dramatiq, QUEUE),
        4_000,
    ),
    Contender(
        "dramatiq 2.2, ses deux requêtes fondues à la main",
        ("env", "PERF_MERGED=1", PYTHON, "-m", "dramatiq", "dramatiq_pair", "-p1", "-t10"),
        _classic(_dramatiq, QUEUE),
        4_000,
        tuned=True,
    ),
    Contender(
        "FastStream 0.7, asyncpg, 10 à la fois",
        (PYTHON, str(PAIRS / "faststream_pair.py")),
        _classic(structured, QUEUE),
        4_000,
    ),
)


@dataclass(frozen=True)
class Run:
    """One measure: events per second, and microseconds of processor per event."""

    rate: float
    cpu_us: float
    foreign: float  # cores used meanwhile by whoever is not part of the measurement


def run(atelier: Atelier, contender: Contender, folder: Path) -> Run:
    """The first of four tries during which others left the machine alone, else the calmest."""
    tries: list[Run] = []
    while len(tries) < TRIES and (not tries or tries[-1].foreign > FOREIGN):
        tries.append(_try(atelier, contender, folder))
    return min(tries, key=lambda run: run.foreign)


def _try(atelier: Atelier, contender: Contender, folder: Path) -> Run:
    """Fill, start, watch the rows from 5 % to 100 %, check that each event has exactly one."""
    url = atelier.fresh("perf")
    contender.prepare(atelier, contender.events)
    env = {
        "PERF_URL": url,
        "PERF_DSN": atelier.dsn("perf"),
        "AMQP_URL": atelier.broker.url,
        "PYTHONPATH": os.pathsep.join([str(PAIRS), str(PAIRS.parents[2])]),
        "PYTHONWARNINGS": "ignore",
    }
    process = Processus("pair", contender.command, env=env, folder=folder)
    try:
        await_calm(CALM_SECONDS)
        with atelier.connection() as connection:
            process.start()
            return _watch(atelier, connection, process, contender.events)
    finally:
        process.kill9()


def _watch(atelier: Atelier, connection: sa.Connection, process: Processus, events: int) -> Run:
    def written() -> int:
        last, called = connection.exec_driver_sql(
            "SELECT last_value, is_called FROM projection_id_seq"
        ).one()
        return int(last) if called else 0

    def reached(count: int) -> int:
        """Poll often enough to date the moment, seldom enough to cost nothing."""
        deadline = time.monotonic() + PATIENCE
        while (n := written()) < count:
            assert process.alive, process.log[-3000:]
            assert time.monotonic() < deadline, f"{n} sur {count}\n{process.log[-3000:]}"
            time.sleep(0.02)
        return n

    start = reached(int(events * SKIPPED))
    before = atelier.cpu(process.pid)
    reached(events)
    after = atelier.cpu(process.pid)
    count = sa.text("SELECT count(*), count(DISTINCT event_id) FROM projection")
    wait_for(lambda: tuple(connection.execute(count).one()) == (events, events), 10)
    seconds = after.at - before.at
    foreign = (after.machine - before.machine) - (after.ours - before.ours)
    return Run(
        rate=(events - start) / seconds,
        cpu_us=(after.process - before.process) / (events - start) * 1e6,
        foreign=foreign / seconds,
    )
