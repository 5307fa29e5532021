"""The event as Python sees it; its CloudEvents 1.0 shape on the wire is in `wire.py`."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.kernel.montant import Montant


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the past, an inbound request, or the answer to one.

    `source` is `urn:siret:<SIRET>:<service>`; `subject` names the aggregate and `sequence` its
    version; `destinataire` (a SIRET) is set only on an answer that leaves the instance.
    """

    id: uuid.UUID
    type: str
    source: str
    subject: str
    sequence: int
    time: dt.datetime
    data: Mapping[str, Any]
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    destinataire: str | None = None

    @property
    def siret(self) -> str:
        """The SIRET of the instance or member that speaks."""
        return self.source.split(":")[2]


def source_urn(siret: str, service: str) -> str:
    return f"urn:siret:{siret}:{service}"


def jsonable(value: Any) -> Any:  # noqa: PLR0911
    """Turn a payload into plain JSON: decimals and amounts as strings, dates as ISO 8601."""
    match value:
        case Mapping():
            return {key: jsonable(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [jsonable(item) for item in value]
        case Decimal():
            return format(value, "f")
        case Montant() | uuid.UUID():
            return str(value)
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        case dt.date():
            return value.isoformat()
        case _:
            return value
