"""AMQP 0-9-1 deliveries, straight from their bytes.

py-amqp decodes messages one property at a time, and that is half of what receiving costs. Nearly
all that a busy connection brings is deliveries whose headers are texts: those are read here, and
whatever is not one is left to py-amqp.
"""

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, cast

from amqp import spec
from amqp.serialization import decode_properties_basic

METHOD, HEADER = 1, 2
DELIVER = struct.pack(">HH", *spec.Basic.Deliver)
CONTENT_HEADER = struct.Struct(">4xQH")  # size of the body, flags of the properties
FLAGS_AT = 12
NUMBER = struct.Struct(">Q")
SIZE = struct.Struct(">I")
TEXT = ord("S")
PROPERTIES: tuple[tuple[int, str, int], ...] = (
    (0x8000, "content_type", 0),
    (0x4000, "content_encoding", 0),
    (0x2000, "application_headers", 0),
    (0x1000, "delivery_mode", 1),
    (0x0800, "priority", 1),
    (0x0400, "correlation_id", 0),
    (0x0200, "reply_to", 0),
    (0x0100, "expiration", 0),
    (0x0080, "message_id", 0),
    (0x0040, "timestamp", 8),
    (0x0020, "type", 0),
    (0x0010, "user_id", 0),
)
"""Flag, name, and size in bytes of the properties that are not texts, in the order of the wire."""


class Arrival(NamedTuple):
    """A message as it came; `number` is what acknowledges it."""

    consumer: str
    number: int
    content_type: str | None
    headers: dict[str, Any]
    user_id: str | None
    body: bytes


class Deliveries:
    """Puts together the frames of the deliveries of one channel, and hands each to `receive`.

    `partial` tells that the end of one is still to come.
    """

    def __init__(self, receive: Callable[[Arrival], None]) -> None:
        self.partial = False
        self._receive = receive
        self._consumer = ""
        self._number = 0
        self._header: dict[str, Any] = {}
        self._missing = 0
        self._parts: list[bytes] = []

    def take(self, kind: int, payload: bytes) -> bool:
        """Read one frame; False when it is not part of a delivery."""
        if self.partial:
            self._continue(kind, payload)
            return True
        self.partial = kind == METHOD and payload.startswith(DELIVER)
        if self.partial:
            self._begin(payload)
        return self.partial

    def _begin(self, payload: bytes) -> None:
        end = 5 + payload[4]
        self._consumer = _name(payload[5:end])
        (self._number,) = NUMBER.unpack_from(payload, end)

    def _continue(self, kind: int, payload: bytes) -> None:
        if kind == HEADER:
            self._missing, flags = CONTENT_HEADER.unpack_from(payload)
            self._header = _properties(payload, flags)
            self._parts = []
        else:
            self._missing -= len(payload)
            self._parts.append(payload)
        if self._missing <= 0:
            self.partial = False
            self._receive(self._arrival())

    def _arrival(self) -> Arrival:
        header = self._header
        return Arrival(
            self._consumer,
            self._number,
            header.get("content_type"),
            header.get("application_headers") or {},
            header.get("user_id"),
            b"".join(self._parts),
        )


def _properties(payload: bytes, flags: int) -> dict[str, Any]:
    """The properties that are texts, headers among them; all of them when a header is not one."""
    found: dict[str, Any] = {}
    start = CONTENT_HEADER.size
    for flag, name, size in PROPERTIES:
        if not flags & flag:
            continue
        if size:
            start += size
        elif name == "application_headers":
            end = start + 4 + SIZE.unpack_from(payload, start)[0]
            texts = _texts(payload, start + 4, end)
            if texts is None:
                return cast("dict[str, Any]", decode_properties_basic(payload, FLAGS_AT)[0])
            found[name], start = texts, end
        else:
            end = start + 1 + payload[start]
            found[name], start = payload[start + 1 : end].decode(), end
    return found


def _texts(payload: bytes, start: int, end: int) -> dict[str, str] | None:
    """A table whose values are all texts, else None."""
    found: dict[str, str] = {}
    while start < end:
        kind = start + 1 + payload[start]
        name = _name(payload[start + 1 : kind])
        if payload[kind] != TEXT:
            return None
        start = kind + 5 + SIZE.unpack_from(payload, kind + 1)[0]
        try:
            found[name] = payload[kind + 5 : start].decode()
        except UnicodeDecodeError:
            return None
    return found


@lru_cache(maxsize=256)
def _name(raw: bytes) -> str:
    """The same few names come again and again."""
    return raw.decode()
