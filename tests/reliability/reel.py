"""The real services as they are deployed: one process per role, a broker, a database each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from services.plateforme import SERVICES
from shared.contracts import catalogue
from shared.db.database import Database
from shared.messaging import broker, topology
from tests.kit.processus import Processus, listens, python, wait_for
from tests.kit.rabbitmq import RabbitMQ, free_ports


class Deploiement:
    """Processes named `service.role`; queues are declared as `migrate` does, deleted at the end."""

    def __init__(
        self,
        database: Callable[[str], Database],
        courtier: RabbitMQ | None,
        folder: Path,
        **env: str,
    ) -> None:
        self.courtier = courtier
        self.databases = {name: database(name) for name in SERVICES}
        self.port = 0
        self._folder = folder
        self._processes: dict[str, Processus] = {}
        self._env = {
            **{f"DATABASE_URL_{n.upper()}": d.url for n, d in self.databases.items()},
            "DATA_DIR": str(folder),
            "LOG_FORMAT": "texte",
            "LOG_LEVEL": "WARNING",
            "PYTHONWARNINGS": "ignore",
            **env,
        }
        if courtier:
            self._env["AMQP_URL"] = courtier.url

    def __getitem__(self, name: str) -> Processus:
        if name not in self._processes:
            service, _, role = name.partition(".")
            port, metrics = free_ports(2)
            if role == "api":
                self.port = port
            env = self._env | {"PORT": str(port), "METRICS_PORT": str(metrics)}
            command = {"worker": ("shared.ops.worker", service)}.get(
                role, (f"services.{service}", role)
            )
            self._processes[name] = python(name, *command, env=env, folder=self._folder)
        return self._processes[name]

    def start(self, *names: str, **env: str) -> None:
        for name in names:
            self[name].start(**env)
        if any(name.endswith(".api") for name in names):
            wait_for(lambda: listens(self.port), what="api")

    def value(self, service: str, query: str, **parameters: Any) -> Any:
        with self.databases[service].session() as session:
            return session.execute(sa.text(query), parameters).scalar()

    def column(self, service: str, query: str, **parameters: Any) -> list[Any]:
        with self.databases[service].session() as session:
            return list(session.execute(sa.text(query), parameters).scalars())

    def dead(self) -> int:
        """Dead letters, in all services."""
        query = "SELECT count(*) FROM lettre_morte"
        return sum(self.value(name, query) for name in SERVICES)

    def declare(self) -> None:
        if self.courtier:
            for name in SERVICES:
                broker.declare(self.courtier.url, name, catalogue.load())

    def close(self) -> None:
        for process in self._processes.values():
            process.kill9()
        if self.courtier:
            with broker.connect(self.courtier.url) as connection:
                channel = connection.channel()
                for name in SERVICES:
                    for queue in topology.of(name, catalogue.load()).queues:
                        channel.queue_delete(queue.name)


@contextmanager
def deployed(
    database: Callable[[str], Database], courtier: RabbitMQ | None, folder: Path, **env: str
) -> Iterator[Deploiement]:
    """A deployment on empty databases and new queues."""
    deployment = Deploiement(database, courtier, folder, **env)
    deployment.declare()
    try:
        yield deployment
    finally:
        deployment.close()


class Boite:
    """A mail server that remembers who got which message: (recipient, Message-ID, subject)."""

    def __init__(self) -> None:
        self.port = free_ports(1)[0]
        self.received: list[tuple[str, str, str]] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Answer `250` only once the message is in hand: from here on it counts as sent."""
        from email import message_from_bytes, policy

        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append(
            (envelope.rcpt_tos[0], str(message["Message-ID"]), str(message["Subject"]))
        )
        return "250 reçu"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
