"""A watched IMAP folder: each message is taken once, then moved, with the reason of a refusal.

The sender is never answered by mail, since a forged address would make this a relay of nuisance:
the reason is filed beside the refused message, for the agent who answers.
"""

import email
import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any

from services.paiement.domain.boite import Boite
from services.paiement.usecases.relever import Releve
from shared.kernel.errors import TemporaryError

TRAITEES, REFUSEES = "Traitees", "Refusees"
DELAI_S = 30
PAR_TOUR = 50
TYPES = ("application/pdf", "application/xml", "text/xml", "application/octet-stream")


def relever(boite: Boite, prendre: Callable[[str, bytes], Releve]) -> int:
    """Deposit the files of every message of the folder; return how many messages were moved."""
    ranges = 0
    try:
        with _ouverte(boite) as serveur:
            for uid in _uids(serveur)[:PAR_TOUR]:
                try:
                    motifs = _prendre(serveur, uid, prendre)
                except TemporaryError:
                    continue
                if motifs:
                    _deposer_motif(serveur, uid, motifs)
                _deplacer(serveur, uid, REFUSEES if motifs else TRAITEES)
                ranges += 1
    except (OSError, imaplib.IMAP4.error) as panne:
        raise TemporaryError("La boîte aux lettres des factures ne répond pas.") from panne
    return ranges


@contextmanager
def _ouverte(boite: Boite) -> Iterator[imaplib.IMAP4]:
    serveur: imaplib.IMAP4 = (
        imaplib.IMAP4_SSL(
            boite.serveur, boite.port, ssl_context=ssl.create_default_context(), timeout=DELAI_S
        )
        if boite.chiffre
        else imaplib.IMAP4(boite.serveur, boite.port, timeout=DELAI_S)
    )
    try:
        serveur.login(boite.compte, boite.secret)
        for dossier in (TRAITEES, REFUSEES):
            serveur.create(dossier)  # refused when it exists, which is what we want
        _exiger(serveur.select(f'"{boite.dossier}"'))
        yield serveur
    finally:
        serveur.logout()


def _uids(serveur: imaplib.IMAP4) -> list[str]:
    donnees = _exiger(serveur.uid("SEARCH", "UNDELETED"))
    return (donnees[0] or b"").decode().split()


def _prendre(
    serveur: imaplib.IMAP4, uid: str, prendre: Callable[[str, bytes], Releve]
) -> list[str]:
    """Deposit each file of a message; return the reasons of those refused."""
    fichiers = list(_fichiers(_message(serveur, uid)))
    if not fichiers:
        return ["Le message ne porte aucune facture\u00a0: joignez un fichier XML ou PDF."]
    releves = [(nom, prendre(nom, octets)) for nom, octets in fichiers]
    return [f"{nom}\u00a0: {releve.motif}" for nom, releve in releves if not releve.accepte]


def _message(serveur: imaplib.IMAP4, uid: str) -> Message:
    parties = _exiger(serveur.uid("FETCH", uid, "(BODY.PEEK[])"))
    brut: bytes = next(partie[1] for partie in parties if isinstance(partie, tuple))
    return email.message_from_bytes(brut, policy=default)


def _fichiers(message: Message) -> Iterator[tuple[str, bytes]]:
    for partie in message.walk():
        if partie.get_content_type() in TYPES and partie.get_filename():
            contenu = partie.get_payload(decode=True)
            if isinstance(contenu, bytes):
                yield str(partie.get_filename()), contenu


def _deposer_motif(serveur: imaplib.IMAP4, uid: str, motifs: list[str]) -> None:
    """File the reasons as a message beside the refused one."""
    note = EmailMessage()
    note["Subject"] = "Facture refusée : motifs"
    note["From"] = "Essaim <ne-pas-repondre@localhost>"
    note["X-Essaim-Message"] = uid
    note.set_content("\n\n".join(motifs))
    _exiger(serveur.append(REFUSEES, "", "", note.as_bytes()))


def _deplacer(serveur: imaplib.IMAP4, uid: str, dossier: str) -> None:
    _exiger(serveur.uid("COPY", uid, dossier))
    _exiger(serveur.uid("STORE", uid, "+FLAGS", r"(\Deleted)"))
    _exiger(serveur.expunge())


def _exiger(reponse: tuple[str, Any]) -> list[Any]:
    """The data of an answer; a refusal is a failure of the mailbox."""
    statut, donnees = reponse
    if statut != "OK":
        raise imaplib.IMAP4.error(statut)
    return list(donnees)
