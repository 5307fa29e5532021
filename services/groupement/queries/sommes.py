"""What the database sums for a consolidation: one row per line, streamed, whatever the number.

The needs of a line leave as one packed text, from which come the fingerprint and the tolerances:
memory holds one line at a time. Lus are locked in by the state of the purchase (D4).
"""

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.mesures import Cle, Cumul, Mesure, micros, trace
from services.groupement.domain.releve import Somme
from services.groupement.domain.suivi import Reponse
from services.groupement.tables.retenus import lot_decline

_TRAVAIL = sa.text("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
Lus = sa.Select[str, str, str, Decimal, Decimal]
"""Needs to sum: article, place, member, firm quantity and tolerance in base units."""
_DIALECTE = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]


def retenus(session: Session, achat_id: uuid.UUID) -> sa.ColumnElement[bool]:
    """The needs that count, as a condition that stays cheap on a million of them.

    Members that take part are few: their list is read first. Lots declined are looked at only
    when somebody declined one.
    """
    participants = session.scalars(
        sa.select(t.Participation.siret)
        .where(
            t.Participation.achat_id == achat_id,
            t.Participation.reponse == Reponse.PARTICIPE.value,
        )
        .order_by(t.Participation.siret)
    ).all()
    condition = sa.and_(
        t.Besoin.achat_id == achat_id,
        t.Besoin.quantite_base > 0,
        t.Besoin.siret.in_(participants),
    )
    declines = sa.exists().where(
        t.ParticipationLot.achat_id == achat_id,
        t.ParticipationLot.reponse == Reponse.DECLINE.value,
    )
    return sa.and_(condition, ~lot_decline()) if session.scalar(sa.select(declines)) else condition


def besoins(condition: sa.ColumnElement[bool]) -> Lus:
    """Lus as they stand today."""
    besoin = t.Besoin
    return sa.select(
        besoin.article, besoin.lieu, besoin.siret, besoin.quantite_base, besoin.tolerance_base
    ).where(condition)


def compositions(consolidation_id: uuid.UUID) -> Lus:
    """Lus as a consolidation counted them."""
    part = t.Composition
    return (
        sa.select(
            t.Ligne.article, t.Ligne.lieu, part.siret, part.quantite_base, part.tolerance_base
        )
        .join(t.Ligne, t.Ligne.id == part.ligne_id)
        .where(t.Ligne.consolidation_id == consolidation_id)
    )


def sommer(session: Session, lus: Lus, recevoir: Callable[[Somme], None]) -> None:
    """Give every line to `recevoir`, in no particular order."""
    besoin = lus.subquery().c
    tolerance = sa.case(
        (besoin.tolerance_base > 0, sa.literal("|").concat(_texte(besoin.tolerance_base))),
        else_="",
    )
    ecrit = besoin.siret.concat("|").concat(_texte(besoin.quantite_base)).concat(tolerance)
    requete = sa.select(
        besoin.article,
        besoin.lieu,
        sa.func.sum(besoin.quantite_base),
        sa.func.sum(besoin.tolerance_base),
        sa.func.count(),
        sa.func.string_agg(ecrit, ";"),
    ).group_by(besoin.article, besoin.lieu)
    session.execute(_TRAVAIL)
    _copier(session, requete, lambda champs: recevoir(_somme(champs)))


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


def mesures(session: Session, condition: sa.ColumnElement[bool]) -> dict[Cle, list[Mesure]]:
    """Every need, by line and sorted: for a what-if, which changes them one by one."""
    requete = sa.select(
        t.Besoin.article,
        t.Besoin.lieu,
        t.Besoin.siret,
        sa.cast(t.Besoin.id, sa.Text),
        _micros(t.Besoin.quantite_base),
        _micros(t.Besoin.tolerance_base),
    ).where(condition)
    groupes: dict[Cle, list[Mesure]] = {}
    for article, lieu, siret, besoin, ferme, tolerance in (
        session.connection().execute(requete).all()
    ):
        mesure = Mesure(siret, besoin, ferme, tolerance)
        groupes.setdefault((article, lieu), []).append(mesure)
    return {cle: sorted(groupes[cle]) for cle in sorted(groupes)}


def tolerants(
    session: Session, condition: sa.ColumnElement[bool], articles: Sequence[str]
) -> Mapping[Cle, list[Mesure]]:
    """Lus with a tolerance, of some articles only."""
    return mesures(
        session,
        sa.and_(condition, t.Besoin.tolerance_base > 0, t.Besoin.article.in_(articles)),
    )


def _texte(colonne: Any) -> sa.ColumnElement[str]:
    return sa.cast(colonne, sa.Text)


def _micros(colonne: Any) -> sa.ColumnElement[int]:
    return sa.cast(colonne * 1_000_000, sa.BigInteger)


def _somme(champs: Sequence[str]) -> Somme:
    article, lieu, ferme, tolerance, nombre, paquet = champs
    textes = paquet.split(";")
    tolerances = [_mesure(texte) for texte in textes if texte.count("|") == 2]
    cumul = Cumul(micros(Decimal(ferme)), micros(Decimal(tolerance)), int(nombre))
    return Somme(article, lieu, cumul, trace(textes), sorted(tolerances))


def _mesure(texte: str) -> Mesure:
    """A need is known by its member inside its line."""
    siret, ferme, tolerance = texte.split("|")
    return Mesure(siret, siret, micros(Decimal(ferme)), micros(Decimal(tolerance)))


class _Flux:
    """Receives COPY rows one by one, as PostgreSQL sends them."""

    _ECHAPPE = re.compile(r"\\(.)")
    _SENS: Mapping[str, str] = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}

    def __init__(self, recevoir: Callable[[list[str]], None]) -> None:
        self._recevoir = recevoir

    def write(self, ligne: bytes) -> None:
        self._recevoir([self._lire(champ) for champ in ligne.decode()[:-1].split("\t")])

    def _lire(self, champ: str) -> str:
        if "\\" not in champ:
            return champ
        return self._ECHAPPE.sub(lambda m: self._SENS.get(m[1], m[1]), champ)


def _copier(
    session: Session, requete: sa.Select[Any], recevoir: Callable[[list[str]], None]
) -> None:
    """Stream a query with COPY: unlike a cursor, its plan may use several processes."""
    texte = requete.compile(dialect=_DIALECTE, compile_kwargs={"literal_binds": True})
    curseur = cast("Any", session.connection().connection).cursor()
    try:
        curseur.copy_expert(f"COPY ({texte}) TO STDOUT", _Flux(recevoir))
    finally:
        curseur.close()
