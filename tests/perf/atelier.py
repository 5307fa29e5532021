"""The workshop of the measurements: one broker, one durable database, whose processor is used."""

import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from shared.contracts import catalogue as contracts
from shared.messaging import broker
from shared.messaging.migrations import create_tables
from shared.messaging.publisher import Message, Publisher
from shared.ops.embedded import EmbeddedPostgres, create_database
from tests.kit.rabbitmq import RabbitMQ
from tests.perf.pairs import commun

FACT = "publication.avis.publie.v1"
SAMPLE = contracts.load().get(FACT).sample
CHUNK = 500
BUSY_PERCENT = 12.0
SCHEMA = (
    *commun.SCHEMA.strip().rstrip(";").split(";"),
    # What the emitter writes beside its fact: PostgreSQL dates this row's commit.
    "CREATE TABLE ecriture (n bigint PRIMARY KEY)",
)


def headers(event_id: str) -> dict[str, str]:
    """CloudEvents, binary mode."""
    return {
        "ce-specversion": "1.0",
        "ce-id": event_id,
        "ce-type": FACT,
        "ce-source": "urn:siret:90070001400013:publication",
        "ce-subject": SAMPLE["avis_id"],
        "ce-sequence": "1",
        "ce-time": "2026-03-02T08:00:00Z",
        "ce-correlationid": event_id,
    }


@dataclass
class Cpu:
    """Processor seconds of the measured process, of the broker, of PostgreSQL, of the machine."""

    process: float
    ours: float
    machine: float
    at: float


class Atelier:
    """Open for the whole session; databases are made anew for each run."""

    def __init__(self, folder: Path, broker: RabbitMQ) -> None:
        self.folder = folder
        self.broker = broker
        self._server = EmbeddedPostgres(folder / "pg", durable=True)
        (folder / "pg").mkdir(mode=0o755)
        self._server.start()
        self._remember_commits()

    def _remember_commits(self) -> None:
        """Let PostgreSQL date each commit, which is the only clock that both sides share."""
        with self._connected("postgres") as connection:
            connection.exec_driver_sql("ALTER SYSTEM SET track_commit_timestamp = on")
            connection.exec_driver_sql("ALTER SYSTEM SET max_wal_size = '4GB'")
        self._server.stop()
        self._server.start()

    def close(self) -> None:
        self._server.stop()

    @contextmanager
    def _connected(self, name: str) -> Iterator[sa.Connection]:
        engine = sa.create_engine(
            self.url(name), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
        )
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    def url(self, name: str) -> str:
        return self._server.url(name)

    def dsn(self, name: str) -> str:
        """The same address for drivers that know nothing of SQLAlchemy."""
        return self.url(name).replace("+psycopg2", "")

    def fresh(self, name: str) -> str:
        """An empty database with every contender's tables."""
        with self._connected("postgres") as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        create_database(self.url(name))
        with self._connected(name) as connection:
            create_tables(connection)
            for statement in SCHEMA:
                connection.exec_driver_sql(statement)
        with self._connected("postgres") as connection:
            connection.exec_driver_sql("CHECKPOINT")
        return self.url(name)

    @contextmanager
    def connection(self, name: str = "perf") -> Iterator[sa.Connection]:
        with self._connected(name) as connection:
            yield connection

    def queue(self, name: str, arguments: Mapping[str, Any], exchange: str | None = None) -> None:
        """A new, empty queue, bound as its consumer expects."""
        with broker.connect(self.broker.url) as connection:
            channel = connection.channel()
            channel.queue_delete(name)
            channel.queue_declare(name, durable=True, auto_delete=False, arguments=dict(arguments))
            if exchange:
                channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
                channel.queue_bind(name, exchange, FACT)

    def fill(self, queue: str, count: int, body: Any) -> None:
        """Persistent messages, straight into the queue; `body(id)` gives each one's text."""
        publisher = Publisher(self.broker.url)
        for start in range(0, count, CHUNK):
            ids = [str(uuid.uuid4()) for _ in range(start, min(start + CHUNK, count))]
            publisher.publish(
                Message(one, "", queue, headers(one), body(one).encode()) for one in ids
            )
            publisher.wait()
        publisher.close()

    def cpu(self, pid: int) -> Cpu:
        whole = psutil.cpu_times()
        machine = sum(whole) - whole.idle - whole.iowait
        return Cpu(_tree(pid), _tree(os.getpid()), machine, time.perf_counter())


def await_calm(patience: float) -> None:
    """Wait until others leave the processor alone, `patience` seconds at most."""
    deadline = time.monotonic() + patience
    while psutil.cpu_percent(2.0) > BUSY_PERCENT and time.monotonic() < deadline:
        time.sleep(1)


def _tree(pid: int) -> float:
    """Processor seconds of a process and of its living children."""
    total = 0.0
    try:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system
    except psutil.Error:
        pass
    return total


def structured(event_id: str) -> str:
    """The event whole in the body, for contenders that read no header."""
    return json.dumps({"id": event_id, "type": FACT, "data": SAMPLE}, ensure_ascii=False)


def bare(_event_id: str) -> str:
    """The payload alone: the rest is in the headers."""
    return _PAYLOAD


_PAYLOAD = json.dumps(SAMPLE, ensure_ascii=False)


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
