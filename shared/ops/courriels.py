"""The demonstration's mail server: it accepts everything, sends nothing on, and keeps the messages.

One `.eml` file per message under `DATA_DIR/courriels`, read by the messages page.
"""

import asyncio
import datetime as dt
import email.message
import email.parser
import email.policy
import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from shared.kernel.errors import NotFoundError

KEPT = 1000
SIZE_MAX = 10 * 1024 * 1024
_NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{8}\.eml")
_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class Courriel:
    """A message that the sink received; `message` gives its headers and parts."""

    nom: str
    recu_le: dt.datetime
    message: email.message.EmailMessage

    @property
    def objet(self) -> str:
        return str(self.message["subject"] or "")

    @property
    def destinataire(self) -> str:
        return str(self.message["to"] or "")


def folder(data_dir: Path) -> Path:
    return data_dir / "courriels"


def keep(data_dir: Path, content: bytes) -> Path:
    """Write one message, whole or not at all; the oldest make room beyond `KEPT`."""
    kept = folder(data_dir)
    kept.mkdir(parents=True, exist_ok=True)
    stamp = dt.datetime.now(dt.UTC).strftime(_STAMP)
    path = kept / f"{stamp}-{secrets.token_hex(4)}.eml"
    partial = path.with_suffix(".partiel")
    partial.write_bytes(content)
    partial.rename(path)
    for old in _names(data_dir)[KEPT:]:
        (kept / old).unlink(missing_ok=True)
    return path


def liste(data_dir: Path, limite: int = 50) -> list[Courriel]:
    """The last messages, newest first."""
    return [lire(data_dir, name) for name in _names(data_dir)[:limite]]


def lire(data_dir: Path, nom: str) -> Courriel:
    """Read one message by its name in the list; raise `NotFoundError` for any other name."""
    path = folder(data_dir) / nom
    if not _NAME.fullmatch(nom) or not path.is_file():
        raise NotFoundError("Ce message n’existe pas ou plus.", code="courriel_inconnu")
    message = email.parser.BytesParser(policy=email.policy.default).parsebytes(path.read_bytes())
    received = dt.datetime.strptime(nom.partition("-")[0], _STAMP).replace(tzinfo=dt.UTC)
    return Courriel(nom, received, message)


def _names(data_dir: Path) -> list[str]:
    kept = folder(data_dir)
    if not kept.is_dir():
        return []
    return sorted((p.name for p in kept.iterdir() if _NAME.fullmatch(p.name)), reverse=True)


class _Keep:
    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer aiosmtpd once the message is on disk."""
        await asyncio.to_thread(keep, self._data_dir, envelope.content)
        return "250 Message conservé"


@contextmanager
def sink(data_dir: Path, port: int) -> Iterator[None]:
    """Run the mail server on 127.0.0.1 for the length of the block."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it would tell every address
    controller = Controller(
        _Keep(data_dir), hostname="127.0.0.1", port=port, data_size_limit=SIZE_MAX
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()
