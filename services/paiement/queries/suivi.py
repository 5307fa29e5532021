"""What a supplier reads without an account: links, documents sent."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from services.paiement.tables import LienFournisseur, PieceFournisseur
from shared.kernel.errors import NotFoundError


def lien(session: Session, lien_id: uuid.UUID) -> LienFournisseur | None:
    return session.get(LienFournisseur, lien_id)


def pieces(session: Session, facture_id: uuid.UUID) -> Sequence[PieceFournisseur]:
    """Documents sent for an invoice, without their bytes."""
    requete = select(PieceFournisseur).where(PieceFournisseur.facture_id == facture_id)
    return session.scalars(requete.order_by(PieceFournisseur.deposee_le)).all()


def piece(session: Session, facture_id: uuid.UUID, piece_id: uuid.UUID) -> PieceFournisseur:
    """One document of an invoice, with its bytes."""
    lue = session.scalar(
        select(PieceFournisseur)
        .where(PieceFournisseur.id == piece_id, PieceFournisseur.facture_id == facture_id)
        .options(undefer(PieceFournisseur.octets))
    )
    if lue is None:
        raise NotFoundError("Cette pièce n’existe pas.", code="piece_inconnue")
    return lue
