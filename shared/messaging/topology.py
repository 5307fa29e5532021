"""Exchanges, queues and bindings of a service, read from the catalogue of events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.catalogue import Catalogue

INBOUND = "essaim.entrant"
OUTBOUND = "essaim.sortant"
DELIVERY_LIMIT = 200  # the last net; an event that kills is parked long before


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
