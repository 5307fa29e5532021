"""Identifiers: UUIDv7 (RFC 9562) on the injected clock, increasing inside a process."""

import datetime as dt
import secrets
import threading
import uuid

from shared.kernel.clock import Clock

_ORIGINE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECONDE = dt.timedelta(milliseconds=1)
_ALEA = 74  # random bits: 12 beside the version, 62 beside the variant


class _Suite:
    """Within one millisecond the random part only grows, so ids sort in order of birth."""

    def __init__(self) -> None:
        self._verrou = threading.Lock()
        self._milliseconde = -1
        self._alea = 0

    def suivant(self, milliseconde: int) -> tuple[int, int]:
        with self._verrou:
            if milliseconde != self._milliseconde:
                self._milliseconde = milliseconde
                # The top bit stays free: room to grow for the whole millisecond.
                self._alea = secrets.randbits(_ALEA - 1)
            else:
                self._alea += 1 + secrets.randbits(32)
            return self._milliseconde, self._alea


_suite = _Suite()


def new_id(clock: Clock) -> uuid.UUID:
    """Return a new UUIDv7 dated by `clock`."""
    milliseconde, alea = _suite.suivant((clock.now() - _ORIGINE) // _MILLISECONDE)
    haut, bas = divmod(alea, 1 << 62)
    return uuid.UUID(int=milliseconde << 80 | 0x7 << 76 | haut << 64 | 0b10 << 62 | bas)
