"""The worker that `test_worker.py` starts with `python -m tests.messaging.hosted`."""

from shared.messaging.worker import Worker, WorkerSpec  # isort: skip - first: it patches sockets

import dataclasses
import logging
import os
import sys
import time
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from shared.contracts import catalogue as contracts
from shared.contracts.catalogue import Catalogue
from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.kernel.errors import DomainError
from shared.messaging import broker
from shared.messaging.consumer import (
    CurrentContext,
    CurrentUnitOfWork,
    InboundDoor,
    inbound,
    subscribe,
)
from shared.messaging.envelope import Event
from shared.messaging.failures import Schedule
from shared.messaging.uow import Transactions, UnitOfWork
from tests.messaging.bench import ACCEPTED, FACT, OTHER, REQUEST, SIRET, record

ACCESS = {"sdis07": "90070002200016", "sdea": "90070003000019"}


def catalogue() -> Catalogue:
    """`abonne` listens to two facts of `emetteur` and to one request."""
    heard = {FACT: "abonne.on_fait", OTHER: "abonne.on_lot", REQUEST: "abonne.on_demande"}
    known = contracts.load()
    ours = {
        type_: dataclasses.replace(
            known.get(type_),
            listeners=(listener,),
            emitter="membre" if type_ == REQUEST else "emetteur",
        )
        for type_, listener in heard.items()
    }
    return Catalogue(ours)


def siret_of(_session: Session, user: str) -> str | None:
    return ACCESS.get(user)


class Emetteur:
    name = "emetteur"


class Abonne:
    name = "abonne"
    uow: UnitOfWork = CurrentUnitOfWork()
    contexte: Any = CurrentContext()
    porte = InboundDoor(siret_of)

    @subscribe(FACT, batch=20)
    def on_fait(self, event: Event) -> None:
        if event.data["article"] == "TUE":
            os._exit(9)
        time.sleep(self.contexte.slowness)
        record(self.uow, event)

    @subscribe(OTHER, bulk=True)
    def on_lot(self, events: list[Event]) -> None:
        for event in events:
            record(self.uow, event)

    @inbound(REQUEST)
    def on_demande(self, event: Event) -> None:
        record(self.uow, event)
        if event.data["objet"] == "interdit":
            raise DomainError("Objet interdit", code="objet_interdit", champs={"objet": "Interdit"})
        answer = {
            "demande_id": event.id,
            "reference_membre": event.data["reference_membre"],
            "achat_id": event.id,
            "achat_reference": "ACH-2026-0001",
        }
        self.uow.emit(ACCEPTED, subject=str(event.id), data=answer, destinataire=event.siret)


def spec(service: type, url: str) -> WorkerSpec:
    database = Database(url, application_name=f"essai-{service.name}")  # type: ignore[attr-defined]
    transactions = Transactions(
        database,
        service=service.name,  # type: ignore[attr-defined]
        siret=SIRET,
        clock=SystemClock(),
    )
    slowness = float(os.environ.get("SLOWNESS", "0"))
    return WorkerSpec(service, SimpleNamespace(transactions=transactions, slowness=slowness))


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(message)s")
    amqp_url = os.environ.get("AMQP_URL")
    known = catalogue()
    if amqp_url and "DECLARE" in os.environ:
        for service in ("emetteur", "abonne"):
            broker.declare(amqp_url, service, known)
    specs = [spec(Emetteur, os.environ["EMETTEUR"]), spec(Abonne, os.environ["ABONNE"])]
    schedule = Schedule(immediate=(0.01,), delayed=(0.2,))
    worker = Worker(specs, amqp_url=amqp_url, catalogue=known, schedule=schedule)
    return worker.run()


if __name__ == "__main__":
    sys.exit(main())
