"""What a what-if starts from: the needs that count today, and what the caller may suppose."""

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.comparaison import Simulation, simuler
from services.groupement.domain.consolidation import Decisions
from services.groupement.domain.hypotheses import (
    AjouterMembre,
    BesoinPrevu,
    ChangerQuantite,
    Entrees,
    Hypothese,
    RetirerMembre,
)
from services.groupement.domain.lignes import Decision
from services.groupement.domain.seuils import Cadre
from services.groupement.queries import sommes
from services.groupement.tables.retenus import besoin_retenu
from services.groupement.usecases.commun import articles_de
from services.groupement.usecases.consolider import lots_prevus
from shared.kernel.errors import ForbiddenError


def entrees(session: Session, achat: t.Achat) -> Entrees:
    """Lots, articles and needs as they stand, with what was decided of the minimums."""
    lues = sommes.mesures(session, sommes.retenus(session, achat.id))
    return Entrees(
        lots=tuple(lots_prevus(session, achat.id)),
        catalogue={article.code: article for article in articles_de(session, achat.id)},
        groupes=lues.groupes,
        decisions=decisions(session, achat),
        traces=lues.traces,
    )


def decisions(session: Session, achat: t.Achat) -> Decisions:
    """Decisions of the newest consolidation of this call."""
    lues = session.scalar(
        sa.select(t.Consolidation.decisions)
        .where(
            t.Consolidation.achat_id == achat.id,
            t.Consolidation.recensement == achat.recensement,
        )
        .order_by(t.Consolidation.numero.desc())
        .limit(1)
    )
    return {(lue["article"], lue["lieu"]): Decision(lue["decision"]) for lue in lues or ()}


def supposer(
    cadre: Cadre,
    depart: Entrees,
    hypotheses: Sequence[Hypothese],
    siret: str | None = None,
) -> Simulation:
    """Answer « et si… »; a member (`siret`) supposes of itself only, the coordinator of all."""
    if siret is not None:
        _exiger_les_siennes(hypotheses, siret)
    return simuler(cadre, depart, hypotheses)


def _exiger_les_siennes(hypotheses: Iterable[Hypothese], siret: str) -> None:
    """Supposing that another leaves would tell its needs."""
    visent = (RetirerMembre, AjouterMembre, ChangerQuantite)
    if any(isinstance(h, visent) and h.siret != siret for h in hypotheses):
        raise ForbiddenError(
            "Un membre ne fait d’hypothèse que sur ses propres besoins\u00a0; le coordonnateur en "
            "fait sur ceux de tous.",
            code="hypothese_sur_autrui",
        )


def mis_a_part(session: Session, achat_id: uuid.UUID) -> dict[str, tuple[BesoinPrevu, ...]]:
    """Members that declared needs and do not take part: they might join."""
    participent = sa.select(t.Besoin.siret).where(t.Besoin.achat_id == achat_id, besoin_retenu())
    requete = (
        sa.select(t.Besoin)
        .where(
            t.Besoin.achat_id == achat_id,
            t.Besoin.quantite_base > 0,
            t.Besoin.siret.not_in(participent),
        )
        .order_by(t.Besoin.siret, t.Besoin.article, t.Besoin.lieu)
    )
    besoins: dict[str, list[BesoinPrevu]] = {}
    for b in session.scalars(requete):
        prevu = BesoinPrevu(b.article, b.lieu, b.quantite, b.unite, b.tolerance)
        besoins.setdefault(b.siret, []).append(prevu)
    return {siret: tuple(prevus) for siret, prevus in besoins.items()}
