"""Publish many, then wait once: batched publisher confirms on py-amqp."""

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import amqp

from shared.messaging import broker
from shared.messaging.wire import JSON

CONFIRM_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message on its way; `id` is unique in its batch."""

    id: str
    exchange: str
    routing_key: str
    headers: Mapping[str, str]
    body: bytes
    content_type: str = JSON


@dataclass(slots=True)
class Receipt:
    """What the broker said of a batch: ids that found no queue, ids that it refused."""

    returned: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


class Publisher:
    """One connection, one channel in confirm mode. Any error leaves it unusable: make another."""

    def __init__(self, amqp_url: str) -> None:
        self.connection = broker.connect(amqp_url)
        self._amqp = self.connection.connection
        self._channel = self.connection.channel()
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._on_ack)
        self._channel.events["basic_nack"].add(self._on_nack)
        self._channel.events["basic_return"].add(self._on_return)
        self._sent = 0
        self._pending: dict[int, str] = {}
        self._receipt = Receipt()

    def publish(self, messages: Iterable[Message]) -> None:
        """Send a batch, persistent and mandatory; nothing is sure until `wait` has returned."""
        self._receipt = Receipt()
        for message in messages:
            self._sent += 1
            self._pending[self._sent] = message.id
            self._channel.basic_publish(
                amqp.Message(
                    message.body,
                    content_type=message.content_type,
                    delivery_mode=2,
                    message_id=message.id,
                    application_headers=dict(message.headers),
                ),
                exchange=message.exchange,
                routing_key=message.routing_key,
                mandatory=True,
            )

    def wait(self, timeout: float = CONFIRM_TIMEOUT) -> Receipt:
        """Block until the broker has answered for every message of the batch."""
        deadline = time.monotonic() + timeout
        while self._pending:
            self._amqp.drain_events(timeout=max(0.01, deadline - time.monotonic()))
        return self._receipt

    def beat(self) -> None:
        """Keep an idle connection alive, and notice that it is dead."""
        with suppress(TimeoutError):
            self._amqp.drain_events(timeout=0.001)
        self.connection.heartbeat_check()

    def close(self) -> None:
        """Release the sockets, whatever state they are in."""
        self.connection.release()

    def _settled(self, tag: int, multiple: bool) -> list[str]:
        if not multiple:
            return [self._pending.pop(tag)]
        tags = [t for t in self._pending if t <= tag]
        return [self._pending.pop(t) for t in tags]

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._settled(tag, multiple)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._receipt.refused.update(self._settled(tag, multiple))

    def _on_return(self, _error: Any, _exchange: str, _key: str, message: Any) -> None:
        self._receipt.returned.add(message.properties["message_id"])
