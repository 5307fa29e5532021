"""Deposit what was found in a watched directory or mailbox, with the reasons of what is refused."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from services.paiement.domain.efacture import Examen, Verdict
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.gateways.efacture.reprise import controler_a_part
from services.paiement.usecases.deposer_facture import Envoi, deposer_facture
from shared.kernel.errors import DomainError
from shared.messaging.uow import Transactions


@dataclass(frozen=True, slots=True)
class Releve:
    """What became of a file: the number of the invoice, or why it was refused."""

    facture: str | None
    motif: str = ""

    @property
    def accepte(self) -> bool:
        return self.facture is not None


def relever_fichier(transactions: Transactions, nom: str, octets: bytes, *, canal: str) -> Releve:
    """Deposit one file; a file already deposited is accepted again and changes nothing.

    An invoice is registered at once and its rules are run by the job that takes up checks; a credit
    note is checked here, since it is refused rather than kept. A `TemporaryError` is the caller's.
    """
    try:
        examen = _examen(octets)
        with transactions.begin(acteur=canal) as uow:
            depot = deposer_facture(uow, Envoi(nom, octets), examen)
            return Releve(depot.facture.numero)
    except DomainError as refus:
        details = [str(motif) for motif in refus.details.get("motifs", ())]
        return Releve(None, "\n".join([refus.message, *details]))


def _examen(octets: bytes) -> Examen:
    """Neither a thread nor Saxon may start in the worker."""
    examen = examiner(octets, _sans_regles)
    if not examen.faits.avoir or examen.verdict is not Verdict.INDETERMINE:
        return examen
    verdict, anomalies = controler_a_part(octets)
    return replace(examen, verdict=verdict, anomalies=anomalies)


def _sans_regles(*_: object) -> None:
    """The rules cannot be run here: the verdict stays undetermined."""


Prise = Callable[[str, bytes], Releve]
