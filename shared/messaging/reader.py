"""Receiving messages while the batch before them is being settled.

A busy consumer spends its time half on the wire, half waiting for its database: doing both at once
is what makes it fast. The broker's prefetch limit bounds what waits here. py-amqp would ask the
kernel for each part of each frame, nine times a message; here one read brings many frames, of
which deliveries are read by `frames` and the others by py-amqp.
"""

import struct
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from amqp.exceptions import RecoverableConnectionError, UnexpectedFrame

from shared.messaging import broker
from shared.messaging.frames import Arrival, Deliveries

T = TypeVar("T")
PATIENCE = 1.0  # seconds of silence after which the reader looks whether it must stop
READ_SIZE = 16 * 1024
FRAME_HEADER = struct.Struct(">BHI")  # type, channel, size of the payload
FRAME_END = 0xCE


class Reader(Generic[T]):
    """The only one to read from the connection of a channel, from `start` to `stop`.

    `decode` turns each message into what `take` returns, as it comes.
    """

    def __init__(self, channel: Any, decode: Callable[[Arrival], T]) -> None:
        self._channel = channel.channel_id
        self._connection = channel.connection
        self._decode = decode
        self._deliveries = Deliveries(self._receive)
        self._socket = self._connection.transport.sock
        self._received: list[T] = []
        self._news = threading.Event()
        self._stopping = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="lecture", daemon=True)

    def start(self) -> None:
        self._socket.settimeout(PATIENCE)
        self._thread.start()

    def stop(self) -> None:
        """Give the connection back, between two messages."""
        self._stopping = True
        self._thread.join()
        self._socket.settimeout(broker.ANSWER_TIMEOUT)

    def early(self, message: Any) -> None:
        """Keep what py-amqp read before `start`; the callback of `basic_consume`."""
        told, said = message.delivery_info, message.properties
        self._receive(
            Arrival(
                told["consumer_tag"],
                told["delivery_tag"],
                said.get("content_type"),
                said.get("application_headers") or {},
                said.get("user_id"),
                message.body,
            )
        )

    def cancelled(self, _tag: str) -> None:
        """The broker deleted or moved the queue: the connection must be made again."""
        self._fail(RecoverableConnectionError("queue deleted or moved"))

    def take(self, most: int, patience: float) -> list[T]:
        """Wait for messages, `patience` seconds at most, and return the oldest ones.

        Raise what ended the reading.
        """
        self._news.wait(patience)
        self._news.clear()
        if self._error is not None:
            raise self._error
        taken = self._received[:most]
        del self._received[: len(taken)]
        if self._received:
            self._news.set()
        return taken

    def _receive(self, message: Arrival) -> None:
        self._received.append(self._decode(message))
        if not self._news.is_set():
            self._news.set()

    def _run(self) -> None:
        try:
            rest = b""
            while rest or self._deliveries.partial or not self._stopping:
                rest = self._digest(rest + self._more())
                time.sleep(0)  # the database may have answered: what is ready must not wait for us
        except Exception as error:  # noqa: BLE001 - `take` raises it where it can be handled
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._error = error
        self._news.set()

    def _more(self) -> bytes:
        """What has come, or nothing after a silence."""
        try:
            received: bytes = self._socket.recv(READ_SIZE)
        except TimeoutError:
            return b""
        if not received:
            raise RecoverableConnectionError("connection closed by the broker")
        return received

    def _digest(self, received: bytes) -> bytes:
        """Read every whole frame; return the beginning of the next one."""
        start = 0
        self._connection.bytes_recv += 1  # by which py-amqp knows that the broker is alive
        while len(received) - start >= FRAME_HEADER.size:
            kind, channel, size = FRAME_HEADER.unpack_from(received, start)
            begin = start + FRAME_HEADER.size
            end = begin + size
            if end >= len(received):
                break
            if received[end] != FRAME_END:
                raise UnexpectedFrame("frame without its end")
            payload = received[begin:end]
            if channel != self._channel or not self._deliveries.take(kind, payload):
                self._connection.on_inbound_frame((kind, channel, payload))
            start = end + 1
        return received[start:]
