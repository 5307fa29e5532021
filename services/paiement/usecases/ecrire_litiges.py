"""Disputes and credit notes in the ledger, on the account of their invoice."""

import datetime as dt

from sqlalchemy import select

from services.paiement.domain import ecritures as regle
from services.paiement.domain.ecritures import Compte
from services.paiement.tables import Avoir, Contestation, Facture
from services.paiement.usecases.ecrire import ecrire, piece_facture, solde
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


def ecrire_avoirs(uow: UnitOfWork, facture: Facture) -> None:
    """Each credit note lowers what is admitted and due; before the admission it waits for it."""
    if facture.service_fait_le is None:
        return
    for avoir in uow.session.scalars(
        select(Avoir).where(Avoir.facture_id == facture.id).order_by(Avoir.depose_le, Avoir.id)
    ):
        tva = avoir.montant_ttc - avoir.montant_ht
        ecrire(
            uow,
            piece_facture(facture),
            f"avoir:{avoir.id}",
            regle.admettre(-avoir.montant_ht, -tva, -avoir.montant_ttc),
            libelle=f"Avoir {avoir.numero}",
        )


def a_verser(uow: UnitOfWork, facture: Facture) -> Montant:
    """What is due on the ledger, the part in dispute left aside."""
    du = -solde(uow, piece_facture(facture), Compte.FOURNISSEUR)
    return max(Montant.zero(), du - facture.conteste)


def ecrire_reste(
    uow: UnitOfWork, facture: Facture, contestation: Contestation, le: dt.date
) -> None:
    """A part admitted after a dispute is paid, with what its lateness makes due."""
    piece, cle = piece_facture(facture), contestation.id
    montants = (
        ("reste", regle.payer(contestation.reste), "Part contestée payée"),
        ("reste-indemnite", _dus(contestation.indemnite), "Indemnité forfaitaire"),
        ("reste-interets", _dus(contestation.interets), "Intérêts moratoires"),
    )
    for geste, lignes, libelle in montants:
        ecrire(
            uow,
            piece,
            f"{geste}:{cle}",
            lignes,
            libelle=f"{libelle}, facture {facture.numero}",
            jour=le,
        )


def _dus(montant: Montant | None) -> tuple[regle.Ligne, ...]:
    return regle.devoir_interets(montant or Montant.zero())
