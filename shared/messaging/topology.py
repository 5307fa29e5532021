"""Exchanges, queues and bindings of a service, read from the catalogue of events."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amqp.exceptions import AccessRefused, PreconditionFailed
from kombu.connection import Connection

from shared.contracts.catalogue import Catalogue

log = logging.getLogger(__name__)

INBOUND = "essaim.entrant"
OUTBOUND = "essaim.sortant"
DELIVERY_LIMIT = 50
HEARTBEAT = 20
CONNECT_TIMEOUT = 5


class TopologyMismatch(Exception):
    """The broker holds an object of that name with other arguments: a human must decide."""


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable quorum queue and what it is bound to, as (exchange, routing key)."""

    name: str
    arguments: Mapping[str, Any]
    bindings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Topology:
    """Everything that must exist before a service may publish or consume."""

    exchanges: tuple[str, ...] = ()
    queues: tuple[Queue, ...] = field(default=())


def exchange_of(service: str) -> str:
    return f"{service}.events"


def dead_queue_of(queue: str) -> str:
    return f"{queue}.morte"


def door_queue_of(service: str) -> str:
    return f"{service}.entrant"


def consumer_queues(name: str, bindings: tuple[tuple[str, str], ...]) -> tuple[Queue, Queue]:
    """A consumer's queue and the place where the broker drops what it gives up on.

    One active consumer at a time keeps the order whatever the number of workers; the others are
    ready to take over.
    """
    arguments = {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_queue_of(name),
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    dead = Queue(dead_queue_of(name), {"x-queue-type": "quorum"})
    return dead, Queue(name, arguments, bindings)


def member_queue(siret: str) -> Queue:
    """Where a member's software reads its answers."""
    return Queue(f"{OUTBOUND}.{siret}", {"x-queue-type": "quorum"}, ((OUTBOUND, siret),))


def _consumer(catalogue: Catalogue, name: str) -> tuple[Queue, ...]:
    contracts = [c for c in catalogue if name in c.listeners and c.sens == "fait"]
    bindings = tuple((exchange_of(c.emitter), c.type) for c in contracts)
    return consumer_queues(name, bindings) if bindings else ()


def _door(catalogue: Catalogue, service: str) -> tuple[Queue, ...]:
    types = [
        c.type
        for c in catalogue
        if c.sens == "demande" and any(a.startswith(f"{service}.") for a in c.listeners)
    ]
    bindings = tuple((INBOUND, type_) for type_ in types)
    return consumer_queues(door_queue_of(service), bindings) if bindings else ()


def of(service: str, catalogue: Catalogue) -> Topology:
    """What `service` consumes, and the queues of all who listen to it.

    The emitter declares its listeners' queues too: one that is deployed months later finds
    everything said since the first day of the new catalogue.
    """
    heard = {
        listener
        for contract in catalogue
        if contract.emitter == service and contract.sens == "fait"
        for listener in contract.listeners
    }
    consumers = sorted(heard | set(catalogue.consumers(service)))
    queues = [queue for name in consumers for queue in _consumer(catalogue, name)]
    queues += _door(catalogue, service)
    exchanges = {exchange_of(service), INBOUND, OUTBOUND}
    exchanges |= {exchange for queue in queues for exchange, _ in queue.bindings}
    return Topology(tuple(sorted(exchanges)), tuple(queues))


def connect(amqp_url: str) -> Any:
    """Open a connection that notices a dead broker within a minute."""
    connection: Any = Connection(  # type: ignore[no-untyped-call]
        amqp_url, heartbeat=HEARTBEAT, connect_timeout=CONNECT_TIMEOUT
    )
    connection.connect()
    return connection


def declare(amqp_url: str, service: str, catalogue: Catalogue) -> None:
    """Create what is missing; run by `migrate`. Raise `TopologyMismatch` on a conflict."""
    with connect(amqp_url) as connection:
        ensure(connection, of(service, catalogue))


def ensure(connection: Any, topology: Topology) -> None:
    """Create what is missing; a user who may not create trusts `migrate` to have done it."""
    channel = connection.channel()
    try:
        _apply(channel, topology)
    except AccessRefused:
        log.info("RabbitMQ : pas le droit de déclarer, « migrate » l’a fait")
    except PreconditionFailed as error:
        raise TopologyMismatch(f"RabbitMQ : {error.reply_text}") from error
    finally:
        if channel.is_open:  # the broker closes it on the first refusal
            channel.close()


def _apply(channel: Any, topology: Topology) -> None:
    for name in topology.exchanges:
        channel.exchange_declare(name, "topic", durable=True, auto_delete=False)
    for queue in topology.queues:
        arguments = dict(queue.arguments)
        channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=arguments)
        for exchange, key in queue.bindings:
            channel.queue_bind(queue.name, exchange, key)
