"""The horizon on a real PostgreSQL, in the case that its snapshots alone do not tell."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.db.database import Database
from shared.messaging import journal
from shared.messaging.journal import OUTBOX, Watch
from shared.messaging.wakeup import OwnConnection
from tests.messaging.bench import FACT, SAMPLES, Bench

pytestmark = pytest.mark.db


def test_P3_a_number_drawn_by_the_newest_transaction_is_not_safe_until_it_ends(
    databases: tuple[Database, Database],
) -> None:
    """A snapshot's xmax is the last *ended* transaction plus one: it says nothing of newer ones."""
    bench = Bench(*databases)
    watch = Watch("emetteur", bench.source)
    connection = OwnConnection(bench.source.url, application_name="test", listen=False)
    with bench.source.engine.connect() as writer:
        uow = bench.outgoing.join(Session(writer))
        uow.emit(FACT, subject="s", data=SAMPLES[FACT])
        uow.flush()
        for _ in range(3):
            watch.look(connection)
            assert watch.safe(OUTBOX) == 0, "nobody has committed it yet"
        assert journal.safe_now(bench.source, patience=0.1) == 0
        writer.commit()
    watch.look(connection)
    drawn = connection.execute("SELECT max(seq) FROM outbox").scalar()
    assert watch.safe(OUTBOX) == drawn
    assert journal.safe_now(bench.source) == drawn
    connection.close()


def test_P3_many_writers_whom_a_reader_follows_closely(
    databases: tuple[Database, Database],
) -> None:
    """No row ever appears at or below a number that was said to be safe."""
    bench = Bench(*databases)
    watch = Watch("emetteur", bench.source)
    connection = OwnConnection(bench.source.url, application_name="test", listen=False)
    writers = [
        threading.Thread(target=lambda: [bench.emit(3) for _ in range(40)]) for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    seen: dict[int, int] = {}
    query = "SELECT count(*) FROM outbox WHERE seq <= :n"
    while any(writer.is_alive() for writer in writers):
        if watch.look(connection):
            safe = watch.safe(OUTBOX)
            seen[safe] = connection.execute(sa.text(query), {"n": safe}).scalar() or 0
    late = {n for n, count in seen.items() if connection.execute(query, {"n": n}).scalar() != count}
    connection.close()
    assert not late
