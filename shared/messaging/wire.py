"""CloudEvents 1.0 on the wire: binary mode over AMQP, structured JSON everywhere else.

The mapping is written by hand because it is on the hot path; `tests/messaging/test_wire.py` holds
it equal to the `cloudevents` package, attribute by attribute.
"""

import datetime as dt
import json
import math
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from shared.kernel.errors import ContractError
from shared.messaging.envelope import Event

MAX_BYTES = 256 * 1024
JSON = "application/json"
STRUCTURED = "application/cloudevents+json"
PREFIX = "ce-"
_MAX_SEQUENCE = 2**63 - 1
_TEXTS = {
    "subject": "subject",
    "correlationid": "correlation_id",
    "causationid": "causation_id",
    "traceparent": "traceparent",
    "destinataire": "destinataire",
}


class _Names(NamedTuple):
    """How a mode calls the attributes, known once: every message is read through them."""

    specversion: str
    id: str
    type: str
    source: str
    time: str
    sequence: str
    subject: str
    correlationid: str
    causationid: str
    traceparent: str
    destinataire: str


_PLAIN = _Names(*_Names._fields)
_BINARY = _Names(*(PREFIX + name for name in _Names._fields))


class Enveloped(Protocol):
    """What an event and a row of the outbox have in common: everything but the payload."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def type(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def sequence(self) -> int: ...
    @property
    def time(self) -> dt.datetime: ...


def attributes(event: Enveloped) -> dict[str, str]:
    """CloudEvents attributes and our extensions, all as strings, absent ones left out."""
    found = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": event.source,
        "type": event.type,
        "time": event.time.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "sequence": str(event.sequence),
    }
    for name, field in _TEXTS.items():
        value = getattr(event, field)
        if value is not None:
            found[name] = value
    return found


def headers(event: Enveloped) -> dict[str, str]:
    """AMQP headers of the binary mode."""
    return {PREFIX + name: value for name, value in attributes(event).items()}


def structured(event: Event) -> dict[str, Any]:
    """The whole event as one JSON object."""
    return {**attributes(event), "datacontenttype": JSON, "data": event.data}


def read(raw: Mapping[str, Any]) -> Event:
    """Build an event from its attributes and `data`; raise `ContractError` when it is not one.

    A sender outside the platform may leave out `subject`, `sequence` and the trace: the event then
    speaks about itself and opens its own flow.
    """
    return _read(raw, raw.get("data"), _PLAIN)


def _read(raw: Mapping[str, Any], data: Any, names: _Names) -> Event:
    try:
        event_id = uuid.UUID(raw[names.id])
        sequence = int(raw.get(names.sequence) or 0)
        if raw.get(names.specversion) != "1.0" or not isinstance(data, dict):
            raise _unreadable("ni CloudEvents 1.0, ni données en objet JSON")
        if not 0 <= sequence <= _MAX_SEQUENCE:
            raise _unreadable("sequence hors limites")
        return Event(
            id=event_id,
            type=_text(raw[names.type]),
            source=_text(raw[names.source]),
            subject=_optional(raw.get(names.subject)) or str(event_id),
            sequence=sequence,
            time=_instant(raw[names.time]),
            data=data,
            correlation_id=_optional(raw.get(names.correlationid)) or str(event_id),
            causation_id=_optional(raw.get(names.causationid)),
            traceparent=_optional(raw.get(names.traceparent)),
            destinataire=_optional(raw.get(names.destinataire)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(f"attribut absent ou mal formé ({error})") from error


def decode(body: bytes, content_type: str | None, headers: Mapping[str, Any]) -> Event:
    """Read a message in either mode; raise `ContractError` when it is too big or not an event."""
    if len(body) > MAX_BYTES:
        raise ContractError(
            f"Message de {len(body)} octets, {MAX_BYTES} au plus", code="message_trop_gros"
        )
    content = _parse(body)
    if (content_type or "").lower().startswith("application/cloudevents"):
        if not isinstance(content, dict):
            raise _unreadable("le corps n’est pas un objet JSON")
        return read(content)
    return _read(headers, content, _BINARY)


def _parse(body: bytes) -> Any:
    """JSON that PostgreSQL can store: UTF-8, finite numbers, no NUL, no half of a character."""
    try:
        content = _DECODER.decode(body.decode())
        if b"\\u" in body:
            plain = json.dumps(content, ensure_ascii=False).replace("\\\\", "")
            _text(plain.replace("\\u0000", "\x00"))
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"le corps n’est pas du JSON ({error})") from error
    return content


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _text(value: Any) -> str:
    """A text that PostgreSQL can store."""
    if not isinstance(value, str) or not value or "\x00" in value:
        raise ValueError(repr(value)[:80])
    value.encode()  # refuses half of a surrogate pair
    return value


def _optional(value: Any) -> str | None:
    return None if value is None or value == "" else _text(value)


def _instant(value: Any) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(value)
    return instant


def _unreadable(reason: str) -> ContractError:
    return ContractError(f"Enveloppe illisible : {reason}", code="enveloppe_illisible")


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)  # built once: it is slow
