"""What opens a payment deadline when it is not the deposit of the invoice on the platform."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.paiement.domain.horloge import Accord, Faits, Interruption
from services.paiement.domain.phrases import jour
from shared.kernel.errors import ValidationError


class Origine(StrEnum):
    """Which fact the deadline starts from."""

    NOTIFICATION = "NOTIFICATION"
    RECEPTION = "RECEPTION"
    NON_PROUVEE = "NON_PROUVEE"
    SOUS_TRAITANT = "SOUS_TRAITANT"
    SOLDE_TRAVAUX = "SOLDE_TRAVAUX"


LIBELLES: Mapping[Origine, str] = {
    Origine.NOTIFICATION: "Facture électronique\u00a0: courriel de mise à disposition",
    Origine.RECEPTION: "Réception constatée par l’acheteur",
    Origine.NON_PROUVEE: "Réception sans preuve\u00a0: date de la facture + 2 jours",
    Origine.SOUS_TRAITANT: "Sous-traitant payé directement\u00a0: accord du titulaire",
    Origine.SOLDE_TRAVAUX: "Solde de travaux\u00a0: acceptation du décompte général",
}


@dataclass(frozen=True, slots=True)
class Ouverture:
    """`le` is the fact itself; `demandee_le` the day a contractor received the request."""

    origine: Origine
    le: dt.date | None = None
    demandee_le: dt.date | None = None


def verifier(ouverture: Ouverture, emise_le: dt.date, aujourdhui: dt.date) -> Ouverture:
    """Refuse an opening whose dates are missing, or outside the life of the invoice.

    What the origin does not use is dropped.
    """
    champs: dict[str, str] = {}
    origine, le, demandee_le = ouverture.origine, ouverture.le, ouverture.demandee_le
    if origine is Origine.NON_PROUVEE:
        return Ouverture(origine)
    sous_traite = origine is Origine.SOUS_TRAITANT
    if le is None and not sous_traite:
        champs["le"] = "Saisissez la date."
    if sous_traite and demandee_le is None:
        champs["demandee_le"] = "Saisissez la date à laquelle le titulaire a reçu la demande."
    for nom, date in (("le", le), ("demandee_le", demandee_le if sous_traite else None)):
        if date is not None and not emise_le <= date <= aujourdhui:
            champs[nom] = f"Choisissez une date du {jour(emise_le)} au {jour(aujourdhui)}."
    if sous_traite and not champs and le is not None and demandee_le and le < demandee_le:
        champs["le"] = f"L’accord ne précède pas la demande du {jour(demandee_le)}."
    if champs:
        raise ValidationError(
            "Le départ du délai est à corriger.", code="depart_invalide", champs=champs
        )
    return Ouverture(origine, le, demandee_le if sous_traite else None)


def faits(
    ouverture: Ouverture | None,
    emise_le: dt.date,
    recue_le: dt.date,
    service_fait_le: dt.date | None,
    interruption: Interruption | None,
) -> Faits:
    """Facts of the clock; without an opening, the deposit on the platform is the receipt."""
    connus = Faits(emise_le, recue_le, service_fait_le, interruption)
    if ouverture is None:
        return connus
    match ouverture.origine:
        case Origine.NON_PROUVEE:
            return Faits(emise_le, None, service_fait_le, interruption)
        case Origine.SOUS_TRAITANT if ouverture.demandee_le is not None:
            accord = Accord(ouverture.demandee_le, ouverture.le)
            return Faits(emise_le, recue_le, service_fait_le, interruption, accord=accord)
        case Origine.SOLDE_TRAVAUX:
            return Faits(
                emise_le, recue_le, service_fait_le, interruption, decompte_accepte_le=ouverture.le
            )
        case _:
            return Faits(emise_le, ouverture.le or recue_le, service_fait_le, interruption)
