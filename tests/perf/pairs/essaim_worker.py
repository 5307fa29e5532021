"""Our consumer: the real worker and the real `subscribe`, an ORM or a bulk handler."""

from shared.messaging import worker as hosting  # isort: skip - first: it makes sockets cooperative

import dataclasses
import os
import sys
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.contracts import catalogue as contracts
from shared.contracts.catalogue import Catalogue
from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.messaging.consumer import CurrentUnitOfWork, subscribe
from shared.messaging.envelope import Event
from shared.messaging.relay import Relay
from shared.messaging.uow import Transactions

FACT = "publication.avis.publie.v1"
CONSUMER = "perf.on_avis"
EMITTER = "publication"


def catalogue() -> Catalogue:
    """The contenders' fact, heard by one consumer."""
    contract = contracts.load().get(FACT)
    return Catalogue({FACT: dataclasses.replace(contract, listeners=(CONSUMER,))})


class Base(DeclarativeBase):
    pass


class Projection(Base):
    __tablename__ = "projection"
    id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    event_id: Mapped[str] = mapped_column(sa.Uuid)
    objet: Mapped[str]
    montant: Mapped[str] = mapped_column(sa.Numeric(14, 2))
    cpv: Mapped[str]
    reference: Mapped[str]


def row(event: Event) -> dict[str, Any]:
    data = event.data
    return {
        "event_id": event.id,
        "objet": data["objet"],
        "montant": data["montant_estime_ht"],
        "cpv": data["cpv"],
        "reference": data["reference"],
    }


class OneByOne:
    name = "perf"
    uow: Any = CurrentUnitOfWork()

    @subscribe(FACT)
    def on_avis(self, event: Event) -> None:
        self.uow.session.add(Projection(**row(event)))


class Together:
    name = "perf"
    uow: Any = CurrentUnitOfWork()

    @subscribe(FACT, bulk=True, batch=500)
    def on_avis(self, events: list[Event]) -> None:
        self.uow.session.execute(sa.insert(Projection.__table__), [row(event) for event in events])


HANDLERS = {"orm": OneByOne, "bulk": Together}


@dataclass(frozen=True)
class Context:
    transactions: Transactions


def main(handlers: str) -> int:
    """`AMQP_URL` empty means the transport without a broker; `SOURCE_URL` is then the journal."""
    database = Database(os.environ["PERF_URL"], application_name="perf")
    transactions = Transactions(
        database, service="perf", siret="90070001400013", clock=SystemClock()
    )
    worker = hosting.Worker(
        [hosting.WorkerSpec(HANDLERS[handlers], Context(transactions))],
        amqp_url=os.environ.get("AMQP_URL") or None,
        sources={EMITTER: os.environ.get("SOURCE_URL", "")},
        catalogue=catalogue(),
        relay=False,
    )
    return worker.run()


def relay() -> None:
    """The emitter's relay alone."""
    Relay(EMITTER, os.environ["SOURCE_URL"], os.environ["AMQP_URL"], catalogue=catalogue()).run()


if __name__ == "__main__":
    sys.exit(relay() if sys.argv[1] == "relay" else main(sys.argv[1]))
