"""What the operators' graphs show of the payment clock."""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.paiement.domain.facture import Etat
from services.paiement.tables import Facture

_CLOSES = (Etat.MISE_EN_PAIEMENT, Etat.REJETEE)
TRANCHES = ("en retard", "0 à 7 jours", "8 à 15 jours", "plus de 15 jours", "arrêtée")


def tranche(echeance: dt.date | None, aujourdhui: dt.date) -> str:
    """Where an invoice stands before its due date; without one, its clock is stopped."""
    if echeance is None:
        return "arrêtée"
    restants = (echeance - aujourdhui).days
    if restants < 0:
        return "en retard"
    return "0 à 7 jours" if restants <= 7 else "8 à 15 jours" if restants <= 15 else TRANCHES[3]


def impayees(session: Session, aujourdhui: dt.date) -> dict[str, int]:
    """How many unpaid invoices are in each bracket, empty ones included."""
    nombres = dict.fromkeys(TRANCHES, 0)
    lignes = session.execute(
        select(Facture.echeance_le, func.count())
        .where(Facture.etat.not_in(_CLOSES))
        .group_by(Facture.echeance_le)
    )
    for echeance, nombre in lignes:
        nombres[tranche(echeance, aujourdhui)] += nombre
    return nombres
