"""Statements as lists, as one document, and the queue of what does not agree."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, joinedload

from services.paiement.domain.facture import SOLDES
from services.paiement.domain.releve import A_DECIDER, EtatLigne
from services.paiement.tables import (
    Facture,
    LigneReleve,
    OperationCarte,
    ProgrammeCarte,
    Releve,
    SuiviLigne,
)
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.web.pagination import Page, paginate

_SOLDES = tuple(etat.value for etat in SOLDES)


@dataclass(frozen=True, slots=True)
class Bilan:
    """Lines of a statement by state: how many, and for how much."""

    nombres: Mapping[str, int]
    montants: Mapping[str, Montant]

    @property
    def indecises(self) -> int:
        return sum(self.nombres.get(etat, 0) for etat in A_DECIDER)

    def nombre(self, etat: str) -> int:
        return self.nombres.get(etat, 0)

    def montant(self, etat: str) -> Montant:
        return self.montants.get(etat, Montant.zero())


def lister(session: Session, acheteur: str, page: int) -> Page[Releve]:
    """Statements of a buyer, those to decide first."""
    requete = (
        select(Releve)
        .join(Releve.programme)
        .where(ProgrammeCarte.acheteur_siret == acheteur)
        .options(joinedload(Releve.programme))
        .order_by(Releve.etat != "IMPORTE", Releve.recu_le.desc(), Releve.id)
    )
    return paginate(session, requete, page)


def lire(session: Session, releve_id: uuid.UUID, acheteur: str) -> Releve:
    """One statement, if it belongs to the reader's organisation."""
    releve = session.scalar(
        select(Releve)
        .join(Releve.programme)
        .where(Releve.id == releve_id, ProgrammeCarte.acheteur_siret == acheteur)
        .options(joinedload(Releve.programme))
    )
    if releve is None:
        raise NotFoundError("Ce relevé n’existe pas.", code="releve_inconnu")
    return releve


def bilans(session: Session, releves: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Bilan]:
    """What is decided of each statement, derived from its lines."""
    rangees = session.execute(
        select(
            SuiviLigne.releve_id,
            SuiviLigne.etat,
            func.count().label("nombre"),
            func.sum(LigneReleve.montant_ttc).label("montant"),
        )
        .join(SuiviLigne.ligne)
        .where(SuiviLigne.releve_id.in_(releves))
        .group_by(SuiviLigne.releve_id, SuiviLigne.etat)
    ).all()
    return {
        cle: Bilan(
            {r.etat: r.nombre for r in rangees if r.releve_id == cle},
            {r.etat: r.montant for r in rangees if r.releve_id == cle},
        )
        for cle in releves
    }


def lignes(session: Session, releve_id: uuid.UUID, etat: str, page: int) -> Page[SuiviLigne]:
    """Lines of a statement, of one state if asked, in its own order."""
    requete = _suivis().where(SuiviLigne.releve_id == releve_id).order_by(SuiviLigne.rang)
    if etat in set(EtatLigne):
        requete = requete.where(SuiviLigne.etat == etat)
    return paginate(session, requete, page)


def ligne(session: Session, releve_id: uuid.UUID, rang: int) -> SuiviLigne:
    """One line with its articles and the operation it was matched with."""
    suivi = session.scalar(
        _suivis()
        .where(SuiviLigne.releve_id == releve_id, SuiviLigne.rang == rang)
        .options(
            joinedload(SuiviLigne.ligne).selectinload(LigneReleve.articles),
            joinedload(SuiviLigne.operation).selectinload(OperationCarte.pieces),
        )
    )
    if suivi is None:
        raise NotFoundError("Cette ligne n’existe pas.", code="ligne_inconnue")
    return suivi


def exceptions(session: Session, acheteur: str, page: int) -> Page[SuiviLigne]:
    """Lines of every statement that wait for somebody, the most urgent statement first."""
    requete = (
        _suivis()
        .join(SuiviLigne.ligne)
        .join(LigneReleve.releve)
        .join(Releve.programme)
        .where(SuiviLigne.etat == EtatLigne.EXCEPTION, ProgrammeCarte.acheteur_siret == acheteur)
        .options(joinedload(SuiviLigne.ligne).joinedload(LigneReleve.releve))
        .order_by(Releve.echeance_le, SuiviLigne.releve_id, SuiviLigne.rang)
    )
    return paginate(session, requete, page)


def factures_a_payer(session: Session, ligne_: LigneReleve, acheteur: str) -> Sequence[Facture]:
    """Unpaid invoices of the same supplier and amount: paying one would pay twice."""
    return session.scalars(
        select(Facture)
        .where(
            Facture.acheteur_siret == acheteur,
            Facture.fournisseur_siret == ligne_.accepteur_siret,
            Facture.montant_ttc == ligne_.montant_ttc,
            Facture.etat.not_in(_SOLDES),
        )
        .order_by(Facture.recue_le, Facture.id)
    ).all()


def en_attente(session: Session, acheteur: str) -> int:
    """How many lines wait in the queue."""
    requete = (
        select(func.count())
        .select_from(SuiviLigne)
        .where(
            SuiviLigne.etat == EtatLigne.EXCEPTION,
            exists().where(
                Releve.id == SuiviLigne.releve_id,
                ProgrammeCarte.id == Releve.programme_id,
                ProgrammeCarte.acheteur_siret == acheteur,
            ),
        )
    )
    return session.scalar(requete) or 0


def _suivis() -> Select[SuiviLigne]:
    return select(SuiviLigne).options(
        joinedload(SuiviLigne.ligne),
        joinedload(SuiviLigne.operation).joinedload(OperationCarte.carte),
    )
