"""The worker process: nameko services, their relays, their new attempts and their jobs.

Import this module before anything that opens a socket or a database: it makes them cooperative.
"""

import warnings

with warnings.catch_warnings():  # docs/adr/0003 says why we use eventlet all the same
    warnings.simplefilter("ignore")
    import eventlet

eventlet.monkey_patch()

import functools  # noqa: E402
import logging  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Mapping, Sequence  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from typing import Any, Protocol  # noqa: E402

from nameko.runners import ServiceRunner  # noqa: E402

from shared.contracts import catalogue as contracts  # noqa: E402
from shared.contracts.catalogue import Catalogue  # noqa: E402
from shared.db.database import Database  # noqa: E402
from shared.kernel import collector  # noqa: E402
from shared.messaging import faults  # noqa: E402
from shared.messaging.failures import Schedule  # noqa: E402
from shared.messaging.host import CONFIG_KEY, Host, Loop  # noqa: E402
from shared.messaging.journal import Watch  # noqa: E402
from shared.messaging.relay import Relay  # noqa: E402
from shared.messaging.retrier import Retrier  # noqa: E402
from shared.messaging.uow import Transactions  # noqa: E402

log = logging.getLogger(__name__)

GRACE_SECONDS = 20.0
STALE_SECONDS = 90.0
MAX_HANDLERS = 50


class Context(Protocol):
    """What the worker reads of a service's context."""

    @property
    def transactions(self) -> Transactions: ...


Job = Callable[[threading.Event], None]
"""A loop of the service's own; it returns soon after the event is set."""


@dataclass(frozen=True)
class WorkerSpec:
    """One service to host: its nameko class, its context, and loops to run beside."""

    service_class: type
    context: Context
    jobs: Sequence[Job] = ()


@dataclass(frozen=True, slots=True)
class State:
    """For the probes: `alive` while every loop turns, `ready` while all are connected."""

    alive: bool
    ready: bool
    loops: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class Worker:
    """Hosts services in one process until stopped."""

    def __init__(
        self,
        specs: Sequence[WorkerSpec],
        *,
        amqp_url: str | None = None,
        sources: Mapping[str, str] | None = None,
        listen: bool = True,
        relay: bool = True,
        schedule: Schedule | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        faults.check()
        self._specs = specs
        self._amqp_url = amqp_url
        self._sources = dict(sources or {})
        self._listen = listen
        self._catalogue = catalogue or contracts.load()
        self._watches: dict[str, Watch] = {}
        self._stopping = threading.Event()
        self._hosts = {
            spec.service_class.name: Host(  # type: ignore[attr-defined]
                service=spec.service_class.name,  # type: ignore[attr-defined]
                context=spec.context,
                transactions=spec.context.transactions,
                catalogue=self._catalogue,
                watch=self._watch,
                amqp_url=amqp_url,
                schedule=schedule or Schedule(),
            )
            for spec in specs
        }
        self._loops: dict[str, Loop] = {}
        self._threads: list[Any] = []
        self._relay = relay and amqp_url is not None
        self._runner: Any = None
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Start everything; raise when a service's declarations contradict the catalogue."""
        # A handler that fails is told by the consumer, once and with its outcome.
        logging.getLogger("nameko.containers").setLevel(logging.CRITICAL)
        self._runner = ServiceRunner({CONFIG_KEY: self._hosts, "max_workers": MAX_HANDLERS})
        for spec in self._specs:
            _check_complete(spec.service_class, self._catalogue)
            self._runner.add_service(spec.service_class)
        self._runner.start()
        self._watch_over("services", self._runner.wait)
        for spec, host in zip(self._specs, self._hosts.values(), strict=True):
            self._start_service(spec, host)

    def _start_service(self, spec: WorkerSpec, host: Host) -> None:
        database = host.transactions.database
        self._spawn(f"{host.service}.reprises", Retrier(host.service, database, host.processors))
        if self._relay and self._amqp_url:
            relay = Relay(
                host.service,
                database.url,
                self._amqp_url,
                catalogue=self._catalogue,
                listen=self._listen,
            )
            self._spawn(f"{host.service}.relais", relay)
        for index, job in enumerate(spec.jobs):
            name = f"{host.service}.travail-{index}"
            self._watch_over(name, functools.partial(job, self._stopping))

    def _watch(self, emitter: str) -> Watch:
        """The watch over an emitter's journals, shared by all who follow it in this process."""
        if emitter not in self._watches:
            watch = Watch(emitter, self._database(emitter), listen=self._listen)
            self._watches[emitter] = watch
            self._spawn(f"{emitter}.journal", watch)
        return self._watches[emitter]

    def _database(self, emitter: str) -> Database:
        if emitter in self._hosts:
            return self._hosts[emitter].transactions.database
        return Database(self._sources[emitter], application_name="essaim-journal", pool_size=2)

    def _spawn(self, name: str, loop: Loop) -> None:
        self._loops[name] = loop
        self._watch_over(name, loop.run)

    def _watch_over(self, name: str, run: Callable[[], Any]) -> None:
        """Run in a greenlet; its unexpected end is the end of the process, said aloud."""

        def guarded() -> None:
            try:
                run()
            except Exception as error:
                log.critical("%s : arrêt inattendu", name, exc_info=True)
                self._failure = self._failure or error
                self._stopping.set()

        self._threads.append(eventlet.spawn(guarded))

    def state(self) -> State:
        """How every loop fares, for `/livez` and `/readyz`."""
        now = time.monotonic()
        loops: dict[str, Any] = dict(self._loops)
        for host in self._hosts.values():
            for consumer, transports in host.transports.items():
                loops |= {f"{consumer}.{i}": t for i, t in enumerate(transports)}
        shown = {
            name: {"age": now - loop.last_turn, "connected": getattr(loop, "connected", True)}
            for name, loop in loops.items()
        }
        ready = [s["connected"] for name, s in shown.items() if not name.endswith(".relais")]
        return State(
            alive=all(s["age"] < STALE_SECONDS for s in shown.values()),
            ready=not self._stopping.is_set() and all(ready),
            loops=shown,
        )

    def request_stop(self) -> None:
        """Ask for the end; `run` then returns within `GRACE_SECONDS`."""
        self._stopping.set()

    def stop(self) -> None:
        """Stop everything, once what is in hand is settled."""
        self._stopping.set()
        self._runner.stop()
        for loop in self._loops.values():
            loop.stop()
        for thread in self._threads:
            thread.wait()

    def run(self) -> int:
        """Host until SIGTERM or SIGINT; return the exit code of the process."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        self.start()
        collector.spare()
        self._stopping.wait()
        self._arm()
        self.stop()
        return self.exit_code

    @property
    def exit_code(self) -> int:
        return 1 if self._failure else 0

    def _on_signal(self, _number: int, _frame: Any) -> None:
        self._arm()
        eventlet.spawn_n(self._stopping.set)

    def _arm(self) -> None:
        """Nothing in hand is worth waiting longer: it is not acknowledged and will come again."""
        signal.signal(signal.SIGALRM, lambda *_: os._exit(self.exit_code))
        signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)


def run(specs: Sequence[WorkerSpec], **options: Any) -> int:
    """Host these services until asked to stop; see `Worker` for the options."""
    return Worker(specs, **options).run()


def _check_complete(service_class: Any, catalogue: Catalogue) -> None:
    """Every consumer that the catalogue names must have its method: its queue is being filled."""
    for consumer in catalogue.consumers(service_class.name):
        method = consumer.partition(".")[2]
        if not hasattr(service_class, method):
            raise LookupError(f"{consumer} est dans le catalogue mais pas dans le service")
