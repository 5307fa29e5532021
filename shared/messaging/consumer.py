"""Subscriptions as a service declares them: nameko entrypoints over either transport."""

import functools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

with warnings.catch_warnings():  # docs/adr/0003 says why we use eventlet all the same
    warnings.simplefilter("ignore")
    import eventlet.event
from nameko.exceptions import ConfigurationError
from nameko.extensions import DependencyProvider, Entrypoint, register_entrypoint

from shared.messaging import topology
from shared.messaging.amqp_transport import AmqpTransport
from shared.messaging.door import Access, DoorProcessor, refuse
from shared.messaging.envelope import Event
from shared.messaging.host import CONFIG_KEY, Host
from shared.messaging.journal import INBOUND
from shared.messaging.local import LocalTransport
from shared.messaging.processing import BatchProcessor, Refuse
from shared.messaging.uow import UnitOfWork

Method = Callable[[Any, Any], None]
"""A method of the service class: `(self, event)`, or `(self, events)` for bulk ones."""

BEAT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Batch:
    """What nameko carries to the method: the fresh events and how the method wants them."""

    uow: UnitOfWork
    events: Sequence[Event]
    bulk: bool

    def play(self, call: Callable[[Any], Any]) -> None:
        if self.bulk:
            self.uow.follow(self.events[0])
            call(list(self.events))
            return
        for event in self.events:
            self.uow.follow(event)
            call(event)


class Subscription(Entrypoint):  # type: ignore[misc]
    """Facts that other services emit, for one consumer named `service.method`.

    The types must be those of the catalogue, which is what `migrate` declared on the broker.
    """

    refuse: Refuse | None = None

    def __init__(
        self, *types: str, batch: int = 200, bulk: bool = False, latest_only: bool = False
    ) -> None:
        super().__init__(expected_exceptions=(Exception,))
        self.types = types
        self.batch = batch
        self.bulk = bulk
        self.latest_only = latest_only
        self.transports: list[Any] = []
        self._threads: list[Any] = []

    def setup(self) -> None:
        host = host_of(self.container)
        consumer = f"{host.service}.{self.method_name}"
        expected = host.catalogue.subscriptions(consumer)
        if tuple(sorted(self.types)) != expected:
            raise ConfigurationError(
                f"{consumer} s’abonne à {sorted(self.types)}, le catalogue dit {list(expected)}"
            )
        host.processors[consumer] = self._processor(host, consumer)
        self.transports = self._transports(host, consumer)
        host.transports[consumer] = self.transports

    def start(self) -> None:
        self._threads = [
            self.container.spawn_managed_thread(transport.run, identifier=str(transport))
            for transport in self.transports
        ]

    def stop(self) -> None:
        """The batch in hand is settled and acknowledged before this returns."""
        for transport in self.transports:
            transport.stop()
        for thread in self._threads:
            thread.wait()

    def kill(self) -> None:
        """Only ask: nameko kills the threads, save the one that this very call may run in."""
        for transport in self.transports:
            transport.stop()

    def _transports(self, host: Host, consumer: str) -> list[Any]:
        if host.amqp_url:
            return [
                AmqpTransport(
                    self._processor(host, consumer),
                    host.amqp_url,
                    consumer,
                    topology.of(host.service, host.catalogue),
                    batch=self.batch,
                )
            ]
        emitters = sorted({host.catalogue.get(type_).emitter for type_ in self.types})
        return [
            LocalTransport(
                self._processor(host, consumer), host.watch(emitter), self.types, batch=self.batch
            )
            for emitter in emitters
        ]

    def _processor(self, host: Host, consumer: str) -> BatchProcessor:
        return BatchProcessor(
            consumer,
            host.transactions,
            self._handle,
            types=self.types,
            latest_only=self.latest_only,
            refuse=self.refuse,
            schedule=host.schedule,
        )

    def _handle(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        """Run the method as a nameko worker, so that every dependency and hook applies."""
        done = eventlet.event.Event()

        def finished(_context: Any, result: Any, exc_info: Any) -> Any:
            done.send(exc_info)
            return result, exc_info

        self.container.spawn_worker(
            self,
            (_Batch(uow, events, self.bulk),),
            {},
            context_data={"uow": uow},
            handle_result=finished,
        )
        while not done.ready():
            done.wait(timeout=BEAT_SECONDS)
            for transport in self.transports:
                transport.beat()
        exc_info = done.wait()
        if exc_info is not None:
            raise exc_info[1]


class Inbound(Subscription):
    """Requests of members, read from the table `entrant` whatever way they came in.

    A `DomainError` rolls the effect back and answers the member with its reasons.
    """

    refuse = staticmethod(refuse)

    def _transports(self, host: Host, consumer: str) -> list[Any]:
        return [
            LocalTransport(
                self._processor(host, consumer),
                host.watch(host.service),
                self.types,
                source=INBOUND,
                batch=self.batch,
            )
        ]


def subscribe(
    *types: str, batch: int = 200, bulk: bool = False, latest_only: bool = False
) -> Callable[[Method], Method]:
    """Call the method for each fact of these types; `bulk` hands it the list of a batch at once.

    `latest_only` ignores a fact older than the newest one already seen of its subject.
    """
    return _decorator(Subscription(*types, batch=batch, bulk=bulk, latest_only=latest_only))


def inbound(*types: str) -> Callable[[Method], Method]:
    """Call the method for each request of a member that came through the inbound door."""
    return _decorator(Inbound(*types))


def _decorator(entrypoint: Subscription) -> Callable[[Method], Method]:
    def decorate(method: Method) -> Method:
        @functools.wraps(method)
        def run(self: Any, argument: Any) -> None:
            if isinstance(argument, _Batch):
                argument.play(functools.partial(method, self))
            else:
                method(self, argument)

        register_entrypoint(run, entrypoint)
        return run

    return decorate


class CurrentUnitOfWork(DependencyProvider):  # type: ignore[misc]
    """`uow = CurrentUnitOfWork()`: the unit of work of the batch that is running."""

    def get_dependency(self, worker_ctx: Any) -> Any:
        return worker_ctx.data.get("uow")


class CurrentContext(DependencyProvider):  # type: ignore[misc]
    """`contexte = CurrentContext()`: the context of the service (settings, clock, parameters)."""

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return host_of(self.container).context


class InboundDoor(DependencyProvider):  # type: ignore[misc]
    """`porte = InboundDoor(siret_de_l_acces)`: lets requests in from RabbitMQ, if there is one."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._transport: AmqpTransport | None = None
        self._thread: Any = None

    def setup(self) -> None:
        host = host_of(self.container)
        if not host.amqp_url:
            return
        processor = DoorProcessor(host.service, host.transactions, self.access)
        wanted = topology.of(host.service, host.catalogue)
        queue = topology.door_queue_of(host.service)
        self._transport = AmqpTransport(processor, host.amqp_url, queue, wanted)
        host.transports[queue] = [self._transport]

    def start(self) -> None:
        if self._transport is not None:
            self._thread = self.container.spawn_managed_thread(self._transport.run)

    def stop(self) -> None:
        if self._transport is not None:
            self._transport.stop()
            self._thread.wait()


def host_of(container: Any) -> Host:
    """What this container's service finds in its process."""
    host: Host = container.config[CONFIG_KEY][container.service_name]
    return host
