"""The loop of due dates: one leader, failures contained, the database may leave."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.kernel.parametres import Parametres
from shared.messaging.uow import Transactions
from shared.ops import jobs
from shared.ops.context import ServiceContext
from shared.ops.jobs import Job, JobLoop, run_job
from shared.ops.settings import Settings
from tests.kit.postgres import Postgres

pytestmark = pytest.mark.db
SOON = dt.timedelta(0)


@pytest.fixture
def context(pg: Postgres) -> Iterator[ServiceContext]:
    url = pg.create("test_jobs")
    settings = Settings.from_env("groupement", {"DATABASE_URL_GROUPEMENT": url})
    database, clock = Database(url), SystemClock()
    transactions = Transactions(
        database, service="groupement", siret=settings.instance_siret, clock=clock
    )
    yield ServiceContext(settings, database, transactions, clock, Parametres.depuis_yaml())
    database.dispose()


@contextmanager
def running(loop: JobLoop) -> Iterator[threading.Event]:
    stopping = threading.Event()
    thread = threading.Thread(target=loop.run, args=(stopping,))
    thread.start()
    try:
        yield stopping
    finally:
        stopping.set()
        thread.join(10)
        assert not thread.is_alive()


def eventually(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_loop_leads_and_the_other_takes_over(
    context: ServiceContext, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "STANDBY", 0.05)
    monkeypatch.setattr(jobs, "TICK", 0.05)
    ran: list[str] = []
    first, second = (
        JobLoop(context, [Job("due", SOON, lambda _c, n=name: ran.append(n) or 1)])
        for name in ("first", "second")
    )
    with running(first) as stop_first:
        eventually(lambda: "first" in ran)
        with running(second):
            time.sleep(0.3)
            assert "second" not in ran
            stop_first.set()
            eventually(lambda: "second" in ran)


def test_the_loop_survives_the_loss_of_its_connection(
    context: ServiceContext, pg: Postgres, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(jobs, "STANDBY", 0.05)
    monkeypatch.setattr(jobs, "TICK", 0.05)
    ran: list[int] = []
    loop = JobLoop(context, [Job("due", SOON, lambda _c: ran.append(1) or 0)])
    with running(loop):
        eventually(lambda: ran)
        with sa.create_engine(pg.admin_url).connect() as admin:
            killed = admin.scalar(
                sa.text(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE application_name = 'essaim-groupement-jobs'"
                )
            )
        assert killed == 1
        done = len(ran)
        eventually(lambda: len(ran) > done and loop.leading)


def test_a_failing_job_leaves_the_others_alone_and_is_counted(context: ServiceContext):
    def fail(_context: ServiceContext) -> int:
        raise ZeroDivisionError

    labels = {"service": "groupement", "job": "cassé", "outcome": "failed"}
    before = REGISTRY.get_sample_value("essaim_job_runs_total", labels) or 0
    loop = JobLoop(context, [Job("cassé", SOON, fail), Job("sain", SOON, lambda _c: 3)])
    assert loop.run_due() == 3
    assert REGISTRY.get_sample_value("essaim_job_runs_total", labels) == before + 1


def test_a_job_waits_for_its_turn(context: ServiceContext):
    loop = JobLoop(context, [Job("rare", dt.timedelta(hours=1), lambda _c: 1)])
    assert [loop.run_due(), loop.run_due()] == [1, 0]


def test_a_success_is_dated(context: ServiceContext):
    assert run_job(context, Job("daté", SOON, lambda _c: 2)) == 2
    labels = {"service": "groupement", "job": "daté"}
    at = REGISTRY.get_sample_value("essaim_job_last_success_timestamp_seconds", labels)
    assert at is not None
    assert abs(at - time.time()) < 60
