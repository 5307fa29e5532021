"""One transaction holds the change, its events and its audit entries."""

import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from shared.contracts import catalogue
from shared.db import audit
from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ContractError
from shared.messaging.migrations import create_tables
from shared.messaging.tables import outbox
from shared.messaging.uow import Trace, Transactions
from tests.kit.postgres import Postgres

pytestmark = pytest.mark.db

TYPE = "groupement.commande.annulee.v1"


@pytest.fixture(scope="module")
def base(pg: Postgres) -> Iterator[Database]:
    database = Database(pg.create("test_uow"), pool_size=10)
    with database.engine.begin() as connection:
        create_tables(connection)
    yield database
    database.dispose()


@pytest.fixture
def tx(base: Database, clock: FrozenClock) -> Iterator[Transactions]:
    with base.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE outbox, sequence_agregat, audit")
    return Transactions(base, service="groupement", siret="90070001400013", clock=clock)


def payload(**changes: Any) -> dict[str, Any]:
    return {**catalogue.load().get(TYPE).sample, **changes}


def rows(base: Database) -> list[Any]:
    with base.session() as session:
        return list(session.execute(sa.select(outbox).order_by(outbox.c.seq)))


def test_events_of_a_subject_are_numbered_without_gap_in_commit_order(
    base: Database, tx: Transactions
) -> None:
    def writer() -> None:
        for _ in range(10):
            with tx.begin() as uow:
                uow.emit(TYPE, subject="a", data=payload())
                uow.emit(TYPE, subject="b", data=payload())
                uow.emit(TYPE, subject="a", data=payload())

    threads = [threading.Thread(target=writer) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for subject, expected in (("a", 120), ("b", 60)):
        sequences = [row.sequence for row in rows(base) if row.subject == subject]
        assert sequences == list(range(1, expected + 1))


def test_nothing_leaves_when_the_transaction_fails(base: Database, tx: Transactions) -> None:
    with pytest.raises(RuntimeError), tx.begin() as uow:
        uow.emit(TYPE, subject="a", data=payload())
        uow.audit("annuler", "commande/1")
        raise RuntimeError
    with base.session() as session:
        assert rows(base) == []
        assert session.execute(sa.select(audit.table)).all() == []


def test_a_payload_that_breaks_its_contract_is_refused_and_named(tx: Transactions) -> None:
    with pytest.raises(ContractError, match="quantite"), tx.begin() as uow:
        uow.emit(TYPE, subject="a", data=payload(quantite="beaucoup"))


def test_decimals_leave_as_strings_and_the_trace_follows(base: Database, tx: Transactions) -> None:
    trace = Trace("flux-1", "cause-1", "00-aa-bb-01")
    with tx.begin(trace, "agent") as uow:
        uow.emit(TYPE, subject="a", data=payload(quantite=Decimal("12.50")))
    [row] = rows(base)
    assert row.data["quantite"] == "12.50"
    assert (row.correlation_id, row.causation_id, row.traceparent) == (
        "flux-1",
        "cause-1",
        "00-aa-bb-01",
    )
    assert row.source == "urn:siret:90070001400013:groupement"


def test_the_audit_chain_is_whole_under_concurrent_writers(
    base: Database, tx: Transactions
) -> None:
    def writer(n: int) -> None:
        for i in range(10):
            with tx.begin(acteur=f"agent-{n}") as uow:
                uow.audit("declarer", f"besoin/{i}", {"quantite": Decimal(i)})

    threads = [threading.Thread(target=writer, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with base.session() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(audit.table)) == 50
        assert audit.verify(session) is None


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET acteur = 'autre' WHERE seq = 3",
        'UPDATE audit SET details = \'{"n": "9"}\' WHERE seq = 3',
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET seq = 99 WHERE seq = 3",
    ],
)
def test_any_tampering_with_the_audit_is_found(
    base: Database, tx: Transactions, tampering: str
) -> None:
    with tx.begin() as uow:
        for i in range(5):
            uow.audit("declarer", f"besoin/{i}", {"n": str(i)})
    with base.engine.begin() as connection, pytest.raises(sa.exc.DBAPIError, match="audit"):
        connection.exec_driver_sql(tampering)
    with base.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER audit_fige")
        connection.exec_driver_sql(tampering)
        connection.exec_driver_sql("ALTER TABLE audit ENABLE TRIGGER audit_fige")
    with base.session() as session:
        assert audit.verify(session) is not None
