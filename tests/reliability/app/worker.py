"""The worker process of `abonne`: its handlers, its relay, its new attempts.

What an event does depends on its `article`: see `HANDLERS`. `LENTEUR` (seconds) slows every
effect down, so that a kill finds work in hand; `CORRIGE=1` is the release that fixes the bugs.
"""

from shared.messaging import worker as hosting  # isort: skip - first: it makes sockets cooperative

import os
import sys
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from shared.contracts import catalogue as contracts
from shared.kernel.errors import DomainError
from shared.messaging.consumer import CurrentUnitOfWork, subscribe
from shared.messaging.envelope import Event
from shared.messaging.failures import Schedule
from shared.messaging.uow import UnitOfWork
from shared.ops import logs
from shared.ops.context import build_context
from shared.ops.settings import Settings
from tests.reliability.app import ABONNE, EMETTEUR, FAIT, SUITE, catalogue

QUICK = Schedule(immediate=(0.01, 0.02), delayed=(0.2, 0.2))
SLOWNESS = float(os.environ.get("LENTEUR", "0"))
FIXED = os.environ.get("CORRIGE") == "1"
_EFFECT = sa.text(
    "INSERT INTO effet (consumer, operation, event_id, subject, sequence)"
    " VALUES (:consumer, :operation, :event_id, :subject, :sequence)"
)
_ADHESION = contracts.load().get(SUITE).sample


def note(uow: UnitOfWork, consumer: str, events: Sequence[Event], field: str) -> None:
    rows = [
        {
            "consumer": consumer,
            "operation": event.data[field],
            "event_id": event.id,
            "subject": event.subject,
            "sequence": event.sequence,
        }
        for event in events
    ]
    uow.session.execute(_EFFECT, rows)


def _break(article: str) -> None:
    """The bugs that a fact may wake up, until they are fixed."""
    match article:
        case "PANNE":
            raise ZeroDivisionError("bogue")
        case "REFUS":
            raise DomainError("Quota dépassé", code="quota_depasse")
        case "MORT":
            os._exit(9)


class Abonne:
    name = ABONNE
    uow: Any = CurrentUnitOfWork()

    @subscribe(FAIT)
    def on_fait(self, event: Event) -> None:
        note(self.uow, "on_fait", [event], "besoin_id")
        if not FIXED:
            _break(event.data["article"])
        time.sleep(SLOWNESS)
        told = {**_ADHESION, "convention_id": event.data["besoin_id"]}
        self.uow.emit(SUITE, subject=event.subject, data=told)

    @subscribe(FAIT, bulk=True)
    def on_lot(self, events: list[Event]) -> None:
        note(self.uow, "on_lot", events, "besoin_id")

    @subscribe(SUITE, bulk=True, batch=50)
    def on_suite(self, events: list[Event]) -> None:
        note(self.uow, "on_suite", events, "convention_id")
        time.sleep(SLOWNESS)


def main() -> int:
    settings = Settings.from_env(ABONNE)
    logs.configure(settings)
    context = build_context(settings, role="worker")
    worker = hosting.Worker(
        [hosting.WorkerSpec(Abonne, context)],
        amqp_url=settings.amqp_url,
        sources={EMETTEUR: Settings.from_env(EMETTEUR).database_url},
        schedule=QUICK,
        catalogue=catalogue(),
    )
    return worker.run()


if __name__ == "__main__":
    sys.exit(main())
