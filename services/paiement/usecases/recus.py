"""Receipts: handed in for an operation, or the card is suspended until they come."""

import hashlib
import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select

from services.paiement.domain.phrases import euros, jour
from services.paiement.domain.pointage import Ecart, completer
from services.paiement.domain.programme import EtatCarte, Suspension
from services.paiement.domain.releve import EtatLigne
from services.paiement.tables import (
    Carte,
    OperationCarte,
    PartReception,
    PieceCarte,
    ProgrammeCarte,
    SuiviLigne,
)
from services.paiement.tables.cartes import Nature
from services.paiement.usecases.annuler_operation import charger_operation
from services.paiement.usecases.cartes import charger_carte, lever, suspendre
from services.paiement.usecases.viser import VIVANTE
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.uow import UnitOfWork

TAILLE_MAX = 10 * 1024 * 1024
SIGNATURES = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A file handed in."""

    nature: Nature
    nom: str
    octets: bytes


def deposer_piece(
    uow: UnitOfWork, operation_id: uuid.UUID, acheteur_siret: str, piece: Piece
) -> PieceCarte:
    """Keep a receipt or an invoice; the same bytes twice make one. Lift the suspension it ends."""
    carte, operation = charger_operation(uow, operation_id, acheteur_siret)
    if not operation.vivante:
        raise ConflictError(
            "Cette opération n’a pas eu lieu\u00a0: elle n’attend aucun reçu.",
            code="operation_close",
        )
    mimetype = _mimetype(piece.octets)
    empreinte = hashlib.sha256(piece.octets).hexdigest()
    connue = uow.session.scalar(
        select(PieceCarte).where(
            PieceCarte.operation_id == operation_id, PieceCarte.empreinte == empreinte
        )
    )
    if connue is not None:
        return connue
    gardee = PieceCarte(
        id=uow.new_id(),
        operation_id=operation_id,
        nature=piece.nature,
        nom=piece.nom[:200],
        mimetype=mimetype,
        octets=piece.octets,
        empreinte=empreinte,
        deposee_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(gardee)
    uow.session.flush()
    uow.audit("carte.recu", str(operation_id), {"nature": piece.nature, "empreinte": empreinte})
    _completer_ligne(uow, operation_id, piece.nature)
    lever_si_en_regle(uow, carte)
    return gardee


def _completer_ligne(uow: UnitOfWork, operation_id: uuid.UUID, nature: Nature) -> None:
    """A line that waited for this receipt in the queue of a statement leaves it."""
    suivi = uow.session.scalar(
        select(SuiviLigne).where(SuiviLigne.operation_id == operation_id).with_for_update()
    )
    if suivi is None or suivi.etat != EtatLigne.EXCEPTION:
        return
    restes = completer(map(Ecart, suivi.ecarts), facture=nature is Nature.FACTURE)
    suivi.ecarts = list(restes)
    if not restes:
        suivi.etat = EtatLigne.RAPPROCHEE


def suspendre_une_carte(uow: UnitOfWork) -> bool:
    """Claim one active card of which a receipt is overdue and suspend it; False when none is."""
    ligne = uow.session.execute(
        select(Carte.id, OperationCarte.id)
        .join(OperationCarte, OperationCarte.carte_id == Carte.id)
        .where(Carte.etat == EtatCarte.ACTIVE, *_en_retard(uow))
        .order_by(OperationCarte.jour, OperationCarte.id)
        .limit(1)
        .with_for_update(of=Carte, skip_locked=True)
    ).first()
    if ligne is None:
        return False
    carte = charger_carte(uow, ligne[0])
    operation = uow.session.get_one(OperationCarte, ligne[1])
    limite = ajouter_jours(operation.jour, carte.programme.jours_recu)
    suspendre(
        uow,
        carte,
        Suspension.RECU_MANQUANT,
        f"Le reçu de {euros(operation.montant_ttc)} chez {operation.accepteur_nom} était "
        f"attendu le {jour(limite)} au plus tard.",
    )
    return True


def lever_une_carte(uow: UnitOfWork) -> bool:
    """Claim one card suspended for a receipt that has come since; False when none is left."""
    en_retard = exists().where(OperationCarte.carte_id == Carte.id, *_en_retard(uow))
    carte_id = uow.session.scalar(
        select(Carte.id)
        .where(Carte.suspension == Suspension.RECU_MANQUANT, ~en_retard)
        .order_by(Carte.id)
        .limit(1)
        .with_for_update(of=Carte, skip_locked=True)
    )
    if carte_id is None:
        return False
    lever(uow, charger_carte(uow, carte_id), "Plus aucun reçu ne manque.")
    return True


def lever_si_en_regle(uow: UnitOfWork, carte: Carte) -> None:
    """Put a locked card back into service when the receipt that suspended it has come."""
    if carte.suspension != Suspension.RECU_MANQUANT:
        return
    reste = select(OperationCarte.id).where(OperationCarte.carte_id == carte.id, *_en_retard(uow))
    if uow.session.scalar(reste.limit(1)) is None:
        lever(uow, carte, "Plus aucun reçu ne manque.")


def justifiee() -> ColumnElement[bool]:
    """A receipt was handed in, or the order that the operation names was delivered."""
    piece = exists().where(PieceCarte.operation_id == OperationCarte.id)
    livree = exists().where(PartReception.commande_id == OperationCarte.commande_id)
    return or_(piece, livree)


def _en_retard(uow: UnitOfWork) -> tuple[ColumnElement[bool], ...]:
    """Operations whose receipt should have come by now, under the delay of their programme."""
    delai = (
        select(ProgrammeCarte.jours_recu)
        .join(Carte, Carte.programme_id == ProgrammeCarte.id)
        .where(Carte.id == OperationCarte.carte_id)
        .correlate(OperationCarte)
        .scalar_subquery()
    )
    attente = func.date_mi(uow.clock.today(), OperationCarte.jour)
    return VIVANTE, ~justifiee(), attente > delai


def _mimetype(octets: bytes) -> str:
    if len(octets) > TAILLE_MAX:
        raise ValidationError(
            "Le fichier dépasse 10 Mo.",
            code="fichier_trop_gros",
            champs={"fichier": "Choisissez un fichier de moins de 10 Mo."},
        )
    for debut, mimetype in SIGNATURES.items():
        if octets.startswith(debut):
            return mimetype
    raise ValidationError(
        "Ce fichier n’est ni un PDF, ni une image JPEG ou PNG.",
        code="fichier_illisible",
        champs={"fichier": "Déposez un PDF, une image JPEG ou PNG."},
    )
