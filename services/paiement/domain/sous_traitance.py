"""Subcontractors: accepted by special act, paid directly from a legal amount."""

import datetime as dt

from services.paiement.domain.phrases import euros, jour
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres


def paiement_direct(montant_ttc: Montant, date_lancement: dt.date, parametres: Parametres) -> bool:
    """Tell whether the buyer pays this subcontractor itself."""
    seuil = parametres.valeur("sous_traitance_paiement_direct_ttc", date_lancement)
    return montant_ttc.decimal >= seuil.valeur


def verifier_acte(
    montant_ttc: Montant,
    disponible_ttc: Montant,
    acceptee_le: dt.date,
    notification: dt.date,
    aujourdhui: dt.date,
) -> None:
    """An act stays within what the contract leaves, and is dated during its execution."""
    if not Montant.zero() < montant_ttc <= disponible_ttc:
        raise ValidationError(
            "Le montant sous-traité n’est pas possible.",
            code="sous_traitance_impossible",
            champs={
                "montant_ttc": f"Entre 0,01\u00a0€ et {euros(disponible_ttc)} TTC, ce que le "
                "marché laisse à sous-traiter."
            },
        )
    if not notification <= acceptee_le <= aujourdhui:
        raise ValidationError(
            "La date d’acceptation n’est pas possible.",
            code="date_impossible",
            champs={
                "acceptee_le": f"Choisissez une date entre le {jour(notification)}, notification "
                "du marché, et aujourd’hui."
            },
        )
