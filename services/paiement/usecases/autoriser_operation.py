"""Every use of a purchasing card is checked against its rights before it is paid."""

import datetime as dt
import uuid
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, exists, func, select

from services.paiement.domain import carte as regle
from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.carte import Decision, Depenses, MarcheVise, Operation
from services.paiement.domain.facture import Etat
from services.paiement.tables import (
    Acheteur,
    Avance,
    Carte,
    Commande,
    Facture,
    FournisseurReference,
    Marche,
    OperationCarte,
)
from services.paiement.usecases.cartes import charger_carte
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Demande:
    """What a holder wants to buy; `marche` is a contract reference."""

    accepteur_siret: str
    accepteur_nom: str
    montant: Montant
    cpv: str | None = None
    marche: str | None = None
    sur_stock: bool = False
    motif_travaux: str = ""


def autoriser_operation(
    uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str, demande: Demande
) -> OperationCarte:
    """Check an operation against the card, its supplier and its contract; keep the answer.

    The card and the contract stay locked until the end: two operations at once cannot both use
    the same remainder.
    """
    carte = charger_carte(uow, carte_id, acheteur_siret)
    marche = _marche(uow, demande.marche, acheteur_siret)
    jour = uow.clock.today()
    decision = regle.autoriser(
        _regles(carte),
        Operation(
            le=jour,
            montant=demande.montant,
            siret=demande.accepteur_siret,
            fournisseur_reference=_reference(uow, acheteur_siret, demande.accepteur_siret),
            cpv=demande.cpv or (marche.cpv if marche else None),
            marche=_vise(uow, marche) if marche else None,
            sur_stock=demande.sur_stock,
            motif_travaux=demande.motif_travaux,
        ),
        _depenses(uow, carte.id, demande.accepteur_siret, jour),
    )
    operation = _operation(uow, carte, demande, marche, decision)
    uow.session.add(operation)
    _dire(uow, carte, operation)
    uow.audit("carte.operation", str(operation.id), {"carte": carte.id, "motif": operation.motif})
    return operation


def _marche(uow: UnitOfWork, reference: str | None, acheteur_siret: str) -> Marche | None:
    """Lock the contract an operation executes: one of the buyer, or one it ordered on."""
    if not reference:
        return None
    marche = uow.session.scalar(
        select(Marche)
        .where(Marche.reference == reference, _execute_par(acheteur_siret))
        .with_for_update()
    )
    if marche is None:
        raise ValidationError(
            f"Aucun marché de votre organisation ne porte la référence {reference}.",
            code="marche_inconnu",
            champs={"marche": "Choisissez un marché de votre organisation."},
        )
    return marche


def _execute_par(acheteur_siret: str) -> ColumnElement[bool]:
    """The buyer signed the contract, or orders on it as a member of the group."""
    commande = exists().where(
        Commande.marche_id == Marche.id, Commande.membre_siret == acheteur_siret
    )
    return (Marche.acheteur_siret == acheteur_siret) | commande


def _regles(carte: Carte) -> regle.Carte:
    return regle.Carte(
        active=carte.active,
        porteur_actif=carte.porteur_actif,
        expire_le=carte.expire_le,
        plafond_transaction=carte.plafond_transaction,
        plafond_periode=carte.plafond_periode,
        plafond_fournisseur=carte.plafond_fournisseur,
        familles_exclues=tuple(carte.familles_exclues),
        budget_annuel=carte.budget_annuel,
    )


def _reference(uow: UnitOfWork, acheteur_siret: str, siret: str) -> bool:
    if uow.session.get(FournisseurReference, (acheteur_siret, siret)) is not None:
        return True
    titulaire = select(Marche.id).where(
        Marche.titulaire_siret == siret, _execute_par(acheteur_siret)
    )
    return uow.session.scalar(titulaire.limit(1)) is not None


def _vise(uow: UnitOfWork, marche: Marche) -> MarcheVise:
    """The contract as the rule sees it; an advance refused by the contractor is none."""
    avance = uow.session.scalar(
        select(Avance.id).where(Avance.marche_id == marche.id, Avance.etat != EtatAvance.REFUSEE)
    )
    facture = uow.session.scalar(
        select(func.sum(Facture.montant_ttc)).where(
            Facture.marche_id == marche.id, Facture.etat != Etat.REJETEE
        )
    )
    par_carte = _somme(uow, OperationCarte.marche_id == marche.id)
    return MarcheVise(
        reference=marche.reference,
        travaux=marche.travaux,
        avance=avance is not None,
        reste=marche.actuel_ttc - (facture or Montant.zero()) - par_carte,
    )


def _depenses(uow: UnitOfWork, carte_id: uuid.UUID, siret: str, jour: dt.date) -> Depenses:
    """What this card already spent: derived from its operations, never counted aside."""
    sur_la_carte = OperationCarte.carte_id == carte_id
    du_mois = OperationCarte.jour >= jour.replace(day=1)
    de_l_annee = OperationCarte.jour >= jour.replace(month=1, day=1)
    return Depenses(
        periode=_somme(uow, sur_la_carte, du_mois),
        fournisseur=_somme(uow, sur_la_carte, du_mois, OperationCarte.accepteur_siret == siret),
        annee=_somme(uow, sur_la_carte, de_l_annee),
    )


def _somme(uow: UnitOfWork, *criteres: ColumnElement[bool]) -> Montant:
    requete = select(func.sum(OperationCarte.montant_ttc))
    total = uow.session.scalar(requete.where(OperationCarte.autorisee, *criteres))
    return total or Montant.zero()


def _operation(
    uow: UnitOfWork, carte: Carte, demande: Demande, marche: Marche | None, decision: Decision
) -> OperationCarte:
    return OperationCarte(
        id=uow.new_id(),
        carte_id=carte.id,
        le=uow.clock.now(),
        jour=uow.clock.today(),
        accepteur_siret=demande.accepteur_siret,
        accepteur_nom=demande.accepteur_nom,
        montant_ttc=demande.montant,
        cpv=demande.cpv,
        marche_id=marche.id if marche else None,
        motif_travaux=demande.motif_travaux,
        autorisee=decision.autorisee,
        motif=decision.motif,
        explication=decision.explication,
        controles=[asdict(controle) for controle in decision.controles],
        reste_periode=decision.reste_periode,
        acteur=uow.acteur,
    )


def _dire(uow: UnitOfWork, carte: Carte, operation: OperationCarte) -> None:
    acheteur = uow.session.get_one(Acheteur, carte.acheteur_siret)
    commun = {
        "operation_id": operation.id,
        "carte_id": carte.id,
        "porteur": carte.porteur,
        "membre": {"siret": acheteur.siret, "nom": acheteur.nom},
        "accepteur": {"siret": operation.accepteur_siret, "nom": operation.accepteur_nom},
        "montant_ttc": operation.montant_ttc,
        "marche_id": operation.marche_id,
        "le": operation.le,
    }
    if operation.autorisee:
        uow.emit(
            "paiement.carte.operation_acceptee.v1",
            subject=str(carte.id),
            data={**commun, "reste_periode": operation.reste_periode},
        )
    else:
        uow.emit(
            "paiement.carte.operation_refusee.v1",
            subject=str(carte.id),
            data={**commun, "motif": operation.motif, "explication": operation.explication},
        )
