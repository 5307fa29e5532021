"""Batches for the finance software, read; what waits for the next one."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, literal, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.facture import Etat
from services.paiement.domain.liquidation import Nature
from services.paiement.tables import (
    Avance,
    Facture,
    Fichier,
    LigneLiquidation,
    LotLiquidation,
    Marche,
)
from shared.kernel.errors import NotFoundError
from shared.web.pagination import Page, paginate


def _deja(nature: str, cle: Any) -> ColumnElement[bool]:
    return exists().where(LigneLiquidation.piece == literal(f"{nature}:") + cast(cle, String))


def factures_a_liquider(acheteur: str) -> Select[Facture]:
    """Invoices ordered for payment, in no batch yet, by due date."""
    return (
        select(Facture)
        .where(
            Facture.acheteur_siret == acheteur,
            Facture.etat == Etat.MANDATEE,
            ~_deja("facture", Facture.id),
        )
        .options(joinedload(Facture.marche))
        .order_by(Facture.echeance_le, Facture.id)
    )


def avances_a_liquider(acheteur: str) -> Select[Avance]:
    """Advances accepted and not paid, in no batch yet."""
    return (
        select(Avance)
        .join(Avance.marche)
        .where(
            Marche.acheteur_siret == acheteur,
            Avance.etat == EtatAvance.ACCEPTEE,
            ~_deja("avance", Avance.id),
        )
        .options(joinedload(Avance.marche))
        .order_by(Avance.payable_avant_le, Avance.id)
    )


def interets_a_liquider(acheteur: str) -> Select[Facture]:
    """Invoices paid late whose interest is known, in no batch yet."""
    return (
        select(Facture)
        .where(
            Facture.acheteur_siret == acheteur,
            Facture.jours_retard > 0,
            Facture.interets.is_not(None),
            ~_deja("interets", Facture.id),
        )
        .options(joinedload(Facture.marche))
        .order_by(Facture.payee_le, Facture.id)
    )


def en_attente(session: Session, acheteur: str) -> dict[Nature, int]:
    """How many things of each nature wait for the next batch."""
    return {
        Nature.FACTURE: len(session.scalars(factures_a_liquider(acheteur)).all()),
        Nature.AVANCE: len(session.scalars(avances_a_liquider(acheteur)).all()),
        Nature.INTERETS: len(session.scalars(interets_a_liquider(acheteur)).all()),
    }


def lister(session: Session, acheteur: str, page: int) -> Page[LotLiquidation]:
    """Batches of a buyer, latest first."""
    return paginate(
        session,
        select(LotLiquidation)
        .where(LotLiquidation.acheteur_siret == acheteur)
        .options(selectinload(LotLiquidation.lignes))
        .order_by(LotLiquidation.cree_le.desc(), LotLiquidation.rang.desc()),
        page,
    )


def lire(session: Session, lot_id: uuid.UUID, acheteur: str) -> LotLiquidation:
    """One batch with its lines."""
    lot = session.scalar(
        select(LotLiquidation)
        .where(LotLiquidation.id == lot_id, LotLiquidation.acheteur_siret == acheteur)
        .options(selectinload(LotLiquidation.lignes))
    )
    if lot is None:
        raise NotFoundError("Ce lot n’existe pas.", code="lot_inconnu")
    return lot


def fichiers(session: Session, lignes: Sequence[LigneLiquidation]) -> dict[str, bytes]:
    """The invoice files of a batch under the names that its lines give, in their order."""
    cles = [ligne.facture_id for ligne in lignes if ligne.facture_id and ligne.donnees["fichier"]]
    requete = select(Fichier.facture_id, Fichier.octets).where(Fichier.facture_id.in_(cles))
    octets = dict(session.execute(requete).all())
    return {
        ligne.donnees["fichier"]: bytes(octets[ligne.facture_id])
        for ligne in lignes
        if ligne.facture_id and ligne.donnees["fichier"]
    }
