"""What an error means for the events in hand: wait, try again, or give up at once."""

import random
from dataclasses import dataclass
from enum import Enum

import marshmallow
import sqlalchemy as sa

from shared.kernel.errors import ContractError, DomainError, EssaimError

IMMEDIATE = (0.05, 0.2, 0.8)
DELAYED = (10.0, 60.0, 600.0, 3600.0, 21600.0)
JITTER = 0.25

# The server is away, starting, stopping, full, or a replica that was just promoted.
_OUTAGE_CLASSES = ("08", "53", "58")
_OUTAGE_CODES = frozenset({"57P01", "57P02", "57P03", "25006"})


class DatabaseAway(Exception):
    """Nobody's fault: nothing may be acknowledged nor counted, wait and do it again."""


class Stopping(Exception):
    """The process was asked to stop while it waited; what was in hand will come again."""


class KillsTheProcess(EssaimError):
    """The event was started several times and the process died each time."""

    code_par_defaut = "arrete_le_processus"

    def __init__(self) -> None:
        super().__init__("L’événement arrête le processus qui le traite")


class Verdict(Enum):
    """What to do after a failure."""

    OUTAGE = "outage"
    TRANSIENT = "transient"
    PERMANENT = "permanent"


def judge(error: Exception) -> Verdict:
    """Classify a failure. A statement or lock timeout is the event's: waiting would never end."""
    if isinstance(error, _HOPELESS):
        return Verdict.PERMANENT
    if isinstance(error, sa.exc.TimeoutError):
        return Verdict.OUTAGE
    if isinstance(error, sa.exc.DBAPIError) and _is_outage(error):
        return Verdict.OUTAGE
    return Verdict.TRANSIENT


def _is_outage(error: sa.exc.DBAPIError) -> bool:
    code = getattr(error.orig, "pgcode", None)
    if code is None:
        lost = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
        return error.connection_invalidated or lost
    return code.startswith(_OUTAGE_CLASSES) or code in _OUTAGE_CODES


def cause_of(error: Exception) -> str:
    """A short, stable name for the failure, to group dead letters by."""
    return error.code if isinstance(error, EssaimError) else type(error).__name__


def describe(error: Exception) -> str:
    """One line for a human. Of a database error only the first one: the rest quotes values."""
    if isinstance(error, sa.exc.DBAPIError) and error.orig is not None:
        return f"{type(error.orig).__name__} : {str(error.orig).partition(chr(10))[0]}"
    text = str(error)
    return f"{type(error).__name__} : {text}"[:2000].replace("\x00", "")


_HOPELESS = (ContractError, DomainError, KillsTheProcess, marshmallow.ValidationError)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Waits before each new attempt, in seconds: at once in the consumer, then later from SQL."""

    immediate: tuple[float, ...] = IMMEDIATE
    delayed: tuple[float, ...] = DELAYED

    def delay_after(self, attempts: int) -> float | None:
        """Wait after `attempts` delayed ones, or None when the event is dead."""
        return self.delayed[attempts] if attempts < len(self.delayed) else None


def jittered(delay: float) -> float:
    """Spread waits, upwards only, so that neighbours do not come back together."""
    return delay * (1 + random.random() * JITTER)  # noqa: S311


class Backoff:
    """Pauses between attempts to reach something that is away: 0.2 s doubling up to 5 s."""

    def __init__(self, first: float = 0.2, ceiling: float = 5.0) -> None:
        self._first = first
        self._ceiling = ceiling
        self._delay = first

    def next(self) -> float:
        delay, self._delay = self._delay, min(self._delay * 2, self._ceiling)
        return jittered(delay)

    def reset(self) -> None:
        self._delay = self._first
