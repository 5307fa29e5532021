"""P5, P6, P14: the broker, the database or the broker's disk is gone; the platform waits."""

import datetime as dt
import time
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from shared.messaging.relay import republish
from tests.kit.processus import wait_for
from tests.reliability.app import ABONNE, EMETTEUR
from tests.reliability.banc import Banc
from tests.reliability.conftest import LONG

pytestmark = [pytest.mark.db, pytest.mark.amqp]

Say = Callable[[str], None]
BACKLOG = 20_000 if LONG else 2_000
DRAIN_PER_SECOND = 500
REFERENCE = 300  # transactions that tell what this machine can do now
OUTAGE_SECONDS = 60 if LONG else 8
RESUME_SECONDS = 10
_DRAINED = """
SELECT extract(epoch FROM max(at)) FROM effet WHERE consumer = 'on_lot'
"""
_RELAYED = """
SELECT extract(epoch FROM min(published_at)) AS first, extract(epoch FROM max(published_at)) AS last
FROM outbox
"""


def _ids(count: int) -> list[str]:
    return [str(uuid.uuid4()) for _ in range(count)]


def _held(banc: Banc) -> tuple[int, int]:
    """What the broker keeps for `on_fait` and `on_lot`, delivered or not: nobody acknowledged it.

    Its figures are up to five seconds old.
    """
    assert banc.broker is not None
    told = banc.broker.ctl("list_queues", "name", "messages", "--no-table-headers")
    held = {name: int(n) for name, n in (line.split() for line in told.splitlines())}
    return held[f"{ABONNE}.on_fait"], held[f"{ABONNE}.on_lot"]


def _commits_per_second(banc: Banc) -> float:
    """What this machine can do now: small transactions per second, one after the other."""
    database = banc.socle.databases[ABONNE]
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE temoin (consumer text, id uuid PRIMARY KEY)")
    began = time.monotonic()
    for one in _ids(REFERENCE):
        with database.engine.begin() as connection:
            connection.execute(sa.text("INSERT INTO temoin VALUES ('t', :id)"), {"id": one})
            connection.execute(sa.text("SELECT FROM temoin WHERE id = :id"), {"id": one})
    rate = REFERENCE / (time.monotonic() - began)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE temoin")
    return rate


def test_P5_broker_absent(banc: Banc, dire: Say) -> None:
    assert banc.broker is not None
    banc.start("api", "relay", "worker")
    banc.broker.stop()
    written, single = _ids(BACKLOG), _ids(50)
    answers = [banc.write(written[i : i + 50]) for i in range(0, BACKLOG, 50)]
    answers += [banc.write([one]) for one in single]
    assert set(answers) == {201}, "every write succeeds without a broker"
    assert banc.unpublished() == BACKLOG + 50
    banc.broker.start()
    wait_for(lambda: banc.effects("on_lot") == BACKLOG + 50, 60)
    first, last = banc.rows(EMETTEUR, _RELAYED)[0]
    drained = float(banc.value(ABONNE, _DRAINED)) - float(first)
    banc.settle()
    for verdict in banc.verdicts(written + single, written + single):
        verdict.check()
    rate = (BACKLOG + 50) / drained
    reference = _commits_per_second(banc)
    relayed = (BACKLOG + 50) / float(last - first)
    dire(
        f"P5 {len(answers)} writes of {len(answers)} succeed; backlog of {BACKLOG + 50} drains at "
        f"{rate:.0f}/s to its last effect, relay {relayed:.0f}/s ({reference:.0f} commits/s here)"
    )
    # Where the machine is busy with something else, the promise shrinks with what it can do.
    assert rate >= min(DRAIN_PER_SECOND, 0.3 * reference)


def test_P6_database_of_the_consumer_absent(banc: Banc, dire: Say) -> None:
    banc.start("api", "relay", "worker")
    before, during = _ids(20), _ids(120)
    assert banc.write(before) == 201
    banc.settle()
    banc.socle.servers[ABONNE].kill9()
    began = time.monotonic()
    for start in range(0, len(during), 10):
        assert banc.write(during[start : start + 10]) == 201
        time.sleep(OUTAGE_SECONDS / 12)
    wait_for(lambda: banc.unpublished() == 0)
    wait_for(lambda: _held(banc) == (len(during), len(during)), 15, what="no ack")
    outage = time.monotonic() - began
    assert banc["worker"].alive
    banc.socle.servers[ABONNE].start()
    back = time.monotonic()
    wait_for(lambda: banc.effects("on_fait") > len(before), RESUME_SECONDS + 5)
    resumed = time.monotonic() - back
    banc.settle()
    assert not banc.dead()
    assert not banc.pending()
    for verdict in banc.verdicts(before + during, before + during):
        verdict.check()
    dire(
        f"P6 database away {outage:.0f} s: 0 dead letters, 0 acks, resumes alone in {resumed:.1f} s"
    )
    assert resumed <= RESUME_SECONDS


def test_P14_broker_disk_erased(banc: Banc, dire: Say) -> None:
    assert banc.broker is not None
    since = dt.datetime.now(dt.UTC)
    early, late = _ids(100), _ids(200)
    banc.start("api", "relay", "worker")
    assert banc.write(early) == 201
    banc.settle()
    banc["worker"].kill9()
    assert banc.write(late) == 201
    wait_for(lambda: not banc.unpublished())
    wait_for(lambda: _held(banc) == (len(late), len(late)), 15, what="only on the disk")
    banc.broker.stop()
    banc.broker.wipe()
    banc.broker.start()
    for service in (EMETTEUR, ABONNE):
        with banc.transactions(service).begin(acteur="exploitation") as uow:
            republish(uow, since)
    banc.start("worker")
    banc.settle()
    for verdict in banc.verdicts(early + late, early + late):
        verdict.check()
        dire(f"P14 {len(late)} events gone with the disk: {verdict}")
