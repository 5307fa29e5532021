"""What the tables of paiement share."""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import DeclarativeBase

from shared.db.base import TYPES, new_metadata


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


def parmi(colonne: str, valeurs: Iterable[StrEnum]) -> CheckConstraint:
    """A column that holds one of the values of an enumeration."""
    liste = ", ".join(f"'{valeur.value}'" for valeur in valeurs)
    return CheckConstraint(f"{colonne} IN ({liste})", name=colonne)


def est_siret(colonne: str) -> CheckConstraint:
    return CheckConstraint(rf"{colonne} ~ '^\d{{14}}$'", name=colonne)
