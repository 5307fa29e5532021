"""Orders with what was released and received of them: every figure is a sum of rows."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from services.paiement.domain.engagements import Engagement, GenreReception
from services.paiement.tables import Avenant, Commande, Liberation, PartReception, Reception


@dataclass(frozen=True, slots=True)
class Ligne:
    """An order, its figures, and why some of it was released."""

    commande: Commande
    chiffres: Engagement
    liberations: Sequence[Liberation]


def du_marche(session: Session, marche_id: uuid.UUID, membre: str | None = None) -> list[Ligne]:
    """Orders of a contract (of one member, if given), oldest first."""
    requete = _chiffrees().where(Commande.marche_id == marche_id)
    if membre is not None:
        requete = requete.where(Commande.membre_siret == membre)
    lues = session.execute(requete.order_by(Commande.passee_le, Commande.id)).all()
    liberations = _liberations(session, [commande.id for commande, *_ in lues])
    return [
        Ligne(commande, _engagement(commande, liberee, recue), liberations.get(commande.id, ()))
        for commande, liberee, recue in lues
    ]


def de_la_commande(session: Session, commande_id: uuid.UUID) -> Engagement | None:
    """Figures of one order; none when it is not known yet."""
    lue = session.execute(_chiffrees().where(Commande.id == commande_id)).one_or_none()
    return _engagement(*lue) if lue else None


def avenants(session: Session, marche_id: uuid.UUID) -> Sequence[Avenant]:
    """Amendments of a contract, in their order."""
    requete = select(Avenant).where(Avenant.marche_id == marche_id)
    return session.scalars(requete.order_by(Avenant.numero)).all()


def livree(session: Session, marche_id: uuid.UUID, article: str) -> Decimal:
    """Quantity of an article delivered on a contract, reverse entries deducted."""
    livree = session.scalar(
        select(func.sum(Reception.quantite)).where(
            Reception.marche_id == marche_id, Reception.article == article
        )
    )
    return livree or Decimal()


def vivante() -> ColumnElement[bool]:
    """A delivery or a surplus taken, that no reverse entry cancels."""
    inverse = aliased(Reception)
    contrepassee = exists().where(
        inverse.origine_id == Reception.id,
        inverse.genre == GenreReception.CONTREPASSATION.value,
    )
    return (Reception.genre != GenreReception.CONTREPASSATION.value) & ~contrepassee


def _chiffrees() -> Select[Commande, Decimal, Decimal]:
    liberee = select(func.sum(Liberation.quantite)).where(Liberation.commande_id == Commande.id)
    recue = select(func.sum(PartReception.part)).where(PartReception.commande_id == Commande.id)
    return select(
        Commande,
        func.coalesce(liberee.scalar_subquery(), Decimal()),
        func.coalesce(recue.scalar_subquery(), Decimal()),
    )


def _engagement(commande: Commande, liberee: Decimal, recue: Decimal) -> Engagement:
    return Engagement(
        quantite=commande.quantite,
        prix_unitaire_ht=commande.prix_unitaire_ht,
        montant_ht=commande.montant_ht,
        annulee=commande.annulee_le is not None,
        liberee=liberee,
        recue=recue,
    )


def _liberations(
    session: Session, commandes: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[Liberation]]:
    requete = select(Liberation).where(Liberation.commande_id.in_(commandes))
    par_commande: dict[uuid.UUID, list[Liberation]] = {}
    for liberation in session.scalars(requete.order_by(Liberation.le, Liberation.id)):
        par_commande.setdefault(liberation.commande_id, []).append(liberation)
    return par_commande
