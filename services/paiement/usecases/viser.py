"""What an operation by card names: order, contract, budget line; and what is left of each."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select

from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.carte import LigneBudget, MarcheVise
from services.paiement.domain.facture import Etat
from services.paiement.tables import (
    Avance,
    Carte,
    Commande,
    Facture,
    LigneBudgetaire,
    Marche,
    OperationCarte,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

VIVANTE = OperationCarte.autorisee & OperationCarte.annulee_le.is_(None)


@dataclass(frozen=True, slots=True)
class Vise:
    """Rows that an operation names, locked where a remainder is shared."""

    marche: Marche | None
    commande: Commande | None
    ligne: LigneBudgetaire | None


def viser(uow: UnitOfWork, carte: Carte, noms: tuple[str | None, str | None, str | None]) -> Vise:
    """Find and lock what is named, in one order for all: contract, then budget line.

    `noms` are the references of an order and of a contract, and a budget account.
    """
    nom_commande, nom_marche, compte = noms
    commande = _commande(uow, nom_commande, carte.acheteur_siret)
    marche = _marche(uow, nom_marche, commande, carte.acheteur_siret)
    return Vise(marche, commande, _ligne(uow, carte, compte, uow.clock.today()))


def _commande(uow: UnitOfWork, reference: str | None, acheteur_siret: str) -> Commande | None:
    """The order that the purchase executes, if it names one: the buyer's own, still alive."""
    if not reference:
        return None
    commande = uow.session.scalar(
        select(Commande).where(
            Commande.reference == reference,
            Commande.membre_siret == acheteur_siret,
            Commande.annulee_le.is_(None),
        )
    )
    if commande is None:
        raise ValidationError(
            f"Aucune commande en cours de votre organisation ne porte la référence {reference}.",
            code="commande_inconnue",
            champs={"commande": "Choisissez une commande de votre organisation."},
        )
    return commande


def _marche(
    uow: UnitOfWork, reference: str | None, commande: Commande | None, acheteur_siret: str
) -> Marche | None:
    """Lock the contract an operation executes: one of the buyer, or one it ordered on."""
    if commande is not None:
        critere = Marche.id == commande.marche_id
    elif reference:
        critere = Marche.reference == reference
    else:
        return None
    marche = uow.session.scalar(
        select(Marche).where(critere, execute_par(acheteur_siret)).with_for_update()
    )
    if marche is None or (reference and marche.reference != reference):
        raise ValidationError(
            f"Aucun marché de votre organisation ne porte la référence {reference}.",
            code="marche_inconnu",
            champs={"marche": "Choisissez un marché de votre organisation."},
        )
    return marche


def execute_par(acheteur_siret: str) -> ColumnElement[bool]:
    """The buyer signed the contract, or orders on it as a member of the group."""
    commande = exists().where(
        Commande.marche_id == Marche.id, Commande.membre_siret == acheteur_siret
    )
    return (Marche.acheteur_siret == acheteur_siret) | commande


def _ligne(
    uow: UnitOfWork, carte: Carte, compte: str | None, jour: dt.date
) -> LigneBudgetaire | None:
    """Lock the budget line: the account that the operation names this year, else the card's."""
    if compte is None and carte.ligne_id is None:
        return None
    critere = (
        LigneBudgetaire.id == carte.ligne_id
        if compte is None
        else (LigneBudgetaire.compte == compte) & (LigneBudgetaire.exercice == jour.year)
    )
    ligne = uow.session.scalar(
        select(LigneBudgetaire)
        .where(LigneBudgetaire.programme_id == carte.programme_id, critere)
        .with_for_update()
    )
    if ligne is None:
        raise ValidationError(
            f"Le programme n’a pas de ligne budgétaire {compte} en {jour.year}.",
            code="ligne_inconnue",
            champs={"compte": "Choisissez une ligne budgétaire du programme."},
        )
    return ligne


def refuser_si_carte(uow: UnitOfWork, marche_id: uuid.UUID) -> None:
    """A contract already executed by card gives no advance: the two exclude each other."""
    uow.session.execute(select(Marche.id).where(Marche.id == marche_id).with_for_update())
    par_carte = select(OperationCarte.id).where(OperationCarte.marche_id == marche_id, VIVANTE)
    if uow.session.scalar(par_carte.limit(1)) is not None:
        raise ConflictError(
            "Ce marché est exécuté par carte d’achat\u00a0: il ne peut pas donner lieu à une "
            "avance (décret 2023-209, article 3).",
            code="marche_execute_par_carte",
        )


def marche_vise(uow: UnitOfWork, marche: Marche) -> MarcheVise:
    """The contract as the rule sees it; an advance refused by the contractor is none."""
    avance = uow.session.scalar(
        select(Avance.id).where(Avance.marche_id == marche.id, Avance.etat != EtatAvance.REFUSEE)
    )
    facture = uow.session.scalar(
        select(func.sum(Facture.montant_ttc)).where(
            Facture.marche_id == marche.id, Facture.etat != Etat.REJETEE
        )
    )
    return MarcheVise(
        reference=marche.reference,
        travaux=marche.travaux,
        avance=avance is not None,
        reste=marche.actuel_ttc
        - (facture or Montant.zero())
        - _somme(uow, OperationCarte.marche_id == marche.id),
    )


def ligne_visee(uow: UnitOfWork, ligne: LigneBudgetaire) -> LigneBudget:
    depense = _somme(uow, OperationCarte.ligne_id == ligne.id)
    return LigneBudget(ligne.compte, ligne.montant - depense)


def _somme(uow: UnitOfWork, critere: ColumnElement[bool]) -> Montant:
    requete = select(func.sum(OperationCarte.montant_ttc)).where(VIVANTE, critere)
    return uow.session.scalar(requete) or Montant.zero()
