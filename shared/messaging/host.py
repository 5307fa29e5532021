"""What the entrypoints of one service find in the process that hosts them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.contracts.catalogue import Catalogue
from shared.messaging.failures import Schedule
from shared.messaging.journal import Watch
from shared.messaging.processing import BatchProcessor
from shared.messaging.uow import Transactions

CONFIG_KEY = "essaim"


class Loop(Protocol):
    """Something that turns until stopped and shows signs of life."""

    last_turn: float

    def run(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class Host:
    """One service inside a worker. Entrypoints add their processors and transports at set-up."""

    service: str
    context: Any
    transactions: Transactions
    catalogue: Catalogue
    watch: Callable[[str], Watch]
    amqp_url: str | None = None
    schedule: Schedule = field(default_factory=Schedule)
    processors: dict[str, BatchProcessor] = field(default_factory=dict)
    transports: dict[str, Any] = field(default_factory=dict)
