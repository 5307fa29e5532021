"""Plays the story on a platform of its own: temporary data, real parts, a clock that it moves."""

import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from services.plateforme import Plateforme, port_libre
from services.story import consultation, execution, groupe, paiement, recensement
from services.story.navigateur import PageInattendue
from services.story.recit import FaitFaux, Recit
from services.story.trame import Trame
from shared.kernel.clock import PARIS, OffsetClock

DEBUT = dt.datetime(2026, 1, 12, 9, tzinfo=PARIS)
ECARTS = (0, 25, 1_100)
PREMIER_PORT, PLACES = 10_000, 40
CHAPITRES = (recensement, consultation, groupe, execution, paiement)


def jouer(dire: Callable[[str], None]) -> int:
    """Return 0 only if every fact holds; the first that does not is told, and ends the story."""
    debut = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="essaim-story-") as dossier:
        Path(dossier).chmod(0o755)  # PostgreSQL may run as another user
        horloge = OffsetClock(Path(dossier) / "horloge")
        horloge.set(DEBUT)
        environ = {
            **os.environ,
            "DATA_DIR": dossier,
            "CLOCK_FILE": str(Path(dossier) / "horloge"),
            "PORT": str(_port()),
        }
        dire("Essaim démarre sur des données neuves…")
        with Plateforme(environ, say=dire) as plateforme:
            recit = Recit(plateforme.local_url, horloge, dire)
            try:
                raconter(recit)
            except (FaitFaux, PageInattendue) as faux:
                dire(f"  ✗ {faux}")
                return 1
    dire(f"\n{recit.faits} faits vérifiés en {time.monotonic() - debut:.0f} s : l’histoire tient.")
    return 0


def _port() -> int:
    """A port with its neighbours free: pages, then mail, then metrics.

    Each process starts looking at a place of its own, so that two stories may be told at once.
    """
    for rang in range(PLACES):
        port = PREMIER_PORT + 100 * ((os.getpid() + rang) % PLACES)
        if all(port_libre("127.0.0.1", port + ecart) for ecart in ECARTS):
            return port
    raise PageInattendue("aucun port libre entre 10000 et 15000")


def raconter(recit: Recit) -> None:
    trame = Trame()
    for chapitre in CHAPITRES:
        chapitre.raconter(recit, trame)
