"""Read what the demonstration's mail server has kept."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_NOM = re.compile(r"\d{20}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class CourrielRecu:
    """A message as its reader sees it."""

    nom: str
    recu_le: dt.datetime
    de: str
    a: str
    sujet: str
    entetes: Mapping[str, str]
    texte: str
    html: str


def lister(dossier: Path) -> list[str]:
    """Names of the messages, newest first."""
    if not dossier.is_dir():
        return []
    return sorted((chemin.stem for chemin in dossier.glob("*.eml")), reverse=True)


def lire(dossier: Path, nom: str) -> CourrielRecu | None:
    """Read one message; None for a name that the server never gave."""
    chemin = dossier / f"{nom}.eml"
    if not _NOM.fullmatch(nom) or not chemin.is_file():
        return None
    message = message_from_bytes(chemin.read_bytes(), EmailMessage, policy=policy.default)
    return CourrielRecu(
        nom=nom,
        recu_le=dt.datetime.fromtimestamp(int(nom[:20]) // 10**9, dt.UTC),
        de=str(message["From"] or ""),
        a=str(message["To"] or ""),
        sujet=str(message["Subject"] or ""),
        entetes={cle: str(valeur) for cle, valeur in message.items()},
        texte=_partie(message, "plain"),
        html=_partie(message, "html"),
    )


def _partie(message: EmailMessage, genre: str) -> str:
    corps = message.get_body((genre,))
    return str(corps.get_content()) if isinstance(corps, EmailMessage) else ""
