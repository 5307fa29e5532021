"""Purchasing cards: the entity creates them, sets their ceilings, and switches them off."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from services.paiement.tables import (
    Carte,
    FournisseurReference,
)
from shared.kernel.errors import NotFoundError
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


def creer_carte(uow: UnitOfWork, acheteur_siret: str, nouvelle: NouvelleCarte) -> Carte:
    """Give a card with its ceilings."""
    familles = [valider_cpv(famille) for famille in nouvelle.familles_exclues]
    carte = Carte(
        id=uow.new_id(),
        acheteur_siret=acheteur_siret,
        porteur=nouvelle.porteur,
        fin_numero=nouvelle.fin_numero,
        expire_le=nouvelle.expire_le,
        active=True,
        porteur_actif=True,
        plafond_transaction=nouvelle.plafond_transaction,
        plafond_periode=nouvelle.plafond_periode,
        plafond_fournisseur=nouvelle.plafond_fournisseur,
        budget_annuel=nouvelle.budget_annuel,
        familles_exclues=familles,
        creee_le=uow.clock.now(),
    )
    uow.session.add(carte)
    uow.audit("carte.creee", str(carte.id), {"porteur": carte.porteur})
    return carte


def activer_carte(
    uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str, *, active: bool
) -> Carte:
    """Switch a card on or off; off, every operation is refused."""
    carte = charger_carte(uow, carte_id, acheteur_siret)
    carte.active = active
    uow.audit("carte.activee" if active else "carte.desactivee", str(carte.id))
    return carte


def referencer_fournisseur(uow: UnitOfWork, acheteur_siret: str, siret: str, nom: str) -> None:
    """List a supplier that accepts cards; holders of contracts are listed by right."""
    connu = uow.session.get(FournisseurReference, (acheteur_siret, siret))
    if connu is None:
        uow.session.add(FournisseurReference(acheteur_siret=acheteur_siret, siret=siret, nom=nom))
        uow.audit("fournisseur.reference", siret, {"acheteur": acheteur_siret})


def charger_carte(uow: UnitOfWork, carte_id: uuid.UUID, acheteur_siret: str) -> Carte:
    carte = uow.session.scalar(
        select(Carte)
        .where(Carte.id == carte_id, Carte.acheteur_siret == acheteur_siret)
        .with_for_update()
    )
    if carte is None:
        raise NotFoundError("Cette carte n’existe pas.", code="carte_inconnue")
    return carte
