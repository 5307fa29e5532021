"""From the commit of a fact to the commit of its effect, and how fast the relay alone goes."""

import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psutil
import sqlalchemy as sa

from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.messaging.uow import Transactions
from tests.kit.processus import Processus, python, wait_for
from tests.perf.atelier import FACT, SAMPLE, Atelier, bare, quantile
from tests.perf.debit import OURS

ROWS = 20_000
BACKLOG = 100_000
WARM_UP = 20
_FILL = sa.text(
    """
    INSERT INTO outbox (id, type, source, subject, sequence, time, data, correlation_id)
    SELECT gen_random_uuid(), :type, 'urn:siret:90070001400013:publication', 'avis-' || n, 1,
           now(), cast(:data AS jsonb), 'mesure'
    FROM generate_series(1, :rows) AS n
    """
)
_RELAYED = """
SELECT count(*), extract(epoch FROM max(published_at) - min(published_at)) FROM outbox
WHERE published_at > (SELECT min(published_at) FROM outbox)
"""
# Both servers are one: its clock dates the commit of the fact and the commit of the effect.
_WRITTEN = "SELECT n, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM ecriture"
_DONE = """
SELECT event_id::text, extract(epoch FROM pg_xact_commit_timestamp(xmin)) FROM projection
"""


def _module(name: str, argument: str, env: dict[str, str], folder: Path) -> Processus:
    return python(name, "tests.perf.pairs.essaim_worker", argument, env=env, folder=folder)


def relay_rate(atelier: Atelier, folder: Path) -> float:
    """Rows per second, confirmed by the broker and marked, from the second batch on."""
    source = atelier.fresh("source")
    with atelier.connection("source") as connection:
        connection.execute(_FILL, {"type": FACT, "data": bare(""), "rows": ROWS})
        env = {"SOURCE_URL": source, "AMQP_URL": atelier.broker.url, "PYTHONWARNINGS": "ignore"}
        atelier.queue(OURS.name, OURS.arguments, "publication.events")
        relay = _module("relais", "relay", env, folder).start()
        left = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        try:
            wait_for(lambda: connection.exec_driver_sql(left).scalar() == 0, 120)
        finally:
            relay.kill9()
        count, seconds = connection.exec_driver_sql(_RELAYED).one()
    return count / float(seconds)


@dataclass(frozen=True)
class Latency:
    """Milliseconds between the two commits."""

    p50: float
    p95: float
    p99: float
    events: int


def latency(
    atelier: Atelier, folder: Path, *, transport: str, rate: float, seconds: float
) -> Latency:
    """One fact per transaction, at a steady rate: by the relay (amqp) or the journal (local)."""
    source, target = atelier.fresh("source"), atelier.fresh("perf")
    env = {"SOURCE_URL": source, "PERF_URL": target, "PYTHONWARNINGS": "ignore"}
    processes = []
    if transport == "amqp":
        env["AMQP_URL"] = atelier.broker.url
        atelier.queue(OURS.name, OURS.arguments, "publication.events")
        processes.append(_module("relais", "relay", env, folder).start())
    processes.append(_module("consommateur", "orm", env, folder).start())
    database = Database(source, application_name="mesure", pool_size=2)
    try:
        _emit(database, WARM_UP, rate=20, first=0)
        with atelier.connection() as connection:
            done = "SELECT count(*) FROM projection"
            wait_for(lambda: connection.exec_driver_sql(done).scalar() == WARM_UP, 60)
            count = int(rate * seconds)
            ids = _emit(database, count, rate=rate, first=WARM_UP)
            wait_for(lambda: connection.exec_driver_sql(done).scalar() == WARM_UP + count, 60)
            effects = {key: float(at) for key, at in connection.exec_driver_sql(_DONE)}
        with atelier.connection("source") as connection:
            facts = {n: float(at) for n, at in connection.exec_driver_sql(_WRITTEN)}
    finally:
        for process in processes:
            process.kill9()
        database.dispose()
    waits = [(effects[event] - facts[n]) * 1000 for n, event in ids.items()]
    return Latency(*(quantile(waits, share) for share in (0.5, 0.95, 0.99)), len(waits))


def _emit(database: Database, count: int, *, rate: float, first: int) -> dict[int, str]:
    """Commit `count` facts at `rate` per second; their ids by the number of their row."""
    transactions = Transactions(
        database, service="publication", siret="90070001400013", clock=SystemClock()
    )
    write = sa.text("INSERT INTO ecriture (n) VALUES (:n)")
    ids = {}
    due = time.perf_counter()
    for n in range(first, first + count):
        with transactions.begin() as uow:
            uow.session.execute(write, {"n": n})
            ids[n] = str(uow.emit(FACT, subject=str(uuid.uuid4()), data=SAMPLE))
        due += 1 / rate
        time.sleep(max(0.0, due - time.perf_counter()))
    return ids


@dataclass(frozen=True)
class Memory:
    """Resident megabytes of the worker: once started, and at most while it drains."""

    start: float
    peak: float


def memory(atelier: Atelier, folder: Path) -> Memory:
    """Drain a backlog and watch the worker's size."""
    url = atelier.fresh("perf")
    env = {"PERF_URL": url, "AMQP_URL": atelier.broker.url, "PYTHONWARNINGS": "ignore"}
    atelier.queue(OURS.name, OURS.arguments)
    atelier.fill(OURS.name, BACKLOG, bare)
    worker = _module("memoire", "bulk", env, folder).start()
    sizes: list[float] = []
    finished = threading.Event()

    def watch() -> None:
        process = psutil.Process(worker.pid)
        while not finished.wait(0.1):
            sizes.append(process.memory_info().rss / 1e6)

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        with atelier.connection() as connection:
            done = "SELECT count(*) FROM inbox"
            wait_for(lambda: connection.exec_driver_sql(done).scalar(), 60)
            watcher.start()
            wait_for(lambda: connection.exec_driver_sql(done).scalar() == BACKLOG, 180)
    finally:
        finished.set()
        worker.kill9()
    watcher.join()
    return Memory(sizes[0], max(sizes))


def machine() -> str:
    """The conditions of the measurement, for the report."""
    load = "/".join(f"{x:.1f}" for x in psutil.getloadavg())
    return f"{psutil.cpu_count()} cœurs, Python {sys.version.split()[0]}, charge {load}"
