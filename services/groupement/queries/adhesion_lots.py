"""« Rejoindre cet achat groupé » : each lot as one member sees it before it answers."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.articles import Article
from services.groupement.domain.estimation import EstimationLot, estimer
from services.groupement.domain.suivi import Reponse
from services.groupement.queries.precedents import precedents
from services.groupement.tables.retenus import besoin_retenu, lot_de
from services.groupement.usecases.commun import articles_de, convention_de
from services.groupement.usecases.repondre import lots_declines


@dataclass(frozen=True, slots=True)
class LotVu:
    """A lot: what the group asks of it, what the member asks, what it would cost."""

    lot: t.Lot
    articles: list[Article]
    membres: int
    besoins: list[t.Besoin]
    coche: bool
    estimation: EstimationLot | None


@dataclass(frozen=True, slots=True)
class Adhesion:
    """What the page tells: the member's answer, its lots, whether a vote is still needed.

    `annee` is that of the needs the estimate is made from, when none is declared yet.
    """

    reponse: t.Participation | None
    lots: list[LotVu]
    deliberation_le: dt.date | None
    annee: int | None


def adhesion(session: Session, achat: t.Achat, siret: str, effet: int, jour: dt.date) -> Adhesion:
    """Everything a member weighs before it answers."""
    reponse = session.get(t.Participation, (achat.id, siret))
    besoins = _besoins(session, achat.id, siret)
    articles = {article.code: article for article in articles_de(session, achat.id)}
    siens, annee = _siens(session, achat, siret, besoins, articles)
    autres, membres = _autres(session, achat.id, siret)
    estimations = estimer(_morceaux(articles), siens, autres, effet)
    participe = reponse is not None and reponse.reponse == Reponse.PARTICIPE
    hors = lots_declines(session, achat.id, siret) if participe else {x.numero for x in achat.lots}
    lots = [
        LotVu(
            lot,
            [article for article in articles.values() if lot.numero in article.lots],
            membres.get(lot.numero, 0) + (lot.numero not in hors),
            [b for b in besoins if articles[b.article].lot_a(b.lieu) == lot.numero],
            lot.numero not in hors,
            estimations.get(lot.numero),
        )
        for lot in achat.lots
    ]
    return Adhesion(reponse, lots, _deliberation(session, achat, siret, jour), annee)


def _morceaux(articles: Mapping[str, Article]) -> list[Article]:
    """Each article once for every lot that it belongs to: a lot is estimated on its own volume."""
    return [
        replace(article, code=_morceau(article.code, lot), lot=lot)
        for article in articles.values()
        for lot in sorted(article.lots)
    ]


def _morceau(code: str, lot: int) -> str:
    return f"{code}\t{lot}"


def _besoins(session: Session, achat_id: uuid.UUID, siret: str) -> Sequence[t.Besoin]:
    return session.scalars(
        sa.select(t.Besoin)
        .where(t.Besoin.achat_id == achat_id, t.Besoin.siret == siret, t.Besoin.quantite > 0)
        .order_by(t.Besoin.article, t.Besoin.lieu)
    ).all()


def _siens(
    session: Session,
    achat: t.Achat,
    siret: str,
    besoins: Sequence[t.Besoin],
    articles: Mapping[str, Article],
) -> tuple[dict[str, Decimal], int | None]:
    """The member's own quantities by article and lot: declared, else those of last year."""
    siens: dict[str, Decimal] = {}
    for besoin in besoins:
        cle = _morceau(besoin.article, articles[besoin.article].lot_a(besoin.lieu))
        siens[cle] = siens.get(cle, Decimal()) + besoin.quantite_base
    if siens:
        return siens, None
    annee = None
    for code, passes in precedents(session, siret, achat).items():
        article = articles[code]
        for passe in passes:
            if passe.unite in article.bareme.noms:
                cle = _morceau(code, article.lot_a(passe.lieu))
                base = article.en_base(passe.quantite, passe.unite)
                siens[cle] = siens.get(cle, Decimal()) + base
                annee = passe.annee
    return siens, annee


def _autres(
    session: Session, achat_id: uuid.UUID, siret: str
) -> tuple[dict[str, Decimal], dict[int, int]]:
    """What the other members ask by article and lot, and how many of them are in each lot."""
    requete = (
        sa.select(
            t.Article.code,
            lot_de(t.Besoin.lieu).label("lot"),
            t.Besoin.siret,
            t.Besoin.quantite_base,
        )
        .join(
            t.Besoin,
            sa.and_(t.Article.achat_id == t.Besoin.achat_id, t.Article.code == t.Besoin.article),
        )
        .where(
            t.Besoin.achat_id == achat_id,
            t.Besoin.siret != siret,
            t.Besoin.quantite > 0,
            besoin_retenu(),
        )
        .subquery()
    )
    sommes = sa.select(
        requete.c.code, requete.c.lot, sa.func.sum(requete.c.quantite_base)
    ).group_by(requete.c.code, requete.c.lot)
    membres = sa.select(requete.c.lot, sa.func.count(sa.distinct(requete.c.siret))).group_by(
        requete.c.lot
    )
    autres = {_morceau(code, lot): base for code, lot, base in session.execute(sommes)}
    return autres, dict(session.execute(membres).all())


def _deliberation(session: Session, achat: t.Achat, siret: str, jour: dt.date) -> dt.date | None:
    """Date of the vote by which the member belongs to the convention today, if it does."""
    convention = convention_de(session, achat.convention_id)
    actives = (a for a in convention.adherents(jour) if a.siret == siret)
    return next((a.deliberation_le for a in actives), None)
