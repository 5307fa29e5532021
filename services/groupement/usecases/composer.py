"""Write the lines of a consolidation and who composes them: one statement for many needs."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.consolidation import Consolidation
from services.groupement.domain.lignes import Ligne, completer
from services.groupement.domain.mesures import Cle, Mesure, micros, quantite
from services.groupement.queries import sommes
from shared.db.base import QUANTITE
from shared.messaging.uow import UnitOfWork

LOT_D_ECRITURE = 100_000
"""Needs written by one statement: long enough to be fast, short enough for any time limit."""


def ecrire_lignes(uow: UnitOfWork, consolidation: t.Consolidation, resultat: Consolidation) -> None:
    """Write every line, then its composition; the triggers check the sums at the commit (I1)."""
    condition = sommes.retenus(uow.session, consolidation.achat_id)
    for lignes in _par_lots(resultat.lignes):
        ids = {(ligne.article, ligne.lieu): uow.new_id() for ligne in lignes}
        rangees = [_ligne(consolidation.id, ids[x.article, x.lieu], x) for x in lignes]
        uow.session.execute(sa.insert(t.Ligne), rangees)
        _composer(uow.session, condition, ids, lignes)


def ecrire_retirees(
    session: Session, achat_id: uuid.UUID, resultat: Consolidation
) -> list[dict[str, Any]]:
    """Lines withdrawn, with the needs that asked for them: nothing is forgotten."""
    condition = sommes.retenus(session, achat_id)
    return [
        {
            "article": ligne.article,
            "designation": ligne.designation,
            "lieu": ligne.lieu,
            "decision": ligne.decision.value if ligne.decision else "",
            "minimum": str(ligne.minimum),
            "conditionnement": ligne.conditionnement,
            "unite_base": ligne.unite_base,
            "besoins": _besoins(session, condition, ligne),
        }
        for ligne in resultat.retirees
    ]


def _besoins(
    session: Session, condition: sa.ColumnElement[bool], ligne: Ligne
) -> list[dict[str, Any]]:
    requete = (
        sa.select(t.Besoin)
        .where(condition, t.Besoin.article == ligne.article, t.Besoin.lieu == ligne.lieu)
        .order_by(t.Besoin.siret)
    )
    return [
        {
            "id": str(besoin.id),
            "siret": besoin.siret,
            "quantite_base": str(besoin.quantite_base),
            "tolerance_base": str(besoin.tolerance_base),
            "version": besoin.version,
        }
        for besoin in session.scalars(requete)
    ]


def _par_lots(lignes: Sequence[Ligne]) -> Iterator[list[Ligne]]:
    """Cut lines into batches of needs, never splitting a line."""
    lot: list[Ligne] = []
    compte = 0
    for ligne in lignes:
        if lot and compte + ligne.besoins > LOT_D_ECRITURE:
            yield lot
            lot, compte = [], 0
        lot.append(ligne)
        compte += ligne.besoins
    yield lot


def _ligne(consolidation_id: uuid.UUID, id_: uuid.UUID, ligne: Ligne) -> dict[str, Any]:
    return {
        "id": id_,
        "consolidation_id": consolidation_id,
        "lot": ligne.lot,
        "article": ligne.article,
        "designation": ligne.designation,
        "lieu": ligne.lieu,
        "unite_base": ligne.unite_base,
        "quantite_base": ligne.quantite_base,
        "conditionnement": ligne.conditionnement,
        "quantite": ligne.quantite,
        "non_affecte_base": ligne.non_affecte_base,
        "montant_estime_ht": ligne.montant_ht,
    }


def _composer(
    session: Session,
    condition: sa.ColumnElement[bool],
    ids: Mapping[Cle, uuid.UUID],
    lignes: Sequence[Ligne],
) -> None:
    """Copy the needs of these lines as they are now, each with its share of the complement."""
    articles = sorted({ligne.article for ligne in lignes})
    prises = _complements(session, condition, articles, lignes)
    des_lignes = _table("des_lignes", id=sa.Uuid, article=sa.Text, lieu=sa.Text)
    complement = _table("complement", besoin_id=sa.Uuid, pris=QUANTITE)
    requete = (
        sa.select(
            des_lignes.c.id,
            t.Besoin.id,
            t.Besoin.siret,
            t.Besoin.quantite_base,
            sa.func.coalesce(complement.c.pris, 0),
            t.Besoin.tolerance_base,
            t.Besoin.version,
        )
        .join(
            des_lignes,
            sa.and_(des_lignes.c.article == t.Besoin.article, des_lignes.c.lieu == t.Besoin.lieu),
        )
        .outerjoin(complement, complement.c.besoin_id == t.Besoin.id)
        .where(condition, t.Besoin.article.in_(articles))
    )
    session.execute(
        sa.insert(_TABLE).from_select(_COLONNES, requete),
        {
            "des_lignes_id": list(ids.values()),
            "des_lignes_article": [article for article, _ in ids],
            "des_lignes_lieu": [lieu for _, lieu in ids],
            "complement_besoin_id": [uuid.UUID(m.besoin) for m in prises],
            "complement_pris": [quantite(pris) for pris in prises.values()],
        },
    )


_TABLE = t.Base.metadata.tables["composition"]
_COLONNES = [
    "ligne_id",
    "besoin_id",
    "siret",
    "quantite_base",
    "complement_base",
    "tolerance_base",
    "besoin_version",
]


def _table(nom: str, **colonnes: Any) -> sa.TableValuedAlias:
    """Rows sent as one array per column, bound as `<nom>_<colonne>`."""
    tableaux = [
        sa.bindparam(f"{nom}_{colonne}", type_=ARRAY(type_)) for colonne, type_ in colonnes.items()
    ]
    types = [sa.column(colonne, type_) for colonne, type_ in colonnes.items()]
    return sa.func.unnest(*tableaux).table_valued(*types, name=nom).render_derived()


def _complements(
    session: Session,
    condition: sa.ColumnElement[bool],
    articles: Sequence[str],
    lignes: Sequence[Ligne],
) -> dict[Mesure, int]:
    """Read the needs that give a tolerance only where a pack is to be completed."""
    a_completer = [ligne for ligne in lignes if ligne.complement_base]
    if not a_completer:
        return {}
    tolerants = sommes.tolerants(session, condition, articles)
    prises: dict[Mesure, int] = {}
    for ligne in a_completer:
        mesures = tolerants[ligne.article, ligne.lieu]
        prises |= completer(micros(ligne.complement_base), mesures)
    return prises
