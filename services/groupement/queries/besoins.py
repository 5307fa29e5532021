"""Needs: an organisation's own, the group's totals, and the way from a need to its price."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.suivi import Reponse
from services.groupement.tables.retenus import lot_decline
from services.groupement.usecases.valider_besoins import a_valider
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant


def de_l_organisation(
    session: Session, siret: str, achat_id: uuid.UUID | None = None
) -> Sequence[t.Besoin]:
    """What the organisation declared, on one purchase or on all."""
    requete = sa.select(t.Besoin).where(t.Besoin.siret == siret)
    if achat_id:
        requete = requete.where(t.Besoin.achat_id == achat_id)
    return session.scalars(requete.order_by(t.Besoin.article, t.Besoin.lieu)).all()


def ids_de(session: Session, achat_id: uuid.UUID, siret: str) -> set[str]:
    """Ids of the organisation's needs on a purchase."""
    requete = sa.select(t.Besoin.id).where(t.Besoin.achat_id == achat_id, t.Besoin.siret == siret)
    return {str(besoin_id) for besoin_id in session.scalars(requete)}


@dataclass(frozen=True, slots=True)
class Total:
    """What the group asks of an article so far, by those who take part."""

    quantite_base: Decimal
    tolerance_base: Decimal
    membres: int


def totaux(session: Session, achat_id: uuid.UUID) -> dict[str, Total]:
    """Totals of the group by article."""
    requete = (
        sa.select(
            t.Besoin.article,
            sa.func.sum(t.Besoin.quantite_base),
            sa.func.sum(t.Besoin.tolerance_base),
            sa.func.count(sa.distinct(t.Besoin.siret)),
        )
        .outerjoin(
            t.Participation,
            sa.and_(
                t.Participation.achat_id == t.Besoin.achat_id,
                t.Participation.siret == t.Besoin.siret,
            ),
        )
        .where(
            t.Besoin.achat_id == achat_id,
            t.Besoin.quantite_base > 0,
            ~lot_decline(),
            sa.func.coalesce(t.Participation.reponse, Reponse.PARTICIPE.value)
            == Reponse.PARTICIPE.value,
        )
        .group_by(t.Besoin.article)
    )
    return {article: Total(q, tol, n) for article, q, tol, n in session.execute(requete)}


def historiques(
    session: Session, siret: str, achat_id: uuid.UUID
) -> dict[uuid.UUID, list[t.Increment]]:
    """Every increment of the organisation's needs on a purchase, newest first, by need."""
    requete = (
        sa.select(t.Increment)
        .join(t.Besoin, t.Besoin.id == t.Increment.besoin_id)
        .where(t.Besoin.siret == siret, t.Besoin.achat_id == achat_id)
        .order_by(t.Increment.besoin_id, t.Increment.version.desc())
    )
    lus: dict[uuid.UUID, list[t.Increment]] = {}
    for increment in session.scalars(requete):
        lus.setdefault(increment.besoin_id, []).append(increment)
    return lus


@dataclass(frozen=True, slots=True)
class Suite:
    """What became of a need: its line, its estimated price, the price obtained (D6)."""

    besoin: t.Besoin
    achat: t.Achat
    ligne: t.Ligne | None
    prix_estime_ht: Decimal
    contrat_ligne: t.ContratLigne | None

    @property
    def montant_estime_ht(self) -> Montant:
        return Montant(self.besoin.quantite_base * self.prix_estime_ht)


def suite(session: Session, besoin_id: uuid.UUID, siret: str) -> Suite:
    """Follow one of the organisation's needs to the newest line that it composes."""
    requete = (
        sa.select(t.Besoin, t.Achat, t.Article.prix_estime_ht, t.Ligne, t.ContratLigne)
        .join(t.Achat, t.Achat.id == t.Besoin.achat_id)
        .join(
            t.Article,
            sa.and_(t.Article.achat_id == t.Besoin.achat_id, t.Article.code == t.Besoin.article),
        )
        .outerjoin(t.Composition, t.Composition.besoin_id == t.Besoin.id)
        .outerjoin(t.Ligne, t.Ligne.id == t.Composition.ligne_id)
        .outerjoin(t.Consolidation, t.Consolidation.id == t.Ligne.consolidation_id)
        .outerjoin(
            t.ContratLigne,
            sa.and_(t.ContratLigne.ligne_id == t.Ligne.id, t.ContratLigne.remplace_id.is_(None)),
        )
        .where(t.Besoin.id == besoin_id, t.Besoin.siret == siret)
        .order_by(t.Consolidation.numero.desc().nulls_last())
        .limit(1)
    )
    trouve = session.execute(requete).one_or_none()
    if trouve is None:
        raise NotFoundError("Ce besoin n’existe pas.", code="besoin_inconnu")
    besoin, achat, prix, ligne, contrat_ligne = trouve
    return Suite(besoin, achat, ligne, prix, contrat_ligne)


def suite_visible(session: Session, besoin_id: uuid.UUID, siret: str) -> Suite:
    """The same, for the member itself or for the coordinator of the purchase."""
    besoin = session.get(t.Besoin, besoin_id)
    achat = session.get(t.Achat, besoin.achat_id) if besoin else None
    if besoin is None or achat is None or siret not in (besoin.siret, achat.coordonnateur):
        raise NotFoundError("Ce besoin n’existe pas.", code="besoin_inconnu")
    return suite(session, besoin_id, besoin.siret)


def increments(session: Session, besoin_id: uuid.UUID) -> Sequence[t.Increment]:
    """Every movement of a need, newest first."""
    requete = sa.select(t.Increment).where(t.Increment.besoin_id == besoin_id)
    return session.scalars(requete.order_by(t.Increment.version.desc())).all()


def a_valider_par_achat(session: Session, siret: str) -> list[tuple[t.Achat, list[t.Besoin]]]:
    """Needs that moved since their last validation, on the calls still open."""
    requete = (
        sa.select(t.Achat, t.Besoin)
        .join(t.Besoin, t.Besoin.achat_id == t.Achat.id)
        .where(
            t.Besoin.siret == siret,
            t.Achat.etat == EtatAchat.RECENSEMENT_OUVERT.value,
            a_valider(),
        )
        .order_by(t.Achat.cloture_le, t.Achat.id, t.Besoin.article, t.Besoin.lieu)
    )
    lus = [(achat, besoin) for achat, besoin in session.execute(requete)]
    return [
        (groupe[0][0], [besoin for _, besoin in groupe])
        for groupe in (list(g) for _, g in groupby(lus, key=lambda ligne: ligne[0].id))
    ]
