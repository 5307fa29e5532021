"""A supplier answers a request for documents; the buyer then says whether all is there."""

import hashlib
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select

from services.paiement.domain.facture import Etat
from services.paiement.domain.pieces import nom_propre, verifier_piece
from services.paiement.tables import PieceFournisseur
from services.paiement.usecases.suivi import charger, dire
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was sent."""

    nom: str
    octets: bytes


def deposer_piece(
    uow: UnitOfWork, facture_id: uuid.UUID, fournisseur_siret: str, document: Document
) -> PieceFournisseur:
    """Keep a document for a suspended invoice; the same file twice is kept once."""
    facture = charger(uow, facture_id)
    if facture.fournisseur_siret != fournisseur_siret:
        raise NotFoundError("Cette facture n’existe pas.", code="facture_inconnue")
    empreinte = hashlib.sha256(document.octets).hexdigest()
    deja = uow.session.scalar(
        select(PieceFournisseur).where(
            PieceFournisseur.facture_id == facture_id, PieceFournisseur.empreinte == empreinte
        )
    )
    if deja is not None:
        return deja
    genre = verifier_piece(document.octets, Etat(facture.etat), _nombre(uow, facture_id))
    piece = PieceFournisseur(
        id=uow.new_id(),
        facture_id=facture_id,
        nom=nom_propre(document.nom, genre),
        genre=genre,
        taille=len(document.octets),
        empreinte=empreinte,
        octets=document.octets,
        deposee_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(piece)
    uow.session.flush()
    dire(uow, facture, "piece_deposee", {"piece_id": piece.id, "deposee_le": piece.deposee_le})
    uow.audit("facture.piece_deposee", str(facture_id), {"empreinte": empreinte})
    return piece


def _nombre(uow: UnitOfWork, facture_id: uuid.UUID) -> int:
    return (
        uow.session.scalar(
            select(func.count())
            .select_from(PieceFournisseur)
            .where(PieceFournisseur.facture_id == facture_id)
        )
        or 0
    )
