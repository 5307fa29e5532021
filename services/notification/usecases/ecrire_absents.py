"""Write many rows at once, those already there left alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import DeclarativeBase

from shared.messaging.envelope import jsonable
from shared.messaging.uow import UnitOfWork


def ecrire_absents(
    uow: UnitOfWork, table: type[DeclarativeBase], lignes: Sequence[Mapping[str, Any]]
) -> None:
    """One statement whatever their number: one per row costs a round trip for each recipient."""
    if not lignes:
        return
    colonnes = _table(table).c
    jeu = (
        func.jsonb_to_recordset(cast(jsonable(lignes), JSONB))
        .table_valued(*(column(nom, colonnes[nom].type) for nom in lignes[0]))
        .render_derived(with_types=True)
    )
    ajout = insert(table).from_select(list(lignes[0]), select(*jeu.c))
    uow.session.execute(ajout.on_conflict_do_nothing())


def _table(table: type[DeclarativeBase]) -> Table:
    if not isinstance(table.__table__, Table):
        raise TypeError(f"{table.__name__} n’est pas une table")
    return table.__table__
