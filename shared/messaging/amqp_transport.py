"""The transport over RabbitMQ: take what the broker has prefetched, settle it, acknowledge it once.

Nothing is acknowledged before its effect is committed: a crash anywhere means a redelivery, and
the inbox drops what was already done.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from shared.kernel.errors import ContractError
from shared.messaging import broker, faults, metrics, topology, wire
from shared.messaging.delivery import Delivery, Processor
from shared.messaging.failures import Backoff, DatabaseAway, Stopping
from shared.messaging.frames import Arrival
from shared.messaging.ledger import Raw
from shared.messaging.reader import Reader
from shared.messaging.topology import Topology

log = logging.getLogger(__name__)

Received = tuple[int, Delivery]
"""The broker's number of a message, by which it is acknowledged, and what the message says."""

BATCHES_AHEAD = 4  # one being settled, the others being read: a batch is then always full
IDLE_SECONDS = 1.0
BEAT_SECONDS = 5.0


class AmqpTransport:
    """One consumer and its queue; `run` returns after `stop`, and raises `TopologyMismatch`."""

    def __init__(
        self,
        processor: Processor,
        amqp_url: str,
        queue: str,
        wanted: Topology,
        *,
        batch: int = 200,
    ) -> None:
        self.processor = processor
        self.connected = False
        self.last_turn = time.monotonic()
        self._amqp_url = amqp_url
        self._queue = queue
        self._wanted = wanted
        self._batch = batch
        self._connection: Any = None
        self._beaten = 0.0
        self._stopping = threading.Event()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Consume until stopped, through any outage of the broker or the database."""
        backoff = Backoff()
        while not self._stopping.is_set():
            self.last_turn = time.monotonic()
            try:
                with broker.connect(self._amqp_url) as self._connection:
                    broker.ensure(self._connection, self._wanted)
                    self._consume(backoff)
            except Stopping:
                return
            except broker.ERRORS as error:
                self.connected = False
                delay = backoff.next()
                log.warning(
                    "%s : RabbitMQ absent (%s), reprise dans %.1f s", self._queue, error, delay
                )
                self._stopping.wait(delay)

    def beat(self) -> None:
        """Show the broker and the probes that a long handler is not a dead one."""
        self.last_turn = time.monotonic()
        if self._connection is not None and self.last_turn - self._beaten > BEAT_SECONDS:
            self._beaten = self.last_turn
            self._connection.connection.send_heartbeat()

    def _consume(self, backoff: Backoff) -> None:
        channel = self._connection.channel()
        channel.auto_decode = False  # bodies are bytes
        # Per consumer, never per channel: quorum queues refuse a global limit.
        channel.basic_qos(0, self._batch * BATCHES_AHEAD, False)
        reader = Reader(channel, self._receive)
        for queue in (self._queue, topology.dead_queue_of(self._queue)):
            channel.basic_consume(
                queue, consumer_tag=queue, callback=reader.early, on_cancel=reader.cancelled
            )
        reader.start()
        try:
            while not self._stopping.is_set():
                self._turn(channel, reader, backoff)
        finally:
            self.connected = False
            reader.stop()

    def _turn(self, channel: Any, reader: Reader[Received], backoff: Backoff) -> None:
        self.connected = True
        self.last_turn = time.monotonic()
        metrics.PROGRESS.labels(self.processor.consumer).set_to_current_time()
        received = reader.take(self._batch, IDLE_SECONDS)
        self._connection.heartbeat_check()
        if received:
            self._settle([delivery for _, delivery in received])
            faults.point("before_ack")
            channel.basic_ack(received[-1][0], multiple=True)
            backoff.reset()

    def _settle(self, deliveries: Sequence[Delivery]) -> None:
        backoff = Backoff()
        while True:
            try:
                self.processor.process(deliveries, pause=self._pause)
                break
            except (DatabaseAway, sa.exc.DBAPIError) as error:
                delay = backoff.next()
                log.warning(
                    "%s : base absente (%s), reprise dans %.1f s", self._queue, error, delay
                )
                self._pause(delay)

    def _receive(self, message: Arrival) -> Received:
        return message.number, self._delivery(message)

    def _delivery(self, message: Arrival) -> Delivery:
        body, content_type, headers = message.body, message.content_type, message.headers
        raw = Raw(body, content_type, headers, message.user_id)
        try:
            event = wire.decode(body, content_type, headers)
        except ContractError as error:
            return Delivery(None, raw=raw, error=error)
        if message.consumer != self._queue:
            limit = ContractError("Le courtier a renoncé à livrer", code="limite_de_livraison")
            return Delivery(event, raw=raw, error=limit)
        return Delivery(event, attempts=int(headers.get("x-delivery-count", 0)), raw=raw)

    def _pause(self, seconds: float) -> None:
        """Sleep in slices, showing signs of life; raise `Stopping` when asked to stop."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._stopping.wait(min(left, 1.0)):
                raise Stopping
            self.beat()
