"""The address of a mailbox."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Boite:
    """Where the mailbox is: `imaps://compte:secret@serveur:993/Factures`."""

    serveur: str
    port: int
    chiffre: bool
    compte: str
    dossier: str
    secret: str = field(repr=False)

    @classmethod
    def depuis_url(cls, url: str) -> "Boite":
        """Read an address; raise ValueError naming what it lacks."""
        lue = urlsplit(url)
        if lue.scheme not in {"imap", "imaps"} or not lue.hostname or not lue.username:
            raise ValueError("écrivez imaps://compte:secret@serveur:993/Dossier")
        chiffre = lue.scheme == "imaps"
        return cls(
            serveur=lue.hostname,
            port=lue.port or (993 if chiffre else 143),
            chiffre=chiffre,
            compte=unquote(lue.username),
            secret=unquote(lue.password or ""),
            dossier=unquote(lue.path.strip("/")) or "INBOX",
        )
