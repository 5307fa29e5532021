"""What a transport hands over, and what it needs in return."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.kernel.errors import ContractError
from shared.messaging.envelope import Event
from shared.messaging.ledger import Raw

Pause = Callable[[float], None]
"""Waits that many seconds, keeping the transport alive; raises `Stopping` to end the process."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event to settle, or a message that is none: then `error` says why.

    `attempts` counts earlier deliveries that nobody acknowledged.
    """

    event: Event | None
    attempts: int = 0
    raw: Raw | None = None
    error: ContractError | None = None


class Processor(Protocol):
    """What a transport needs: settle deliveries in the name of a consumer."""

    consumer: str

    def process(self, deliveries: Sequence[Delivery], pause: Pause) -> None: ...


def extras(event: Event) -> dict[str, str]:
    """What a log line about an event carries."""
    return {
        "event_id": str(event.id),
        "event_type": event.type,
        "correlation_id": event.correlation_id,
    }
