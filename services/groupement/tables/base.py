"""What the tables of groupement share."""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from services.groupement.domain.quanta import sobre
from shared.db.base import QUANTITE, TYPES, new_metadata


class NombreExact(TypeDecorator[Decimal]):
    """NUMERIC(18,6), read back without useless zeros: 105, not 105.000000."""

    impl = QUANTITE
    cache_ok = True

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else sobre(value)


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES | {Decimal: NombreExact}


class Compteur(Base):
    """Last number given, per kind of reference and year (ACH-2026-0001)."""

    __tablename__ = "compteur"

    nom: Mapped[str] = mapped_column(primary_key=True)
    annee: Mapped[int] = mapped_column(primary_key=True)
    dernier: Mapped[int]


def parmi(colonne: str, valeurs: Iterable[StrEnum]) -> CheckConstraint:
    """A column that holds one of the values of an enumeration."""
    liste = ", ".join(f"'{valeur.value}'" for valeur in valeurs)
    return CheckConstraint(f"{colonne} IN ({liste})", name=colonne)
