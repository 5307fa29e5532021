"""Programmes of cards, their roles and what is left of their budget lines."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.paiement.tables import (
    Carte,
    DesignationCarte,
    LigneBudgetaire,
    OperationCarte,
    ProgrammeCarte,
)
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant


@dataclass(frozen=True, slots=True)
class LigneLue:
    """A budget line and what its operations have already charged."""

    ligne: LigneBudgetaire
    depense: Montant

    @property
    def reste(self) -> Montant:
        return self.ligne.montant - self.depense


def lister(session: Session, acheteur: str) -> Sequence[ProgrammeCarte]:
    requete = select(ProgrammeCarte).where(ProgrammeCarte.acheteur_siret == acheteur)
    return session.scalars(requete.order_by(ProgrammeCarte.emetteur, ProgrammeCarte.id)).all()


def lire(session: Session, programme_id: uuid.UUID, acheteur: str) -> ProgrammeCarte:
    """One programme, if it belongs to the reader's organisation."""
    programme = session.get(ProgrammeCarte, programme_id)
    if programme is None or programme.acheteur_siret != acheteur:
        raise NotFoundError("Ce programme n’existe pas.", code="programme_inconnu")
    return programme


def designations(session: Session, programme_id: uuid.UUID) -> Sequence[DesignationCarte]:
    """Designations, those in force first."""
    return session.scalars(
        select(DesignationCarte)
        .where(DesignationCarte.programme_id == programme_id)
        .order_by(
            DesignationCarte.fin_le.is_not(None),
            DesignationCarte.role,
            DesignationCarte.depuis_le,
        )
    ).all()


def lignes(session: Session, programme_id: uuid.UUID) -> Sequence[LigneLue]:
    """Budget lines with what is charged on each, latest exercise first."""
    depense = func.sum(OperationCarte.montant_ttc).filter(
        OperationCarte.autorisee, OperationCarte.annulee_le.is_(None)
    )
    rangees = session.execute(
        select(LigneBudgetaire, depense.label("depense"))
        .outerjoin(OperationCarte, OperationCarte.ligne_id == LigneBudgetaire.id)
        .where(LigneBudgetaire.programme_id == programme_id)
        .group_by(LigneBudgetaire.id)
        .order_by(LigneBudgetaire.exercice.desc(), LigneBudgetaire.compte)
    )
    return [LigneLue(r.LigneBudgetaire, r.depense or Montant.zero()) for r in rangees]


def cartes(session: Session, programme_id: uuid.UUID) -> Sequence[Carte]:
    requete = select(Carte).where(Carte.programme_id == programme_id)
    return session.scalars(requete.order_by(Carte.porteur, Carte.id)).all()


def lignes_de(session: Session, acheteur: str) -> Sequence[tuple[ProgrammeCarte, LigneBudgetaire]]:
    """Every budget line of a buyer with its programme, for a list of choices."""
    rangees = session.execute(
        select(ProgrammeCarte, LigneBudgetaire)
        .join(LigneBudgetaire, LigneBudgetaire.programme_id == ProgrammeCarte.id)
        .where(ProgrammeCarte.acheteur_siret == acheteur)
        .order_by(ProgrammeCarte.emetteur, LigneBudgetaire.exercice.desc(), LigneBudgetaire.compte)
    )
    return [(r.ProgrammeCarte, r.LigneBudgetaire) for r in rangees]
