"""Every use of a purchasing card is checked against its rights before it is paid."""

import datetime as dt
import uuid
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from services.paiement.domain import carte as regle
from services.paiement.domain import numero_carte
from services.paiement.domain.carte import Decision, Depenses, Genre, Operation
from services.paiement.domain.carte import PlafondCategorie as Categorie
from services.paiement.domain.programme import EtatCarte, Personne, Role
from services.paiement.tables import (
    Carte,
    FournisseurReference,
    Marche,
    OperationCarte,
    PlafondCategorie,
)
from services.paiement.usecases.cartes import charger_carte
from services.paiement.usecases.programmes import exiger_role
from services.paiement.usecases.viser import (
    VIVANTE,
    Vise,
    execute_par,
    ligne_visee,
    marche_vise,
    viser,
)
from shared.kernel.errors import ForbiddenError
from shared.kernel.identifiants import cpv_racine
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Demande:
    """What a holder wants to buy; `marche` and `commande` are references."""

    accepteur_siret: str
    accepteur_nom: str
    montant: Montant
    cpv: str | None = None
    mcc: str | None = None
    marche: str | None = None
    commande: str | None = None
    compte: str | None = None
    sur_stock: bool = False
    motif_travaux: str = ""


def autoriser_operation(
    uow: UnitOfWork,
    carte_id: uuid.UUID,
    acheteur_siret: str,
    demande: Demande,
    par: Personne | None = None,
) -> OperationCarte:
    """Check an operation against the card, its supplier and its contract; keep the answer.

    The card, the contract and the budget line stay locked until the end: two operations at once
    cannot both use the same remainder.
    """
    carte = charger_carte(uow, carte_id, acheteur_siret)
    _verifier_porteur(uow, carte, par)
    numero_carte.refuser(accepteur_nom=demande.accepteur_nom, motif_travaux=demande.motif_travaux)
    jour = uow.clock.today()
    vise = viser(uow, carte, (demande.commande, demande.marche, demande.compte))
    categories = _categories(uow, carte.id)
    decision = regle.autoriser(
        _regles(carte, categories),
        _operation_visee(uow, demande, acheteur_siret, vise),
        _depenses(uow, carte.id, demande.accepteur_siret, jour, categories),
    )
    operation = _operation(uow, carte, demande, vise, decision)
    uow.session.add(operation)
    _dire(uow, carte, operation)
    uow.audit("carte.operation", str(operation.id), {"carte": carte.id, "motif": operation.motif})
    return operation


def _verifier_porteur(uow: UnitOfWork, carte: Carte, par: Personne | None) -> None:
    """A named card serves its holder; whoever runs the programme may ask in the holder's place."""
    if par is None or carte.porteur_id in (None, par.id):
        return
    if "finances" not in par.roles:
        raise ForbiddenError("Cette carte est au nom d’un autre porteur.", code="carte_nommee")
    exiger_role(uow.session, carte.programme_id, Role.RESPONSABLE, par)


def _categories(uow: UnitOfWork, carte_id: uuid.UUID) -> tuple[Categorie, ...]:
    lignes = uow.session.scalars(
        select(PlafondCategorie)
        .where(PlafondCategorie.carte_id == carte_id)
        .order_by(PlafondCategorie.genre, PlafondCategorie.code)
    )
    return tuple(Categorie(Genre(ligne.genre), ligne.code, ligne.plafond) for ligne in lignes)


def _regles(carte: Carte, categories: tuple[Categorie, ...]) -> regle.Carte:
    return regle.Carte(
        etat=EtatCarte(carte.etat),
        porteur_actif=carte.porteur_actif,
        expire_le=carte.expire_le,
        plafond_transaction=carte.plafond_transaction,
        plafond_periode=carte.plafond_periode,
        plafond_fournisseur=carte.plafond_fournisseur,
        familles_exclues=tuple(carte.familles_exclues),
        mcc_exclus=tuple(carte.mcc_exclus),
        plafonds_categorie=categories,
        budget_annuel=carte.budget_annuel,
    )


def _operation_visee(
    uow: UnitOfWork, demande: Demande, acheteur_siret: str, vise: Vise
) -> Operation:
    return Operation(
        le=uow.clock.today(),
        montant=demande.montant,
        siret=demande.accepteur_siret,
        fournisseur_reference=_reference(uow, acheteur_siret, demande.accepteur_siret),
        cpv=demande.cpv or (vise.marche.cpv if vise.marche else None),
        mcc=demande.mcc,
        marche=marche_vise(uow, vise.marche) if vise.marche else None,
        ligne=ligne_visee(uow, vise.ligne) if vise.ligne else None,
        sur_stock=demande.sur_stock,
        motif_travaux=demande.motif_travaux,
    )


def _reference(uow: UnitOfWork, acheteur_siret: str, siret: str) -> bool:
    if uow.session.get(FournisseurReference, (acheteur_siret, siret)) is not None:
        return True
    titulaire = select(Marche.id).where(
        Marche.titulaire_siret == siret, execute_par(acheteur_siret)
    )
    return uow.session.scalar(titulaire.limit(1)) is not None


def _depenses(
    uow: UnitOfWork,
    carte_id: uuid.UUID,
    siret: str,
    jour: dt.date,
    categories: tuple[Categorie, ...],
) -> Depenses:
    """What this card already spent, in one reading of its operations of the year."""
    du_mois = OperationCarte.jour >= jour.replace(day=1)
    total = func.sum(OperationCarte.montant_ttc)
    sommes = uow.session.execute(
        select(
            total.filter(du_mois),
            total.filter(du_mois, OperationCarte.accepteur_siret == siret),
            total,
            *(total.filter(du_mois, _dans(categorie)) for categorie in categories),
        ).where(
            OperationCarte.carte_id == carte_id,
            OperationCarte.jour >= jour.replace(month=1, day=1),
            VIVANTE,
        )
    ).one()
    periode, fournisseur, annee, *autres = (somme or Montant.zero() for somme in sommes)
    return Depenses(periode, fournisseur, annee, tuple(autres))


def _dans(categorie: Categorie) -> ColumnElement[bool]:
    """The same reading of a category as the rule's: a CPV head covers what starts like it."""
    if categorie.genre is Genre.MCC:
        return OperationCarte.mcc == categorie.code
    racine = cpv_racine(categorie.code)
    return OperationCarte.cpv.startswith(racine, autoescape=True)


def _operation(
    uow: UnitOfWork, carte: Carte, demande: Demande, vise: Vise, decision: Decision
) -> OperationCarte:
    operation_id = uow.new_id()
    return OperationCarte(
        id=operation_id,
        carte_id=carte.id,
        code=operation_id.hex[-12:].upper(),
        le=uow.clock.now(),
        jour=uow.clock.today(),
        accepteur_siret=demande.accepteur_siret,
        accepteur_nom=demande.accepteur_nom,
        montant_ttc=demande.montant,
        cpv=demande.cpv or (vise.marche.cpv if vise.marche else None),
        mcc=demande.mcc,
        marche_id=vise.marche.id if vise.marche else None,
        commande_id=vise.commande.id if vise.commande else None,
        ligne_id=vise.ligne.id if vise.ligne else None,
        motif_travaux=demande.motif_travaux,
        autorisee=decision.autorisee,
        motif=decision.motif,
        explication=decision.explication,
        controles=[asdict(controle) for controle in decision.controles],
        reste_periode=decision.reste_periode,
        acteur=uow.acteur,
    )


def commun(carte: Carte, operation: OperationCarte) -> dict[str, Any]:
    """What every event about an operation says."""
    return {
        "operation_id": operation.id,
        "carte_id": carte.id,
        "porteur": carte.porteur,
        "membre": {"siret": carte.acheteur_siret, "nom": carte.acheteur.nom},
        "accepteur": {"siret": operation.accepteur_siret, "nom": operation.accepteur_nom},
        "montant_ttc": operation.montant_ttc,
        "marche_id": operation.marche_id,
        "le": operation.le,
    }


def _dire(uow: UnitOfWork, carte: Carte, operation: OperationCarte) -> None:
    faits = commun(carte, operation)
    if operation.autorisee:
        uow.emit(
            "paiement.carte.operation_acceptee.v1",
            subject=str(carte.id),
            data={**faits, "reste_periode": operation.reste_periode},
        )
    else:
        uow.emit(
            "paiement.carte.operation_refusee.v1",
            subject=str(carte.id),
            data={**faits, "motif": operation.motif, "explication": operation.explication},
        )
