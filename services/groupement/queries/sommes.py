"""What the database sums for a consolidation: one row per line, whatever the number of needs.

Of the needs of a line, only their fingerprint and those that give a tolerance leave the database.
Needs are locked in by the state of the purchase (D4).
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.mesures import Cle, Cumul, Groupes, Mesure
from services.groupement.domain.releve import Somme
from services.groupement.domain.suivi import Reponse
from services.groupement.tables.besoins import ecrit
from services.groupement.tables.retenus import lot_decline


@dataclass(frozen=True, slots=True)
class Mesurees:
    """The needs of each line, and their fingerprints."""

    groupes: Groupes
    traces: Mapping[Cle, str]


_TRAVAIL = sa.text("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
Lus = sa.Select[str, str, str, Decimal, Decimal, str]
"""Needs to sum: article, place, member, firm quantity, tolerance in base units, fingerprint."""


def retenus(session: Session, achat_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """The needs that count, as a condition that stays cheap on a million of them.

    Those who declared and do not take part are few, if any: they are looked for first. Lots
    declined are looked at only when somebody declined one.
    """
    condition = sa.and_(t.Besoin.achat_id == achat_id, t.Besoin.quantite_base > 0)
    ecartes = session.scalars(_ecartes(achat_id)).all()
    if ecartes:
        condition = sa.and_(condition, t.Besoin.siret.not_in(ecartes))
    declines = sa.exists().where(
        t.ParticipationLot.achat_id == achat_id,
        t.ParticipationLot.reponse == Reponse.DECLINE.value,
    )
    return sa.and_(condition, ~lot_decline()) if session.scalar(sa.select(declines)) else condition


def _ecartes(achat_id: uuid.UUID) -> sa.Select[str]:
    """Organisations that declared needs, and said no or nothing."""
    siret = t.Organisation.siret
    participe = sa.exists().where(
        t.Participation.achat_id == achat_id,
        t.Participation.siret == siret,
        t.Participation.reponse == Reponse.PARTICIPE.value,
    )
    declare = sa.exists().where(t.Besoin.achat_id == achat_id, t.Besoin.siret == siret)
    return sa.select(siret).where(declare, ~participe).order_by(siret)


def besoins(condition: sa.ColumnElement[bool]) -> Lus:
    """Needs as they stand today."""
    besoin = t.Besoin
    return sa.select(
        besoin.article,
        besoin.lieu,
        besoin.siret,
        besoin.quantite_base,
        besoin.tolerance_base,
        besoin.trace,
    ).where(condition)


def compositions(consolidation_id: uuid.UUID) -> Lus:
    """Needs as a consolidation counted them."""
    part = t.Composition
    return (
        sa.select(
            t.Ligne.article,
            t.Ligne.lieu,
            part.siret,
            part.quantite_base,
            part.tolerance_base,
            ecrit(part.siret, part.quantite_base, part.tolerance_base).label("trace"),
        )
        .join(t.Ligne, t.Ligne.id == part.ligne_id)
        .where(t.Ligne.consolidation_id == consolidation_id)
    )


def sommer(session: Session, lus: Lus, recevoir: Callable[[Somme], None]) -> None:
    """Give every line to `recevoir`, in no particular order."""
    besoin = lus.subquery().c
    tolerants = sa.func.string_agg(besoin.trace, aggregate_order_by(sa.literal(";"), besoin.siret))
    requete = sa.select(
        besoin.article,
        besoin.lieu,
        _micros(sa.func.sum(besoin.quantite_base)),
        _micros(sa.func.sum(besoin.tolerance_base)),
        sa.func.count(),
        _empreinte(besoin.trace, besoin.siret),
        tolerants.filter(besoin.tolerance_base > 0),
    ).group_by(besoin.article, besoin.lieu)
    session.execute(_TRAVAIL)
    for lue in session.connection().execute(requete):
        recevoir(_somme(lue))


def couts_fermes(
    session: Session, condition: sa.ColumnElement[bool], retirees: Sequence[Cle]
) -> dict[str, Decimal]:
    """Estimated cost of each member's firm needs, but for the lines withdrawn."""
    requete = (
        sa.select(t.Besoin.siret, sa.func.sum(t.Besoin.quantite_base * t.Article.prix_estime_ht))
        .join(
            t.Article,
            sa.and_(t.Article.achat_id == t.Besoin.achat_id, t.Article.code == t.Besoin.article),
        )
        .where(condition)
        .group_by(t.Besoin.siret)
    )
    if retirees:
        requete = requete.where(sa.tuple_(t.Besoin.article, t.Besoin.lieu).not_in(retirees))
    return dict(session.execute(requete).all())


def mesures(session: Session, condition: sa.ColumnElement[bool]) -> Mesurees:
    """Every need, by line: for a what-if, which changes them one by one."""
    besoin = t.Besoin
    champs = (
        besoin.siret,
        sa.cast(besoin.id, sa.Text),
        _micros(besoin.quantite_base),
        _micros(besoin.tolerance_base),
    )
    requete = (
        sa.select(
            besoin.article,
            besoin.lieu,
            _empreinte(besoin.trace, besoin.siret),
            *(sa.func.array_agg(aggregate_order_by(champ, besoin.siret)) for champ in champs),
        )
        .where(condition)
        .group_by(besoin.article, besoin.lieu)
    )
    groupes: dict[Cle, list[Mesure]] = {}
    traces: dict[Cle, str] = {}
    for article, lieu, trace, *colonnes in session.connection().execute(requete):
        groupes[article, lieu] = list(map(Mesure, *colonnes))
        traces[article, lieu] = trace
    return Mesurees({cle: groupes[cle] for cle in sorted(groupes)}, traces)


def tolerants(
    session: Session, condition: sa.ColumnElement[bool], articles: Sequence[str]
) -> Groupes:
    """Needs with a tolerance, of some articles only."""
    return mesures(
        session,
        sa.and_(condition, t.Besoin.tolerance_base > 0, t.Besoin.article.in_(articles)),
    ).groupes


def _empreinte(trace: Any, siret: Any) -> sa.ColumnElement[str]:
    """The fingerprint of the needs of a line: that of `domain.mesures.trace`."""
    textes = sa.func.string_agg(trace, aggregate_order_by(sa.literal(";"), siret))
    return sa.func.encode(sa.func.sha256(sa.func.convert_to(textes, "UTF8")), "hex")


def _micros(colonne: Any) -> sa.ColumnElement[int]:
    return sa.cast(colonne * 1_000_000, sa.BigInteger)


def _somme(lue: Sequence[Any]) -> Somme:
    article, lieu, ferme, tolerance, nombre, trace, tolerants = lue
    mesures = [_mesure(texte) for texte in tolerants.split(";")] if tolerants else []
    return Somme(article, lieu, Cumul(ferme, tolerance, nombre), trace, mesures)


def _mesure(texte: str) -> Mesure:
    """A need is known by its member inside its line; figures always have their six decimals."""
    siret, ferme, tolerance = texte.replace(".", "").split("|")
    return Mesure(siret, siret, int(ferme), int(tolerance))
