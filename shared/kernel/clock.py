"""The clock, injected everywhere: instants in UTC, days in Europe/Paris."""

import datetime as dt
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class Clock(Protocol):
    """What the platform asks of a clock."""

    def now(self) -> dt.datetime:
        """Return the current instant, aware, in UTC."""
        ...

    def today(self) -> dt.date:
        """Return the current day in Europe/Paris."""
        ...


def jour_de(instant: dt.datetime) -> dt.date:
    """Day of an instant as a French wall calendar shows it."""
    return instant.astimezone(PARIS).date()


def fin_de_jour(jour: dt.date) -> dt.datetime:
    """Last microsecond of a day in Paris: a deadline that still prints as that very day."""
    return dt.datetime.combine(jour, dt.time.max, tzinfo=PARIS)


class SystemClock:
    """The machine's own time."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def today(self) -> dt.date:
        return jour_de(self.now())


class FrozenClock:
    """A clock that moves only when told; for tests."""

    def __init__(self, instant: dt.datetime) -> None:
        self._instant = _aware(instant)

    def now(self) -> dt.datetime:
        return self._instant

    def today(self) -> dt.date:
        return jour_de(self._instant)

    def advance(self, delta: dt.timedelta) -> None:
        self._instant += delta

    def set(self, instant: dt.datetime) -> None:
        self._instant = _aware(instant)


class OffsetClock:
    """A demo clock shared by several processes through one small file.

    The file holds an ISO 8601 instant; time flows on from there, counted since the file was
    written. Without the file, or with an empty one, this is the machine's own time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lu: tuple[int, dt.timedelta] | None = None

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self._decalage()

    def today(self) -> dt.date:
        return jour_de(self.now())

    def set(self, instant: dt.datetime) -> None:
        """Move every process that reads the file to `instant`; the change is atomic."""
        provisoire = self._path.with_suffix(".tmp")
        provisoire.write_text(_aware(instant).isoformat(), encoding="utf-8")
        provisoire.replace(self._path)

    def _decalage(self) -> dt.timedelta:
        try:
            ecrit_ns = self._path.stat().st_mtime_ns
            if self._lu is None or self._lu[0] != ecrit_ns:
                self._lu = (ecrit_ns, self._lire(ecrit_ns))
        except FileNotFoundError:
            return dt.timedelta()
        return self._lu[1]

    def _lire(self, ecrit_ns: int) -> dt.timedelta:
        texte = self._path.read_text(encoding="utf-8").strip()
        if not texte:
            return dt.timedelta()
        ecrit = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ecrit_ns // 1000)
        return _aware(dt.datetime.fromisoformat(texte)) - ecrit


def _aware(instant: dt.datetime) -> dt.datetime:
    if instant.tzinfo is None:
        raise ValueError("An instant needs a time zone.")
    return instant.astimezone(dt.UTC)
