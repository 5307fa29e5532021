"""The whole platform on one machine: database, web, worker and mail, started and stopped together.

Every part is a real one; only the broker is replaced, by the journals themselves, unless `AMQP_URL`
is given.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import FrameType
from typing import Self
from urllib.parse import urlsplit

from shared.ops import commands, courriels, places, processes
from shared.ops.embedded import EmbeddedPostgres, create_database
from shared.ops.programs import EmbeddedError
from shared.ops.service import Service
from shared.ops.settings import ConfigurationError, Settings

SERVICES = ("publication", "groupement", "paiement", "notification")
READY_SECONDS = 90.0
STOP_SECONDS = 25.0


class StartError(Exception):
    """The platform cannot start; the message says what to do."""


class Interrupted(Exception):
    """Somebody asked for the end while the platform was starting."""


class Plateforme:
    """A context manager: started inside the block, entirely stopped after it."""

    def __init__(
        self,
        environ: Mapping[str, str] | None = None,
        *,
        say: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self._environ = dict(os.environ if environ is None else environ)
        self._environ.setdefault("LOG_LEVEL", "WARNING")
        self._say = say
        self._opened = ExitStack()
        self.services = [Service(name) for name in SERVICES]
        self.settings: Settings = self.services[0].settings(self._environ)
        self.server: EmbeddedPostgres | None = None
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start every part in order and wait until the pages answer."""
        self._check_ports()
        self._start_database()
        for service in self.services:
            commands.migrate_service(service, self._environ)
        if self._sink_port:
            self._opened.enter_context(courriels.sink(self.settings.data_dir, self._sink_port))
        self._spawn("web", "-m", "services", "web")
        if not self.settings.production:
            self._seed()
        self._spawn("worker", "-m", "shared.ops.worker", *SERVICES)
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the children together, then what they needed."""
        for process in self.children.values():
            if process.poll() is None:
                process.terminate()
        for process in self.children.values():
            processes.stop(process, timeout=STOP_SECONDS)
        self._opened.close()

    def kill(self) -> None:
        """End at once; nothing is lost, the database is safe at any moment."""
        for process in self.children.values():
            process.kill()

    def dead(self) -> str | None:
        """Name a part that ended by itself, if any."""
        parts = dict(self.children)
        if self.server and self.server.process:
            parts["PostgreSQL"] = self.server.process
        return next((name for name, part in parts.items() if part.poll() is not None), None)

    @property
    def local_url(self) -> str:
        """Where this machine reaches the pages, whatever the public address."""
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def _sink_port(self) -> int | None:
        """The port of the demonstration's mail, unless a mail server was given."""
        asked = {"SMTP_URL", "SMTP_URL_FILE"} & {k for k, v in self._environ.items() if v}
        return None if asked else urlsplit(self.settings.smtp_url).port

    def _check_ports(self) -> None:
        wanted = {
            "PORT": self.settings.port,
            "METRICS_PORT": self.settings.metrics_port,
            "SMTP": self._sink_port,
        }
        for name, port in wanted.items():
            if port and not port_libre(self.settings.host, port):
                raise StartError(
                    f"Le port {port} ({name}) est déjà pris sur cette machine. "
                    f"Choisissez-en un autre : PORT={self.settings.port + 1} make run"
                )

    def _start_database(self) -> None:
        """Start the embedded server if a service has no database of its own; create databases."""
        data_dir = self.settings.data_dir
        urls = {s.name: s.settings(self._environ).database_url for s in self.services}
        if any(url == places.embedded_url(data_dir, name) for name, url in urls.items()):
            self.server = EmbeddedPostgres(data_dir)
            programs = self.server.start()
            self._opened.callback(self.server.stop)
            self._say(f"PostgreSQL {programs.version} ({programs.folder}), données dans {data_dir}")
            if self.server.user:
                self._say(f"Lancé en root : PostgreSQL appartient à « {self.server.user} ».")
        for url in urls.values():
            create_database(url)

    def _seed(self) -> None:
        """Fill the demonstration in a process of its own, whose memory goes with it."""
        self._spawn("démonstration", "-m", "services", "seed", "--quiet")
        seeding = self.children["démonstration"]
        if seeding.wait():
            raise StartError("La démonstration n’a pas pu être semée ; voir ci-dessus.")
        del self.children["démonstration"]

    def _spawn(self, name: str, *arguments: str) -> None:
        self.children[name] = processes.spawn(
            [sys.executable, *arguments], env=self._environ, cwd=places.CHECKOUT
        )

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        urls = [
            f"{self.local_url}/readyz",
            f"http://127.0.0.1:{self.settings.metrics_port}/readyz",
        ]
        while not all(_answers(url) for url in urls):
            if dead := self.dead():
                raise StartError(f"« {dead} » s’est arrêté au démarrage ; voir ci-dessus.")
            if time.monotonic() > deadline:
                raise StartError(f"La plateforme ne répond pas après {READY_SECONDS:g} s.")
            time.sleep(0.1)


def port_libre(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Signals:
    """SIGINT, SIGTERM and SIGHUP ask for the end; a second one asks for it at once."""

    def __init__(self) -> None:
        self.asked = 0
        self.starting = True
        self.on_second: Callable[[], None] = lambda: None
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, self._on_signal)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1
        if self.asked > 1:
            self.on_second()
        elif self.starting:
            raise Interrupted


def supervise(say: Callable[[str], None], *, on_ready: Callable[[Plateforme, float], None]) -> int:
    """Run until asked to stop; return 0, or 1 when the platform failed by itself."""
    signals = Signals()
    began = time.monotonic()
    try:
        plateforme = Plateforme(say=say)
        signals.on_second = plateforme.kill
        with plateforme:
            signals.starting = False
            on_ready(plateforme, time.monotonic() - began)
            while not signals.asked:
                if dead := plateforme.dead():
                    say(f"« {dead} » s’est arrêté sans qu’on le lui demande : tout s’arrête.")
                    return 1
                time.sleep(0.2)
            say("Arrêt…")
    except Interrupted:
        pass
    except (ConfigurationError, EmbeddedError, StartError) as error:
        say(str(error))
        return 1
    say("Essaim est arrêté.")
    return 0
