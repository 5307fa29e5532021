"""What the tables of groupement share."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.db.base import TYPES, new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


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
