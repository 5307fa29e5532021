"""Differences to decide, and what an invoice shows of its lines, disputes and credit notes."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from services.paiement.domain.rapprochement import Issue
from services.paiement.tables import (
    Avoir,
    Contestation,
    ExceptionFacture,
    Facture,
    LigneFacture,
    ReglageReception,
    ServiceDestinataire,
)
from shared.kernel.montant import Montant
from shared.web.pagination import Page, paginate


def lister(session: Session, acheteur: str, page: int) -> Page[ExceptionFacture]:
    """Open differences of a buyer, the invoice due first at the top."""
    requete = (
        select(ExceptionFacture)
        .join(ExceptionFacture.facture)
        .where(ExceptionFacture.decision.is_(None), Facture.acheteur_siret == acheteur)
        .options(joinedload(ExceptionFacture.facture).joinedload(Facture.marche))
        .order_by(Facture.echeance_le.asc().nulls_last(), ExceptionFacture.id)
    )
    return paginate(session, requete, page)


def lignes_en_ecart(session: Session, factures: list[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
    """Lines that differ, by invoice."""
    par_facture: dict[uuid.UUID, list[LigneFacture]] = {}
    for ligne in session.scalars(
        select(LigneFacture)
        .where(LigneFacture.facture_id.in_(factures), LigneFacture.issue == Issue.ECART)
        .order_by(LigneFacture.facture_id, LigneFacture.rang)
    ):
        par_facture.setdefault(ligne.facture_id, []).append(ligne)
    return par_facture


def details(session: Session, facture_id: uuid.UUID) -> dict[str, Any]:
    """Lines compared, open difference, disputes and credit notes of one invoice."""
    lignes = session.scalars(
        select(LigneFacture)
        .where(LigneFacture.facture_id == facture_id)
        .order_by(LigneFacture.rang)
    ).all()
    rangs = list(Issue)
    return {
        "lignes": lignes,
        "issue_lignes": max((Issue(x.issue) for x in lignes), key=rangs.index, default=None),
        "exception": session.scalar(
            select(ExceptionFacture).where(
                ExceptionFacture.facture_id == facture_id, ExceptionFacture.decision.is_(None)
            )
        ),
        "contestations": session.scalars(
            select(Contestation)
            .where(Contestation.facture_id == facture_id)
            .order_by(Contestation.ouverte_le, Contestation.id)
        ).all(),
        "avoirs": session.scalars(
            select(Avoir).where(Avoir.facture_id == facture_id).order_by(Avoir.depose_le)
        ).all(),
    }


def montant_propose(session: Session, facture: Facture) -> Montant:
    """The open difference with its VAT, as a first amount to dispute."""
    exception = details(session, facture.id)["exception"]
    if exception is None or facture.montant_ht == Montant.zero():
        return Montant.zero()
    part: Montant = exception.ecart_ht * (facture.montant_ttc.decimal / facture.montant_ht.decimal)
    return part


def reglage(session: Session, acheteur: str) -> ReglageReception | None:
    return session.get(ReglageReception, acheteur)


def services(session: Session, acheteur: str) -> Sequence[ServiceDestinataire]:
    """Services of an organisation that may receive invoices."""
    return session.scalars(
        select(ServiceDestinataire)
        .where(ServiceDestinataire.acheteur_siret == acheteur)
        .order_by(ServiceDestinataire.code)
    ).all()
