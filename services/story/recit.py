"""Tells the story: each step prints what was done, then every fact that was checked."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any, TypeVar

from services.story.navigateur import Navigateur
from shared.kernel.clock import PARIS, OffsetClock

T = TypeVar("T")
PATIENCE = 20.0
PAUSE = 0.05


class FaitFaux(Exception):
    """Something that must hold does not; the message says what was seen."""


class Recit:
    """The people of the story, in front of one running platform whose clock it moves."""

    def __init__(self, base: str, horloge: OffsetClock, dire: Callable[[str], None]) -> None:
        self.base = base
        self.faits = 0
        self._etapes = 0
        self._horloge = horloge
        self._dire = dire
        self._gens: dict[str, Navigateur] = {}

    def en_tant_que(self, persona: str) -> Navigateur:
        """The browser of a persona, signed in at first use; `public` never signs in."""
        if persona not in self._gens:
            self._gens[persona] = Navigateur(self.base)
            if persona != "public":
                self._gens[persona].entrer(persona)
        return self._gens[persona]

    def etape(self, titre: str) -> None:
        self._etapes += 1
        self._dire(f"\n{self._etapes}. {titre}")

    def le(self, jour: str, heure: str = "09:00") -> None:
        """Move the demonstration's clock forward to a moment in Paris."""
        instant = dt.datetime.fromisoformat(f"{jour}T{heure}").replace(tzinfo=PARIS)
        self._horloge.set(instant)

    def fait(self, texte: str, obtenu: Any = True, attendu: Any = True) -> None:
        """Print a fact that holds; raise `FaitFaux` with both values when it does not."""
        if obtenu != attendu:
            raise FaitFaux(f"{texte}\n      attendu : {attendu!r}\n      obtenu  : {obtenu!r}")
        self.faits += 1
        self._dire(f"  ✓ {texte}")

    def attendre(self, quoi: str, lire: Callable[[], T]) -> T:
        """Read until the answer is true: events take their time, never more than `PATIENCE`."""
        fin = time.monotonic() + PATIENCE
        while True:
            if valeur := lire():
                return valeur
            if time.monotonic() > fin:
                raise FaitFaux(f"{quoi} : rien après {PATIENCE:g} s")
            time.sleep(PAUSE)
