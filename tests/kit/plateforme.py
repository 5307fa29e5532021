"""The whole platform in the middle of the story: Monday 2 March 2026, nine o'clock in Paris.

The demonstration is seeded around that day; then the story is played up to the invoice of the
sixty pallets, so that every page has something to show. Used by the page tests and by the script
that renews the pictures of the documentation.
"""

import datetime as dt
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from services.plateforme import Plateforme, port_libre
from services.story import consultation, execution, groupe, paiement, recensement
from services.story.jouer import ECARTS
from services.story.recit import Recit
from services.story.trame import Trame
from shared.kernel.clock import PARIS, OffsetClock
from shared.ops import courriels

INSTANT = dt.datetime(2026, 3, 2, 9, tzinfo=PARIS)
CHAPITRES = (
    recensement.raconter,
    consultation.raconter,
    groupe.raconter,
    execution.raconter,
    paiement.avancer,
    paiement.facturer,
)
PREMIER_PORT, PLACES = 15_100, 20


@dataclass(frozen=True, slots=True)
class Site:
    """A running platform, and what the story left in it."""

    adresse: str
    dossier: Path
    recit: Recit
    trame: Trame

    def lien(self, persona: str | None, page: str, texte: str) -> str:
        """The path of the link that holds `texte` on a page seen by a persona."""
        lu = self.recit.en_tant_que(persona or "public").ouvrir(page)
        adresse = urlsplit(lu.lien(texte))
        return adresse.path + (f"?{adresse.query}" if adresse.query else "")

    def lien_recu(self, destinataire: str, modele: str) -> str:
        """The path of a link read in the last message sent to somebody."""

        def lire() -> str:
            for courriel in courriels.liste(self.dossier, 200):
                texte = courriel.message.get_body(("plain",))
                trouve = re.search(rf"https?://[^/\s]+({modele}\S*)", texte.get_content())
                if courriel.destinataire == destinataire and trouve:
                    return trouve.group(1)
            return ""

        return self.recit.attendre(f"le message à {destinataire}", lire)


@contextmanager
def plateforme() -> Iterator[Site]:
    """Start everything, play the story, come back to `INSTANT`; stop everything after."""
    with tempfile.TemporaryDirectory(prefix="essaim-pages-") as nom:
        dossier = Path(nom)
        dossier.chmod(0o755)  # PostgreSQL may run as another user
        horloge = OffsetClock(dossier / "horloge")
        horloge.set(INSTANT)
        environ = {
            **os.environ,
            "DATA_DIR": nom,
            "CLOCK_FILE": str(dossier / "horloge"),
            "PORT": str(_port()),
        }
        with Plateforme(environ) as lancee:
            site = Site(lancee.local_url, dossier, Recit(lancee.local_url, horloge, _rien), Trame())
            for chapitre in CHAPITRES:
                chapitre(site.recit, site.trame)
            horloge.set(INSTANT)
            yield site


def _port() -> int:
    for rang in range(PLACES):
        port = PREMIER_PORT + 100 * ((os.getpid() + rang) % PLACES)
        if all(port_libre("127.0.0.1", port + ecart) for ecart in ECARTS):
            return port
    raise RuntimeError("aucun port libre")


def _rien(_message: str) -> None:
    """The story tells nothing here."""
