"""Reaching RabbitMQ and putting there what the topology asks for."""

import logging
from typing import Any

from amqp.exceptions import AccessRefused, AMQPError, PreconditionFailed
from kombu.connection import Connection
from kombu.exceptions import KombuError

from shared.contracts.catalogue import Catalogue
from shared.messaging import topology
from shared.messaging.topology import Topology

log = logging.getLogger(__name__)

HEARTBEAT = 20
CONNECT_TIMEOUT = 5
ANSWER_TIMEOUT = 30

# kombu and py-amqp also let the built-in socket errors through.
ERRORS: tuple[type[Exception], ...] = (OSError, AMQPError, KombuError)


class TopologyMismatch(Exception):
    """The broker holds an object of that name with other arguments: a human must decide."""


def connect(amqp_url: str) -> Any:
    """Open a connection that notices a dead broker within a minute, and a mute one too.

    A broker that comes back from a crash may accept a connection and never answer a request.
    """
    connection: Any = Connection(  # type: ignore[no-untyped-call]
        amqp_url, heartbeat=HEARTBEAT, connect_timeout=CONNECT_TIMEOUT
    )
    connection.connect()
    connection.connection.transport.sock.settimeout(ANSWER_TIMEOUT)
    return connection


def declare(amqp_url: str, service: str, catalogue: Catalogue) -> None:
    """Create what is missing; run by `migrate`. Raise `TopologyMismatch` on a conflict."""
    with connect(amqp_url) as connection:
        ensure(connection, topology.of(service, catalogue))


def ensure(connection: Any, wanted: Topology) -> None:
    """Create what is missing; a user who may not create trusts `migrate` to have done it."""
    channel = connection.channel()
    try:
        _apply(channel, wanted)
    except AccessRefused:
        log.info("RabbitMQ : pas le droit de déclarer, « migrate » l’a fait")
    except PreconditionFailed as error:
        raise TopologyMismatch(f"RabbitMQ : {error.reply_text}") from error
    finally:
        if channel.is_open:  # the broker closes it on the first refusal
            channel.close()


def _apply(channel: Any, wanted: Topology) -> None:
    for name in wanted.exchanges:
        channel.exchange_declare(name, "topic", durable=True, auto_delete=False)
    for queue in wanted.queues:
        arguments = dict(queue.arguments)
        channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=arguments)
        for exchange, key in queue.bindings:
            channel.queue_bind(queue.name, exchange, key)
