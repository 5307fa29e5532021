"""The demonstration's mail server: takes every message, sends none, keeps them as files.

Never in production: the supervisor of the demonstration starts it, nothing else does.
"""

import hashlib
import logging
import time
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

TAILLE_MAX = 5 * 1024 * 1024


class _Depot:
    """Writes each message whole, then names it: a reader never sees half of one."""

    def __init__(self, dossier: Path) -> None:
        self._dossier = dossier

    async def handle_DATA(self, _serveur: Any, _session: Any, enveloppe: Any) -> str:  # noqa: N802
        contenu: bytes = enveloppe.original_content
        nom = f"{time.time_ns():020d}-{hashlib.sha256(contenu).hexdigest()[:12]}"
        provisoire = self._dossier / f"{nom}.tmp"
        provisoire.write_bytes(contenu)
        provisoire.replace(self._dossier / f"{nom}.eml")
        return "250 Message garde"


def demarrer(port: int, dossier: Path) -> Controller:
    """Listen on the loopback only; the caller stops it with `.stop()`."""
    dossier.mkdir(parents=True, exist_ok=True)
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # it tells every address
    serveur = Controller(
        _Depot(dossier),
        hostname="127.0.0.1",
        port=port,
        data_size_limit=TAILLE_MAX,
        server_hostname="localhost",
    )
    serveur.start()
    return serveur
