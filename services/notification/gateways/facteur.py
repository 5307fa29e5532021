"""The way to the mail server, chosen by `SMTP_URL`.

`smtp://host:25` talks to a local relay in clear; with credentials or `?starttls=1` the connection
is encrypted and the certificate checked; `smtps://` is encrypted from the first byte. `console:`
prints subjects only, `null:` does nothing.
"""

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from services.notification.domain.remise import (
    Courriel,
    Facteur,
    Liaison,
    LiaisonPerdue,
    RefusDefinitif,
    RefusTemporaire,
)
from shared.kernel.clock import Clock

DELAI = 15  # seconds of silence before a server counts as away
_PARTI = 421
# A folded List-Unsubscribe is legal, but some mailboxes read one line only.
POLICY = SMTP.clone(max_line_length=500)
journal = logging.getLogger("essaim.notification.courriel")


@dataclass(frozen=True, slots=True)
class Expediteur:
    """Who writes: the instance's name and its address."""

    nom: str
    adresse: str


def facteur_de(smtp_url: str, expediteur: Expediteur, clock: Clock) -> Facteur:
    """Choose the way; raise `ValueError` for a scheme that nobody knows."""
    url = urlsplit(smtp_url)
    match url.scheme:
        case "smtp" | "smtps":
            return FacteurSmtp(url, expediteur, clock)
        case "console":
            return FacteurConsole()
        case "null":
            return FacteurMuet()
        case _:
            raise ValueError("SMTP_URL : smtp://, smtps://, console: ou null:")


def en_message(courriel: Courriel, expediteur: Expediteur, clock: Clock) -> EmailMessage:
    """Build the MIME message: text first, HTML as its richer alternative."""
    local, _, domaine = expediteur.adresse.partition("@")
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(expediteur.nom, local, domaine)
    message["To"] = courriel.a
    message["Subject"] = courriel.sujet
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = courriel.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "fr"
    for nom, valeur in courriel.entetes.items():
        message[nom] = valeur
    message.set_content(courriel.texte)
    message.add_alternative(courriel.html, subtype="html")
    return message


class FacteurSmtp:
    """A real mail server."""

    def __init__(self, url: SplitResult, expediteur: Expediteur, clock: Clock) -> None:
        self._url = url
        self._expediteur = expediteur
        self._clock = clock

    @contextmanager
    def ouvrir(self) -> Iterator[Liaison]:
        """Connect and sign in; the conversation ends politely with the block."""
        try:
            serveur = self._connecter()
        except (OSError, smtplib.SMTPException) as erreur:
            raise LiaisonPerdue(type(erreur).__name__) from erreur
        try:
            yield _LiaisonSmtp(serveur, self._expediteur, self._clock)
        finally:
            _quitter(serveur)

    def _connecter(self) -> smtplib.SMTP:
        hote, port = self._url.hostname or "localhost", self._url.port or 0
        if self._url.scheme == "smtps":
            context = ssl.create_default_context()
            serveur: smtplib.SMTP = smtplib.SMTP_SSL(hote, port, timeout=DELAI, context=context)
        else:
            serveur = smtplib.SMTP(hote, port, timeout=DELAI)
            if self._url.username or "starttls" in parse_qs(self._url.query):
                serveur.starttls(context=ssl.create_default_context())
        if self._url.username:
            serveur.login(unquote(self._url.username), unquote(self._url.password or ""))
        return serveur


class _LiaisonSmtp:
    def __init__(self, serveur: smtplib.SMTP, expediteur: Expediteur, clock: Clock) -> None:
        self._serveur = serveur
        self._expediteur = expediteur
        self._clock = clock

    def remettre(self, courriel: Courriel) -> None:
        """Say the server's answer in our words; a refused sender is our own fault, so try later."""
        message = en_message(courriel, self._expediteur, self._clock)
        try:
            self._serveur.send_message(message)
        except smtplib.SMTPRecipientsRefused as refus:
            code, texte = next(iter(refus.recipients.values()))
            raise _refus(code, texte) from refus
        except smtplib.SMTPSenderRefused as refus:
            raise RefusTemporaire(f"expéditeur refusé {refus.smtp_code}") from refus
        except smtplib.SMTPResponseException as refus:
            raise _refus(refus.smtp_code, refus.smtp_error) from refus
        except (OSError, smtplib.SMTPException) as erreur:
            raise LiaisonPerdue(type(erreur).__name__) from erreur


def _refus(code: int, texte: bytes | str) -> Exception:
    """4xx: later; 5xx: never; 421: the server is leaving."""
    clair = texte.decode("utf-8", "replace") if isinstance(texte, bytes) else texte
    if code == _PARTI:
        return LiaisonPerdue("421")
    return (RefusDefinitif if code >= 500 else RefusTemporaire)(f"{code} {clair}")


def _quitter(serveur: smtplib.SMTP) -> None:
    """A server that has already hung up needs no goodbye."""
    try:
        serveur.quit()
    except (OSError, smtplib.SMTPException):
        serveur.close()


class FacteurConsole:
    """Prints what would leave: a subject, never an address."""

    @contextmanager
    def ouvrir(self) -> Iterator[Liaison]:
        yield self

    def remettre(self, courriel: Courriel) -> None:
        journal.info("Courriel « %s » (non envoyé)", courriel.sujet)


class FacteurMuet:
    """Takes everything, keeps nothing."""

    def ouvrir(self) -> AbstractContextManager[Liaison]:
        return _Silence()


class _Silence(AbstractContextManager["_Silence"]):
    def __exit__(self, *_: object) -> None:
        return None

    def remettre(self, courriel: Courriel) -> None:
        """Nothing leaves."""
