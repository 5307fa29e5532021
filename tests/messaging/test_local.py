"""The transport without a broker keeps every promise."""

import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.db.database import Database
from tests.kit.rabbitmq import RabbitMQ
from tests.messaging.bench import FACT, SAMPLES, Bench, open_bench
from tests.messaging.compliance import Compliance

pytestmark = pytest.mark.db


@pytest.fixture
def bench(databases: tuple[Database, Database]) -> Iterator[Bench]:
    with open_bench(*databases) as opened:
        yield opened


class TestLocal(Compliance):
    pass


def test_P3_a_late_commit_is_neither_skipped_nor_overtaken(bench: Bench) -> None:
    """The scenario that breaks a cursor on (xid, seq), and one on seq alone."""
    bench.subscribe("on_fait")
    sample = SAMPLES[FACT]
    engine = bench.source.engine
    with engine.connect() as early, engine.connect() as bystander:
        for connection in (early, bystander):  # both have an old transaction id
            connection.execute(sa.text("INSERT INTO effet (consumer) VALUES ('x')"))
        with bench.outgoing.begin() as uow:  # younger, but first to speak of « s »
            first = uow.emit(FACT, subject="s", data=sample)
        with Session(early) as session:
            uow = bench.outgoing.join(session)
            second = uow.emit(FACT, subject="s", data=sample)
            uow.flush()
            (third,) = bench.emit(subject="autre")
            time.sleep(0.3)
            assert not bench.effects()
            early.commit()
        time.sleep(0.3)
        assert not bench.effects()  # the bystander might still write a smaller number
        bystander.rollback()
        bench.wait_for(lambda: len(bench.effects()) == 3)
    assert bench.effects() == [first, second, third]


def test_P3_concurrent_writers_lose_nothing_and_keep_each_subjects_order(bench: Bench) -> None:
    bench.subscribe("on_fait", batch=10)

    def write(subject: str, pause: float) -> None:
        for _ in range(25):
            with bench.outgoing.begin() as uow:
                uow.session.execute(sa.text("INSERT INTO effet (consumer) VALUES ('x')"))
                time.sleep(pause)
                uow.emit(FACT, subject=subject, data=SAMPLES[FACT])

    writers = [
        threading.Thread(target=write, args=(f"s{n % 3}", 0.001 * (n % 4))) for n in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    bench.wait_for(lambda: len(bench.effects()) >= 150)
    assert len(set(bench.effects())) == 150
    for subject in ("s0", "s1", "s2"):
        rows = bench.rows("SELECT sequence FROM effet WHERE subject = :s ORDER BY n", s=subject)
        assert [row.sequence for row in rows] == list(range(1, 51))


def test_two_processes_that_follow_the_same_journal_do_the_work_once(bench: Bench) -> None:
    for _ in range(2):
        bench.subscribe("on_fait", batch=5)
    ids = [event_id for _ in range(20) for event_id in bench.emit(10)]
    bench.wait_for(lambda: len(bench.effects()) >= 200)
    time.sleep(0.3)
    assert sorted(bench.effects()) == sorted(ids)


def test_losing_the_cursor_repeats_nothing(bench: Bench) -> None:
    bench.subscribe("on_fait")
    ids = bench.emit(20)
    bench.wait_for(lambda: len(bench.effects()) >= 20)
    bench.stop_all()
    with bench.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM curseur")
    bench.subscribe("on_fait")
    ids += bench.emit(1)
    bench.wait_for(lambda: len(bench.effects()) >= 21)
    assert bench.effects() == ids


@pytest.mark.amqp
def test_moving_to_rabbitmq_and_back_loses_and_repeats_nothing(
    databases: tuple[Database, Database], rabbitmq: RabbitMQ
) -> None:
    with open_bench(*databases) as local:
        local.subscribe("on_fait")
        ids = local.emit(10)
        local.wait_for(lambda: len(local.effects()) >= 10)
        local.stop_all()
        ids += local.emit(10)
        local.amqp_url = rabbitmq.url
        local.subscribe("on_fait")
        local.wait_for(lambda: len(local.effects()) >= 20)
        local.stop_all()
        local.amqp_url = None
        ids += local.emit(10)
        local.subscribe("on_fait")
        local.wait_for(lambda: len(local.effects()) >= 30)
        local.amqp_url = rabbitmq.url  # so that `close` removes the queues
        assert local.effects() == ids


@pytest.mark.parametrize("table", ["outbox", "entrant"])
def test_a_writer_is_visible_to_snapshots_before_it_draws_a_number(
    bench: Bench, table: str
) -> None:
    """Without it, a reader might believe that nobody can still write a smaller number."""
    check = """
    CREATE FUNCTION controle() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF pg_current_xact_id_if_assigned() IS NULL THEN RAISE EXCEPTION 'invisible'; END IF;
      RETURN NULL;
    END $$
    """
    with bench.source.engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(check)
        connection.exec_driver_sql(
            f"CREATE TRIGGER zz BEFORE INSERT ON {table} EXECUTE FUNCTION controle()"
        )
        transaction.commit()
    try:
        with bench.source.engine.begin() as connection:
            connection.exec_driver_sql(
                f"INSERT INTO {table} (type) SELECT type FROM {table} WHERE false"
            )
    finally:
        with bench.source.engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION controle CASCADE")
