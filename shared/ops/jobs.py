"""Due dates: each service's jobs run in turn, in one leader, again and again.

A job asks for what is due and not yet done, so a missed turn, a restart or a second run changes
nothing; `every` only says how soon a due date is noticed.
"""

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from shared.messaging.wakeup import OwnConnection
from shared.ops import metrics
from shared.ops.context import ServiceContext

_log = logging.getLogger("essaim.jobs")
TICK = 0.5
STANDBY = 5.0
_LEAD = "SELECT pg_try_advisory_lock(hashtext('essaim.jobs'))"
_PING = "SELECT true"


@dataclass(frozen=True, slots=True)
class Job:
    """`run` returns how many rows it settled."""

    name: str
    every: dt.timedelta
    run: Callable[[ServiceContext], int]


class JobLoop:
    """Runs the jobs of one service while it leads; another process waits to take over.

    The leader holds an advisory lock on a connection of its own: if it dies, the lock goes with it.
    """

    def __init__(self, context: ServiceContext, jobs: Sequence[Job]) -> None:
        self.last_turn = time.monotonic()
        self.leading = False
        self._context = context
        self._jobs = jobs
        self._next = {job.name: 0.0 for job in jobs}
        self._connection: OwnConnection | None = None

    def run(self, stopping: threading.Event) -> None:
        """Loop until `stopping`; a lost database costs a pause, never the loop."""
        while not stopping.is_set():
            self.last_turn = time.monotonic()
            stopping.wait(self._turn())
        self._resign()

    def _turn(self) -> float:
        """Run what is due if we lead; return how long to wait."""
        try:
            if not self._lead():
                return STANDBY
        except DBAPIError:
            _log.warning("base de données absente ; les échéances reprendront avec elle")
            self._resign()
            return STANDBY
        self.run_due()
        return TICK

    def _lead(self) -> bool:
        """Take the lock, or make sure that the connection which holds it still lives."""
        if self._connection is None:
            settings = self._context.settings
            self._connection = OwnConnection(
                settings.database_url,
                application_name=f"essaim-{settings.service}-jobs",
                listen=False,
            )
        statement = _PING if self.leading else _LEAD
        self.leading = bool(self._connection.execute(statement).scalar())
        return self.leading

    def _resign(self) -> None:
        self.leading = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def run_due(self) -> int:
        """Run every job whose turn has come; return what they settled."""
        settled = 0
        for job in self._jobs:
            if self._next[job.name] <= time.monotonic():
                settled += run_job(self._context, job)
                self._next[job.name] = time.monotonic() + job.every.total_seconds()
        return settled


def run_job(context: ServiceContext, job: Job) -> int:
    """Run a job once; a failure is logged and counted, and the job gets its next turn."""
    service = context.settings.service
    try:
        settled = job.run(context)
    except Exception:  # noqa: BLE001 - one failing job must not stop the others
        _log.exception("Échéance %s en échec", job.name, extra={"service": service})
        metrics.JOB_RUNS.labels(service, job.name, "failed").inc()
        return 0
    metrics.JOB_RUNS.labels(service, job.name, "ok").inc()
    metrics.JOB_LAST_SUCCESS.labels(service, job.name).set_to_current_time()
    if settled:
        _log.info("Échéance %s : %s", job.name, settled, extra={"service": service})
    return settled
