"""One message to one recipient: its state, its retries, its name, and when to keep silent."""

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

MINUTE = dt.timedelta(minutes=1)
BAIL = 5 * MINUTE  # how long a claimed row stays with the process that claimed it
ATTENTE_LIAISON = MINUTE
DELAIS = tuple(n * MINUTE for n in (1, 5, 15, 60, 240, 480, 720))
_ADRESSE = re.compile(r"\S+@\S+")


class Etat(StrEnum):
    """A_REMETTRE → REMIS, or ECHEC after the last try, REBOND when refused, SANS_OBJET if stale."""

    A_REMETTRE = "A_REMETTRE"
    REMIS = "REMIS"
    ECHEC = "ECHEC"
    REBOND = "REBOND"
    SANS_OBJET = "SANS_OBJET"


@dataclass(frozen=True, slots=True)
class Courriel:
    """What is handed to the mail server."""

    message_id: str
    a: str
    sujet: str
    texte: str
    html: str
    entetes: Mapping[str, str] = field(default_factory=dict)


class RefusTemporaire(Exception):
    """The server asks to come back later, for this recipient."""


class RefusDefinitif(Exception):
    """The server will never take this message for this recipient."""


class LiaisonPerdue(Exception):
    """The server itself is away: no message is to blame."""


class Liaison(Protocol):
    """An open conversation with the mail server."""

    def remettre(self, courriel: Courriel) -> None:
        """Hand one message over; return only once the server has answered for it."""


class Facteur(Protocol):
    """The way to the mail server."""

    def ouvrir(self) -> AbstractContextManager[Liaison]:
        """Open one conversation, for a whole batch; raise `LiaisonPerdue` when nobody answers."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What becomes of a row after a failed try."""

    etat: Etat
    essai_le: dt.datetime


def apres_refus(tentatives: int, maintenant: dt.datetime) -> Suite:
    """Try again later and later, about a day in all, then give up for good."""
    if tentatives > len(DELAIS):
        return Suite(Etat.ECHEC, maintenant)
    return Suite(Etat.A_REMETTRE, maintenant + DELAIS[tentatives - 1])


def message_id(remise: uuid.UUID, public_url: str) -> str:
    """The same Message-ID at every attempt: a mailbox that gets two can tell they are one."""
    return f"<{remise}@{urlsplit(public_url).hostname or 'localhost'}>"


def sans_adresse(texte: str) -> str:
    """An error that may be kept and shown: addresses masked, one short line."""
    return _ADRESSE.sub("‹adresse›", " ".join(texte.split()))[:200]


def ordre_de_remise(message: uuid.UUID, destinataires: Iterable[uuid.UUID]) -> list[uuid.UUID]:
    """An order that nobody can arrange: drawn anew for each message, the same when recomputed."""

    def rang(destinataire: uuid.UUID) -> bytes:
        return hashlib.sha256(message.bytes + destinataire.bytes).digest()

    return sorted(set(destinataires), key=rang)


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts at the moment of sending a message about a notice."""

    modele: str
    version: int
    version_courante: int
    annule: bool
    deja_prevenu: bool  # an earlier version was handed over to this recipient
    alertes_du_message: int  # alerts that brought the message and are still alive
    alertes_de_l_adresse: int  # any alert still alive at that address


def raison_de_se_taire(situation: Situation) -> str | None:
    """Say why a message about a notice must not leave any more, or None when it must.

    A stop is a stop: who has no alert left hears nothing more, even of a notice already known.
    """
    if situation.modele == "avis_annule":
        if not situation.deja_prevenu:
            return "avis annulé avant d’avoir été annoncé"
        return None if situation.alertes_de_l_adresse else "alertes arrêtées"
    if situation.annule:
        return "avis annulé"
    if situation.version < situation.version_courante:
        return "version remplacée"
    vivantes = (
        situation.alertes_de_l_adresse if situation.deja_prevenu else situation.alertes_du_message
    )
    return None if vivantes else "alertes arrêtées"
