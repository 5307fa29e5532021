"""The bench: two databases on two servers, a broker, and the processes of the test application."""

import contextlib
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.messaging import broker, topology
from shared.messaging.migrations import create_tables
from shared.messaging.uow import Transactions
from shared.ops.embedded import EmbeddedPostgres, create_database
from shared.ops.programs import EmbeddedError
from tests.kit import postgres
from tests.kit.processus import Processus, listens, python, wait_for
from tests.kit.rabbitmq import RabbitMQ, free_ports
from tests.reliability.app import ABONNE, ECRITURES, EFFETS, EMETTEUR, catalogue
from tests.reliability.clients import Clients, connect, post
from tests.reliability.verdict import Verdict, verdicts

CONSUMERS = ("on_fait", "on_lot", "on_suite")
SIRET = "90070001400013"
ROLES = ("api", "relay", "worker")


class Serveur:
    """A durable PostgreSQL of one's own, which a test may crash."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o755, parents=True)
        self._embedded = EmbeddedPostgres(folder, durable=True)

    def url(self, database: str) -> str:
        return self._embedded.url(database)

    def start(self) -> None:
        """Start, again and again while the processes of a crashed server are still leaving."""
        for attempt in range(20):
            try:
                self._embedded.start()
            except EmbeddedError:
                if attempt == 19:
                    raise
                time.sleep(0.2)
            else:
                return

    def kill9(self) -> None:
        """No checkpoint, no goodbye; committed transactions are in its journal."""
        process = self._embedded.process
        assert process is not None
        process.kill()
        process.wait()
        self.stop()

    def stop(self) -> None:
        self._embedded.stop()

    def create(self, name: str, *statements: str) -> Database:
        """A database with the messaging tables and those of the test application."""
        create_database(self.url(name))
        database = Database(self.url(name), application_name="banc", pool_size=4)
        with database.engine.begin() as connection:
            create_tables(connection)
            for statement in statements:
                connection.exec_driver_sql(statement)
        return database


class Socle:
    """What is started once for the session: two servers and their databases."""

    def __init__(self, folder: Path) -> None:
        self.servers = {name: Serveur(folder / name) for name in (EMETTEUR, ABONNE)}
        self.databases: dict[str, Database] = {}

    def start(self) -> None:
        statements = {EMETTEUR: ECRITURES, ABONNE: EFFETS}
        for name, server in self.servers.items():
            server.start()
            self.databases[name] = server.create(name, statements[name])

    def stop(self) -> None:
        for database in self.databases.values():
            database.dispose()
        for server in self.servers.values():
            server.stop()

    def empty(self) -> None:
        for database in self.databases.values():
            postgres.empty(database.engine)


class Banc:
    """One test's processes on the base; `close` ends them and deletes their queues."""

    def __init__(self, socle: Socle, broker: RabbitMQ | None, folder: Path) -> None:
        self.socle = socle
        self.broker = broker
        self.folder = folder
        self.port, metrics = free_ports(2)
        env = {
            "DATABASE_URL_EMETTEUR": socle.servers[EMETTEUR].url(EMETTEUR),
            "DATABASE_URL_ABONNE": socle.servers[ABONNE].url(ABONNE),
            "PORT": str(self.port),
            "METRICS_PORT": str(metrics),
            "LOG_FORMAT": "texte",
            "PYTHONWARNINGS": "ignore",
        }
        if broker:
            env["AMQP_URL"] = broker.url
        self.processes = {
            role: python(role, f"tests.reliability.app.{role}", env=env, folder=folder)
            for role in ROLES
        }

    def __getitem__(self, role: str) -> Processus:
        return self.processes[role]

    def declare(self) -> None:
        """What `migrate` does: queues exist before anybody listens."""
        if self.broker:
            broker.declare(self.broker.url, EMETTEUR, catalogue())
            broker.declare(self.broker.url, ABONNE, catalogue())

    def start(self, *roles: str, **env: str) -> None:
        for role in roles:
            self.processes[role].start(**env)
        if "api" in roles:
            self.wait_for_api()

    def wait_for_api(self) -> None:
        wait_for(lambda: listens(self.port), what="api")

    def write(self, operations: Sequence[str], *, article: str = "PAPIER") -> int | None:
        """One request, as a client makes it; its status."""
        body = {"operations": list(operations), "article": article}
        return post(connect(self.port), "/operations", body)

    def rows(self, service: str, query: str, **parameters: Any) -> Sequence[sa.Row[Any]]:
        with self.socle.databases[service].session() as session:
            return session.execute(sa.text(query), parameters).all()

    def value(self, service: str, query: str, **parameters: Any) -> Any:
        return self.rows(service, query, **parameters)[0][0]

    def transactions(self, service: str) -> Transactions:
        """Units of work as the operator's own tools open them."""
        database = self.socle.databases[service]
        return Transactions(database, service=service, siret=SIRET, clock=SystemClock())

    def effects(self, consumer: str) -> int:
        query = "SELECT count(DISTINCT operation) FROM effet WHERE consumer = :c"
        return int(self.value(ABONNE, query, c=consumer))

    def unpublished(self, service: str = EMETTEUR) -> int:
        query = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
        return int(self.value(service, query))

    def dead(self) -> Sequence[sa.Row[Any]]:
        return self.rows(ABONNE, "SELECT * FROM lettre_morte WHERE etat = 'MORTE' ORDER BY id")

    def pending(self) -> int:
        return int(self.value(ABONNE, "SELECT count(*) FROM message_en_attente"))

    def told(self) -> set[str]:
        """Operations whose fact is in the outbox."""
        query = "SELECT data ->> 'besoin_id' AS operation FROM outbox"
        return {row.operation for row in self.rows(EMETTEUR, query)}

    def settle(self, timeout: float = 60.0) -> None:
        """Wait until every fact of the outbox has had all its effects."""
        told = len(self.told())
        try:
            wait_for(
                lambda: all(self.effects(name) >= told for name in CONSUMERS),
                timeout,
                what="effets",
            )
        except AssertionError:
            found = {name: self.effects(name) for name in CONSUMERS}
            raise AssertionError(f"{found} effets pour {told} faits\n{self.logs()}") from None

    def logs(self) -> str:
        parts = [f"--- {role}\n{p.log[-2500:]}" for role, p in self.processes.items()]
        return "\n".join(parts)

    def verdicts(self, attempted: Collection[str], acknowledged: Collection[str]) -> list[Verdict]:
        rows = self.rows(ABONNE, "SELECT consumer, operation::text FROM effet")
        pairs = [(row.consumer, row.operation) for row in rows]
        return verdicts(attempted, acknowledged, pairs, CONSUMERS)

    def prove(self, clients: Clients) -> list[Verdict]:
        """After the run: every effect once, and no state without its fact or the reverse."""
        self.settle()
        written = {r[0] for r in self.rows(EMETTEUR, "SELECT operation::text FROM ecriture")}
        assert written == self.told()
        assert not self.dead()
        assert not self.pending()
        found = self.verdicts(clients.attempted, clients.acknowledged)
        for verdict in found:
            verdict.check()
        return found

    def inversions(self) -> int:
        """How often a fact had its effect after a later one of the same subject."""
        return int(
            self.value(
                ABONNE,
                """SELECT count(*) FROM (
                SELECT sequence < lag(sequence) OVER (PARTITION BY consumer, subject ORDER BY n)
                AS inverted FROM effet) AS steps WHERE inverted""",
            )
        )

    def close(self) -> None:
        for process in self.processes.values():
            process.kill9()
        if self.broker:
            self._delete_queues()

    def _delete_queues(self) -> None:
        with broker.connect(self.broker.url if self.broker else "") as connection:
            channel = connection.channel()
            for queue in topology.of(EMETTEUR, catalogue()).queues:
                channel.queue_delete(queue.name)
            for queue in topology.of(ABONNE, catalogue()).queues:
                channel.queue_delete(queue.name)


@contextlib.contextmanager
def opened(socle: Socle, broker: RabbitMQ | None, folder: Path) -> Iterator[Banc]:
    """A bench on empty databases and new queues."""
    socle.empty()
    banc = Banc(socle, broker, folder)
    banc.declare()
    try:
        yield banc
    finally:
        banc.close()
