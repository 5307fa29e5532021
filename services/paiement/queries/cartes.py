"""Cards of an organisation, their operations, and what they spent this month."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from services.paiement.tables import (
    Carte,
    FournisseurReference,
    OperationCarte,
    PassageCarte,
    PieceCarte,
)
from services.paiement.usecases.recus import justifiee
from services.paiement.usecases.viser import VIVANTE
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.web.pagination import Page, paginate


def lister(session: Session, acheteur: str) -> Sequence[Carte]:
    requete = (
        select(Carte).where(Carte.acheteur_siret == acheteur).options(joinedload(Carte.programme))
    )
    return session.scalars(requete.order_by(Carte.porteur, Carte.id)).all()


def lire(session: Session, carte_id: uuid.UUID, acheteur: str) -> Carte:
    """One card, if it belongs to the reader's organisation."""
    carte = session.scalar(
        select(Carte)
        .where(Carte.id == carte_id, Carte.acheteur_siret == acheteur)
        .options(
            joinedload(Carte.programme), joinedload(Carte.ligne), selectinload(Carte.categories)
        )
    )
    if carte is None:
        raise NotFoundError("Cette carte n’existe pas.", code="carte_inconnue")
    return carte


def depenses_du_mois(
    session: Session, cartes: Sequence[Carte], aujourdhui: dt.date
) -> Mapping[uuid.UUID, Montant]:
    """What each card spent since the first of the month."""
    lignes = session.execute(
        select(OperationCarte.carte_id, func.sum(OperationCarte.montant_ttc).label("total"))
        .where(
            OperationCarte.carte_id.in_([carte.id for carte in cartes]),
            OperationCarte.autorisee,
            OperationCarte.annulee_le.is_(None),
            OperationCarte.jour >= aujourdhui.replace(day=1),
        )
        .group_by(OperationCarte.carte_id)
    )
    sommes = {ligne.carte_id: ligne.total for ligne in lignes}
    return {carte.id: sommes.get(carte.id, Montant.zero()) for carte in cartes}


def operations(session: Session, carte_id: uuid.UUID, page: int) -> Page[OperationCarte]:
    """Operations of a card, latest first."""
    requete = (
        select(OperationCarte)
        .where(OperationCarte.carte_id == carte_id)
        .options(selectinload(OperationCarte.pieces))
    )
    return paginate(
        session, requete.order_by(OperationCarte.le.desc(), OperationCarte.id.desc()), page
    )


def operation(session: Session, carte_id: uuid.UUID, operation_id: uuid.UUID) -> OperationCarte:
    trouvee = session.get(
        OperationCarte, operation_id, options=[selectinload(OperationCarte.pieces)]
    )
    if trouvee is None or trouvee.carte_id != carte_id:
        raise NotFoundError("Cette opération n’existe pas.", code="operation_inconnue")
    return trouvee


@dataclass(frozen=True, slots=True)
class RecuAttendu:
    """An operation whose receipt has not come, and the last day on which it may."""

    operation: OperationCarte
    avant_le: dt.date


def recus_attendus(session: Session, carte: Carte) -> Sequence[RecuAttendu]:
    """Receipts that a card still misses, oldest first; needs the programme loaded."""
    operations = session.scalars(
        select(OperationCarte)
        .where(OperationCarte.carte_id == carte.id, VIVANTE, ~justifiee())
        .order_by(OperationCarte.jour, OperationCarte.id)
    )
    delai = carte.programme.jours_recu
    return [RecuAttendu(o, ajouter_jours(o.jour, delai)) for o in operations]


def piece(session: Session, carte_id: uuid.UUID, piece_id: uuid.UUID, acheteur: str) -> PieceCarte:
    """A receipt with its bytes, if its card belongs to the reader's organisation."""
    trouvee = session.scalar(
        select(PieceCarte)
        .join(OperationCarte, OperationCarte.id == PieceCarte.operation_id)
        .join(OperationCarte.carte)
        .where(PieceCarte.id == piece_id, Carte.id == carte_id, Carte.acheteur_siret == acheteur)
        .options(undefer(PieceCarte.octets))
    )
    if trouvee is None:
        raise NotFoundError("Ce reçu n’existe pas.", code="recu_inconnu")
    return trouvee


def historique(session: Session, carte_id: uuid.UUID) -> Sequence[PassageCarte]:
    """States that a card entered, latest first."""
    requete = select(PassageCarte).where(PassageCarte.carte_id == carte_id)
    return session.scalars(requete.order_by(PassageCarte.rang.desc())).all()


def fournisseurs(session: Session, acheteur: str) -> Sequence[FournisseurReference]:
    requete = select(FournisseurReference).where(FournisseurReference.acheteur_siret == acheteur)
    return session.scalars(requete.order_by(FournisseurReference.nom)).all()
