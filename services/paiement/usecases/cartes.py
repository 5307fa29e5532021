"""Purchasing cards: given in a programme, then activated, suspended, restored, stopped."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from services.paiement.domain import numero_carte
from services.paiement.domain import programme as regle
from services.paiement.domain.carte import Genre
from services.paiement.domain.carte import PlafondCategorie as Categorie
from services.paiement.domain.programme import EtatCarte, Personne, Role, Suspension
from services.paiement.tables import (
    Carte,
    FournisseurReference,
    LigneBudgetaire,
    PassageCarte,
    PlafondCategorie,
)
from services.paiement.usecases.programmes import charger_programme, exiger_role
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.identifiants import valider_cpv
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleCarte:
    """What the entity decides when it gives a card to an agent."""

    porteur: str
    fin_numero: str
    expire_le: dt.date
    plafond_transaction: Montant
    plafond_periode: Montant
    plafond_fournisseur: Montant
    budget_annuel: Montant | None = None
    familles_exclues: Sequence[str] = ()
    mcc_exclus: Sequence[str] = ()
    categories: Sequence[Categorie] = ()
    porteur_id: str | None = None
    courriel: str | None = None
    ligne_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Limites:
    """What may change after a card is given."""

    plafond_transaction: Montant
    plafond_periode: Montant
    plafond_fournisseur: Montant
    budget_annuel: Montant | None = None


def creer_carte(
    uow: UnitOfWork,
    programme_id: uuid.UUID,
    acheteur_siret: str,
    nouvelle: NouvelleCarte,
    par: Personne,
) -> Carte:
    """Give a card with its ceilings; it serves once activated."""
    programme = charger_programme(uow, programme_id, acheteur_siret)
    exiger_role(uow.session, programme_id, Role.RESPONSABLE, par)
    numero_carte.refuser(porteur=nouvelle.porteur, fin_numero=nouvelle.fin_numero)
    _verifier_ligne(uow, programme_id, nouvelle.ligne_id)
    carte = Carte(
        id=uow.new_id(),
        acheteur_siret=acheteur_siret,
        programme_id=programme.id,
        porteur=nouvelle.porteur,
        porteur_id=nouvelle.porteur_id,
        courriel=nouvelle.courriel,
        fin_numero=nouvelle.fin_numero,
        expire_le=nouvelle.expire_le,
        etat=EtatCarte.A_ACTIVER,
        porteur_actif=True,
        plafond_transaction=nouvelle.plafond_transaction,
        plafond_periode=nouvelle.plafond_periode,
        plafond_fournisseur=nouvelle.plafond_fournisseur,
        budget_annuel=nouvelle.budget_annuel,
        ligne_id=nouvelle.ligne_id,
        familles_exclues=[valider_cpv(famille) for famille in nouvelle.familles_exclues],
        mcc_exclus=list(nouvelle.mcc_exclus),
        creee_le=uow.clock.now(),
    )
    uow.session.add(carte)
    uow.session.flush()
    uow.session.add_all(_categorie(carte.id, categorie) for categorie in nouvelle.categories)
    carte = charger_carte(uow, carte.id, acheteur_siret)
    _inscrire(uow, carte, "")
    _dire(uow, carte, "creee", {})
    return carte


def activer_carte(
    uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str, par: Personne
) -> Carte:
    """Put a card into service, or back after a suspension."""
    carte = charger_carte(uow, carte_id, acheteur_siret)
    exiger_role(uow.session, carte.programme_id, Role.RESPONSABLE, par)
    if carte.suspension == Suspension.RECU_MANQUANT:
        raise ConflictError(
            "La carte attend un reçu\u00a0: elle servira de nouveau dès son dépôt.",
            code="recu_manquant",
        )
    retablie = carte.etat == EtatCarte.SUSPENDUE
    passer_carte(uow, carte, EtatCarte.ACTIVE, "")
    _dire(uow, carte, "retablie" if retablie else "activee", {})
    return carte


def suspendre_carte(
    uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str, motif: str, par: Personne
) -> Carte:
    """Take a card out of service until somebody decides otherwise."""
    carte = charger_carte(uow, carte_id, acheteur_siret)
    exiger_role(uow.session, carte.programme_id, Role.RESPONSABLE, par)
    suspendre(uow, carte, Suspension.DECISION, motif)
    return carte


def opposer_carte(
    uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str, motif: str, par: Personne
) -> Carte:
    """Stop a lost or stolen card for good; its holder may do it alone."""
    carte = charger_carte(uow, carte_id, acheteur_siret)
    if carte.porteur_id != par.id:
        exiger_role(uow.session, carte.programme_id, Role.RESPONSABLE, par)
    passer_carte(uow, carte, EtatCarte.OPPOSEE, motif)
    _dire(uow, carte, "opposee", {"motif": motif})
    return carte


def habiliter_porteur(
    uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str, par: Personne, *, actif: bool
) -> Carte:
    """Take the holder's right away, or give it back, without touching the card."""
    carte = charger_carte(uow, carte_id, acheteur_siret)
    exiger_role(uow.session, carte.programme_id, Role.ORDONNATEUR, par)
    carte.porteur_actif = actif
    uow.audit("carte.porteur", str(carte.id), {"actif": actif})
    return carte


def changer_limites(
    uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str, limites: Limites, par: Personne
) -> Carte:
    """Set other ceilings, which hold from the next operation on."""
    carte = charger_carte(uow, carte_id, acheteur_siret)
    exiger_role(uow.session, carte.programme_id, Role.RESPONSABLE, par)
    carte.plafond_transaction = limites.plafond_transaction
    carte.plafond_periode = limites.plafond_periode
    carte.plafond_fournisseur = limites.plafond_fournisseur
    carte.budget_annuel = limites.budget_annuel
    uow.audit("carte.limites", str(carte.id), {"plafond_periode": limites.plafond_periode})
    return carte


def referencer_fournisseur(uow: UnitOfWork, acheteur_siret: str, siret: str, nom: str) -> None:
    """List a supplier that accepts cards; holders of contracts are listed by right."""
    connu = uow.session.get(FournisseurReference, (acheteur_siret, siret))
    if connu is None:
        uow.session.add(FournisseurReference(acheteur_siret=acheteur_siret, siret=siret, nom=nom))
        uow.audit("fournisseur.reference", siret, {"acheteur": acheteur_siret})


def charger_carte(uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str | None = None) -> Carte:
    """Lock a card with what its checks and its events need; another buyer's does not exist."""
    requete = (
        select(Carte)
        .where(Carte.id == carte_id)
        .options(joinedload(Carte.acheteur), joinedload(Carte.programme))
        .with_for_update(of=Carte)
        .execution_options(populate_existing=True)
    )
    if acheteur_siret is not None:
        requete = requete.where(Carte.acheteur_siret == acheteur_siret)
    carte = uow.session.scalar(requete)
    if carte is None:
        raise NotFoundError("Cette carte n’existe pas.", code="carte_inconnue")
    return carte


def suspendre(uow: UnitOfWork, carte: Carte, cause: Suspension, motif: str) -> None:
    """Suspend a locked card and tell its holder."""
    passer_carte(uow, carte, EtatCarte.SUSPENDUE, motif, cause)
    _dire(uow, carte, "suspendue", {"cause": cause, "motif": motif})


def lever(uow: UnitOfWork, carte: Carte, motif: str) -> None:
    """Lift a suspension that has no more reason, and tell the holder."""
    passer_carte(uow, carte, EtatCarte.ACTIVE, motif)
    _dire(uow, carte, "retablie", {})


def passer_carte(
    uow: UnitOfWork,
    carte: Carte,
    vers: EtatCarte,
    motif: str,
    cause: Suspension | None = None,
) -> None:
    """Move a locked card to another state and write it in its history."""
    carte.etat = regle.changer(EtatCarte(carte.etat), vers, motif)
    carte.suspension = cause
    numero_carte.refuser(motif=motif)
    _inscrire(uow, carte, motif)


def _inscrire(uow: UnitOfWork, carte: Carte, motif: str) -> None:
    rang = uow.session.scalar(
        select(func.count()).select_from(PassageCarte).where(PassageCarte.carte_id == carte.id)
    )
    uow.session.add(
        PassageCarte(
            carte_id=carte.id,
            rang=(rang or 0) + 1,
            etat=carte.etat,
            le=uow.clock.now(),
            acteur=uow.acteur,
            motif=motif,
        )
    )
    uow.session.flush()
    uow.audit(f"carte.{carte.etat.lower()}", str(carte.id), {"motif": motif})


def _dire(uow: UnitOfWork, carte: Carte, fait: str, donnees: dict[str, Any]) -> None:
    """Emit `paiement.carte.<fait>.v1`."""
    uow.emit(
        f"paiement.carte.{fait}.v1",
        subject=str(carte.id),
        data={
            "carte_id": carte.id,
            "programme_id": carte.programme_id,
            "membre": {"siret": carte.acheteur_siret, "nom": carte.acheteur.nom},
            "porteur": carte.porteur,
            "fin_numero": carte.fin_numero,
            "courriel": carte.courriel,
            "le": uow.clock.now(),
            **donnees,
        },
    )


def _categorie(carte_id: uuid.UUID, categorie: Categorie) -> PlafondCategorie:
    code = valider_cpv(categorie.code) if categorie.genre is Genre.CPV else categorie.code
    return PlafondCategorie(
        carte_id=carte_id, genre=categorie.genre, code=code, plafond=categorie.plafond
    )


def _verifier_ligne(uow: UnitOfWork, programme_id: uuid.UUID, ligne_id: uuid.UUID | None) -> None:
    if ligne_id is None:
        return
    ligne = uow.session.get(LigneBudgetaire, ligne_id)
    if ligne is None or ligne.programme_id != programme_id:
        raise ValidationError(
            "Cette ligne budgétaire n’est pas de ce programme.",
            code="ligne_inconnue",
            champs={"ligne_id": "Choisissez une ligne de ce programme."},
        )
