"""The smallest IMAP server that a mailbox of invoices needs: one account, folders in memory.

It speaks the commands that `imaplib` sends for us (RFC 3501) and refuses every other one.
"""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_LITTERAL = re.compile(rb"\{(\d+)\}\s*$")
_MOT = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


@dataclass
class Courrier:
    uid: int
    octets: bytes
    efface: bool = False


@dataclass
class Boite:
    """What the server holds, for a test to fill and to look at."""

    compte: str = "factures"
    secret: str = "secret"
    dossiers: dict[str, list[Courrier]] = field(default_factory=lambda: {"INBOX": []})
    port: int = 0
    refuse: frozenset[str] = frozenset()
    _uid: int = 0

    @property
    def url(self) -> str:
        return f"imap://{self.compte}:{self.secret}@127.0.0.1:{self.port}/INBOX"

    def deposer(self, octets: bytes, dossier: str = "INBOX") -> None:
        self._uid += 1
        self.dossiers.setdefault(dossier, []).append(Courrier(self._uid, octets))


@contextmanager
def serveur() -> Iterator[Boite]:
    """A server on a port of its own, stopped at the end."""
    boite = Boite()

    class Session(_Session):
        tout = boite

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as tcp:
        tcp.daemon_threads = True
        boite.port = tcp.server_address[1]
        fil = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.05})
        fil.start()
        try:
            yield boite
        finally:
            tcp.shutdown()
            fil.join()


class _Session(socketserver.StreamRequestHandler):
    tout: Boite
    choisi = "INBOX"

    def handle(self) -> None:
        self._dire("* OK pret")
        while ligne := self.rfile.readline():
            litteral = self._litteral(ligne)
            etiquette, commande, *mots = _mots(ligne.decode())
            if commande.upper() == "UID":
                commande, *mots = mots
            if commande.upper() in self.tout.refuse:
                self._dire(f"{etiquette} NO refuse")
                continue
            suite = getattr(self, f"_{commande.lower()}", None)
            self._dire(f"{etiquette} {suite(mots, litteral) if suite else 'BAD inconnu'}")
            if commande.upper() == "LOGOUT":
                return

    def _dire(self, texte: str) -> None:
        self.wfile.write(texte.encode() + b"\r\n")

    def _litteral(self, ligne: bytes) -> bytes:
        trouve = _LITTERAL.search(ligne)
        if not trouve:
            return b""
        self._dire("+ suite")
        octets = self.rfile.read(int(trouve.group(1)))
        self.rfile.readline()
        return octets

    def _capability(self, _mots: list[str], _octets: bytes) -> str:
        self._dire("* CAPABILITY IMAP4rev1")
        return "OK fait"

    def _login(self, mots: list[str], _octets: bytes) -> str:
        bon = mots == [self.tout.compte, self.tout.secret]
        return "OK fait" if bon else "NO identifiants"

    def _create(self, mots: list[str], _octets: bytes) -> str:
        if mots[0] in self.tout.dossiers:
            return "NO existe"
        self.tout.dossiers[mots[0]] = []
        return "OK fait"

    def _select(self, mots: list[str], _octets: bytes) -> str:
        if mots[0] not in self.tout.dossiers:
            return "NO inconnu"
        self.choisi = mots[0]
        self._dire(f"* {len(self.tout.dossiers[mots[0]])} EXISTS")
        return "OK [READ-WRITE] fait"

    def _search(self, _mots: list[str], _octets: bytes) -> str:
        uids = [str(c.uid) for c in self._courriers() if not c.efface]
        self._dire(" ".join(["* SEARCH", *uids]))
        return "OK fait"

    def _fetch(self, mots: list[str], _octets: bytes) -> str:
        for rang, courrier in enumerate(self._courriers(), 1):
            if str(courrier.uid) == mots[0]:
                tete = f"* {rang} FETCH (UID {courrier.uid} BODY[] {{{len(courrier.octets)}}}\r\n"
                self.wfile.write(tete.encode() + courrier.octets + b")\r\n")
        return "OK fait"

    def _copy(self, mots: list[str], _octets: bytes) -> str:
        for courrier in self._vises(mots[0]):
            self.tout.deposer(courrier.octets, mots[1])
        return "OK fait"

    def _store(self, mots: list[str], _octets: bytes) -> str:
        for courrier in self._vises(mots[0]):
            courrier.efface = True
        return "OK fait"

    def _expunge(self, _mots: list[str], _octets: bytes) -> str:
        self.tout.dossiers[self.choisi] = [c for c in self._courriers() if not c.efface]
        return "OK fait"

    def _append(self, mots: list[str], octets: bytes) -> str:
        self.tout.deposer(octets, mots[0])
        return "OK fait"

    def _logout(self, _mots: list[str], _octets: bytes) -> str:
        self._dire("* BYE")
        return "OK fait"

    def _courriers(self) -> list[Courrier]:
        return self.tout.dossiers[self.choisi]

    def _vises(self, uid: str) -> list[Courrier]:
        return [c for c in self._courriers() if str(c.uid) == uid]


def _mots(ligne: str) -> list[str]:
    return [cite or nu for cite, nu in _MOT.findall(ligne.strip())]
