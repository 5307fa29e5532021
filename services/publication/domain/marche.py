"""Award of a lot and notification of the contract (offers themselves come with the safe)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.publication.domain.valeurs import Delai, Organisation
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.clock import jour_de
from shared.kernel.errors import ConflictError, DomainError
from shared.kernel.montant import Montant
from shared.kernel.seuils import TypeProcedure


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributaire(Organisation):
    """The firm chosen for a lot."""

    pme: bool
    courriel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LigneAttribuee:
    """One line at its awarded unit price (up to six decimals); only its total is rounded."""

    ligne_id: uuid.UUID | None
    article: str
    designation: str
    conditionnement: str
    quantite: Decimal
    prix_unitaire_ht: Decimal

    @property
    def montant_ht(self) -> Montant:
        return Montant(self.quantite * self.prix_unitaire_ht)


def total_ht(lignes: Sequence[LigneAttribuee]) -> Montant:
    """Amount of a contract: the sum of its lines, each rounded to the cent."""
    return Montant.somme(ligne.montant_ht for ligne in lignes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """The decision to award: to whom, when, among how many offers, at what amount."""

    attributaire: Attributaire
    attribue_le: dt.date
    offres_recues: int
    montant_ht: Montant
    taux_tva: Decimal
    lignes: tuple[LigneAttribuee, ...] = ()


def verifier_attribution(
    attribution: Attribution, date_limite: dt.datetime, aujourd_hui: dt.date
) -> None:
    """An award comes after the deadline, not in the future, with at least one offer."""
    champs = {}
    if not jour_de(date_limite) <= attribution.attribue_le <= aujourd_hui:
        champs["attribue_le"] = (
            f"La date d’attribution est comprise entre le {jour_de(date_limite):%d/%m/%Y}, date "
            "limite des offres, et aujourd’hui."
        )
    if attribution.offres_recues < 1:
        champs["offres_recues"] = "Il faut au moins une offre reçue."
    if attribution.montant_ht <= Montant.zero():
        champs["montant_ht"] = "Indiquez le montant attribué."
    elif attribution.lignes and total_ht(attribution.lignes) != attribution.montant_ht:
        champs["montant_ht"] = (
            f"Le montant doit être la somme des lignes, {total_ht(attribution.lignes)} € HT."
        )
    if champs:
        raise DomainError(" ".join(champs.values()), code="attribution_invalide", champs=champs)


def premiere_signature(
    procedure: TypeProcedure, attribue_le: dt.date, standstill: Delai
) -> dt.date:
    """First day on which the contract may be signed; only formal procedures wait (R2182-1)."""
    if procedure is not TypeProcedure.FORMALISEE:
        return attribue_le
    return ajouter_jours(attribue_le, standstill.jours)


def verifier_notification(
    date_notification: dt.date, au_plus_tot: dt.date, aujourd_hui: dt.date
) -> None:
    """A contract is notified after its award and its standstill, and not in the future."""
    if date_notification < au_plus_tot:
        raise ConflictError(
            f"Le marché ne peut pas être notifié avant le {au_plus_tot:%d/%m/%Y}.",
            code="delai_de_suspension",
            champs={"date_notification": f"Au plus tôt le {au_plus_tot:%d/%m/%Y}."},
            au_plus_tot=au_plus_tot,
        )
    if date_notification > aujourd_hui:
        raise DomainError(
            "La date de notification ne peut pas être dans l’avenir.",
            code="date_future",
            champs={"date_notification": "Cette date est dans l’avenir."},
        )
