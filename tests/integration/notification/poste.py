"""A mailbox, a real SMTP conversation with it, and what the ledger says."""

import socket
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from services.notification.gateways.facteur import Expediteur, facteur_de
from services.notification.gateways.redaction import Redacteur
from services.notification.usecases.remettre import Expedition
from shared.ops import courriels
from tests.integration.notification.monde import Monde

URL = "https://achats.exemple.fr"


def port_libre() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass(frozen=True)
class CourrielRecu:
    """A message as its reader sees it."""

    a: str
    de: str
    sujet: str
    entetes: dict[str, str]
    texte: str
    html: str

    @classmethod
    def de_message(cls, message: EmailMessage) -> "CourrielRecu":
        texte, riche = message.get_body(("plain",)), message.get_body(("html",))
        return cls(
            a=str(message["To"]),
            de=str(message["From"]),
            sujet=str(message["Subject"]),
            entetes={cle: str(valeur) for cle, valeur in message.items()},
            texte=texte.get_content(),
            html=riche.get_content(),
        )


class Poste:
    """A mailbox, the way to it, and what was counted."""

    def __init__(self, monde: Monde, dossier: Path, port: int) -> None:
        self.monde = monde
        self.dossier = dossier
        self.comptes: Counter[str] = Counter()
        self.expedition = Expedition(
            transactions=monde.transactions,
            facteur=facteur_de(
                f"smtp://127.0.0.1:{port}", Expediteur("Ardèche", "achats@exemple.fr"), monde.clock
            ),
            composer=Redacteur(
                instance="Département de l’Ardèche", public_url=URL, secret="secret"
            ).composer,
            compter=lambda etat: self.comptes.update([etat.value]),
        )

    def relever(self) -> list[CourrielRecu]:
        recus = courriels.liste(self.dossier, limite=1000)
        return [CourrielRecu.de_message(c.message) for c in reversed(recus)]

    def remettre(self) -> list[CourrielRecu]:
        """Send what is due; return what arrived since the start."""
        self.expedition.remettre()
        return self.relever()

    def etats(self) -> dict[str, tuple[str, int]]:
        """State and tries by recipient and model, as the ledger says."""
        with self.monde.transactions.read() as session:
            lignes = session.connection().exec_driver_sql(
                "SELECT d.courriel || ' ' || m.modele, r.etat, r.tentatives FROM remise r"
                " JOIN destinataire d ON d.id = r.destinataire_id"
                " JOIN message m ON m.id = r.message_id"
            )
            return {cle: (etat, tentatives) for cle, etat, tentatives in lignes}


def avis_recus(courriels: list[CourrielRecu], a: str = "") -> list[CourrielRecu]:
    return [c for c in courriels if "vis" in c.sujet and (not a or c.a == a)]
