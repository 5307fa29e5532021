"""Evaluations of contracts: where each stands, its marks, what its closing still waits for."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from services.groupement import tables as t
from services.groupement.domain.commandes import EtatCommande
from services.groupement.domain.evaluations import (
    CRITERES,
    FAITES,
    PREAVIS,
    EtatEvaluation,
    Moyenne,
    moyenne,
)
from services.groupement.queries import marches
from shared.kernel.errors import NotFoundError

COMPLETE = (
    joinedload(t.Evaluation.contrat),
    selectinload(t.Evaluation.avis).selectinload(t.AvisEvaluation.notes),
)


def evaluation_manquante(session: Session, marche_id: uuid.UUID) -> bool:
    """Tell whether a contract still has to be evaluated, or its evaluation waived (K1)."""
    etat = session.scalar(sa.select(t.Evaluation.etat).where(t.Evaluation.marche_id == marche_id))
    return etat is None or EtatEvaluation(etat) not in FAITES


def a_ouvrir(session: Session, jour: dt.date) -> list[tuple[uuid.UUID, dt.date]]:
    """Contracts whose evaluation is due and not yet opened, with the day they end."""
    requete = (
        sa.select(t.Contrat.marche_id, t.Contrat.fin_le)
        .outerjoin(t.Evaluation, t.Evaluation.marche_id == t.Contrat.marche_id)
        .where(t.Evaluation.marche_id.is_(None), t.Contrat.fin_le <= jour + PREAVIS)
        .order_by(t.Contrat.fin_le, t.Contrat.marche_id)
    )
    return [(marche_id, fin) for marche_id, fin in session.execute(requete)]


def criteres(session: Session, convention_id: uuid.UUID) -> tuple[str, ...]:
    """Criteria of a convention: its own, else the proposed ones."""
    grille = session.get(t.GrilleEvaluation, convention_id)
    return tuple(grille.criteres) if grille else CRITERES


def evaluation(session: Session, marche_id: uuid.UUID) -> t.Evaluation | None:
    """The evaluation of a contract with every mark."""
    requete = sa.select(t.Evaluation).where(t.Evaluation.marche_id == marche_id).options(*COMPLETE)
    return session.scalars(requete).one_or_none()


def evaluation_connue(session: Session, marche_id: uuid.UUID) -> t.Evaluation:
    lue = evaluation(session, marche_id)
    if lue is None:
        raise NotFoundError("Cette évaluation n’existe pas.", code="evaluation_inconnue")
    return lue


def evaluation_transmise(session: Session, marche_id: uuid.UUID) -> t.Evaluation:
    """What the firm may read: nothing before it was sent."""
    lue = evaluation_connue(session, marche_id)
    if lue.transmise_le is None:
        raise NotFoundError("Cette évaluation n’est pas transmise.", code="evaluation_inconnue")
    return lue


def membres_ayant_commande(session: Session, marche_id: uuid.UUID) -> Sequence[t.Organisation]:
    """Those who know how the contract was carried out."""
    siens = (
        sa.select(t.Quota.siret)
        .join(t.Commande, t.Commande.quota_id == t.Quota.id)
        .join(t.ContratLigne, t.ContratLigne.id == t.Quota.contrat_ligne_id)
        .where(
            t.ContratLigne.marche_id == marche_id,
            t.Commande.etat != EtatCommande.ANNULEE.value,
        )
    )
    requete = sa.select(t.Organisation).where(t.Organisation.siret.in_(siens))
    return session.scalars(requete.order_by(t.Organisation.nom)).all()


def a_noter(session: Session, siret: str) -> Sequence[t.Contrat]:
    """Contracts on which the organisation ordered and whose evaluation awaits its marks."""
    commande = (
        sa.exists()
        .where(t.ContratLigne.marche_id == t.Contrat.marche_id, t.Quota.siret == siret)
        .where(
            t.Quota.contrat_ligne_id == t.ContratLigne.id,
            t.Commande.quota_id == t.Quota.id,
            t.Commande.etat == EtatCommande.PASSEE.value,
        )
    )
    donne = sa.exists().where(
        t.AvisEvaluation.marche_id == t.Contrat.marche_id, t.AvisEvaluation.siret == siret
    )
    requete = (
        sa.select(t.Contrat)
        .join(t.Evaluation, t.Evaluation.marche_id == t.Contrat.marche_id)
        .where(t.Evaluation.etat == EtatEvaluation.OUVERTE.value, commande, ~donne)
        .order_by(t.Contrat.fin_le)
    )
    return session.scalars(requete).all()


def moyennes(lue: t.Evaluation) -> list[Moyenne]:
    """Mean of each criterion over the members who marked."""
    toutes = [note for avis in lue.avis for note in avis.notes]
    return [moyenne(c, (n.note for n in toutes if n.critere == c)) for c in lue.criteres]


@dataclass(frozen=True, slots=True)
class MarcheEvalue:
    """A contract of the group with its evaluation, if it has been opened."""

    contrat: t.Contrat
    achat: t.Achat
    evaluation: t.Evaluation | None

    def a_noter_par(self, siret: str) -> bool:
        """Tell whether this member's marks are still awaited."""
        return (
            self.evaluation is not None
            and self.evaluation.etat == EtatEvaluation.OUVERTE
            and siret not in {avis.siret for avis in self.evaluation.avis}
        )


def toutes(session: Session, siret: str) -> list[MarcheEvalue]:
    """Every contract that the organisation may see, with its evaluation."""
    lus = session.execute(marches.visibles(siret)).all()
    requete = (
        sa.select(t.Evaluation)
        .where(t.Evaluation.marche_id.in_([contrat.marche_id for contrat, _ in lus]))
        .options(*COMPLETE)
    )
    connues = {e.marche_id: e for e in session.scalars(requete)}
    return [MarcheEvalue(c, achat, connues.get(c.marche_id)) for c, achat in lus]
