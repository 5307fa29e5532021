"""Needs: the last word per member, article and place, and every increment that led to it."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SQLColumnExpression,
    Text,
    UniqueConstraint,
    case,
    cast,
    column,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.groupement.domain.besoins import Canal
from services.groupement.tables.base import Base, parmi


def ecrit(
    siret: SQLColumnExpression[str],
    quantite: SQLColumnExpression[Decimal],
    tolerance: SQLColumnExpression[Decimal],
) -> ColumnElement[str]:
    """What a need is in a fingerprint: the same text as `domain.mesures.ecrire`."""
    complement = case(
        (tolerance > literal_column("0"), literal_column("'|'").concat(cast(tolerance, Text))),
        else_=literal_column("''"),
    )
    return siret.concat(literal_column("'|'")).concat(cast(quantite, Text)).concat(complement)


class Besoin(Base):
    """An absolute quantity; zero stands for a need withdrawn, rows are never deleted.

    `trace` is kept with it and indexed by line: consolidating a million needs reads nothing else.
    """

    __tablename__ = "besoin"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"))
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), index=True)
    article: Mapped[str]
    lieu: Mapped[str]
    quantite: Mapped[Decimal]
    unite: Mapped[str]
    tolerance: Mapped[Decimal]
    quantite_base: Mapped[Decimal]
    tolerance_base: Mapped[Decimal]
    version: Mapped[int]
    canal: Mapped[str]
    acteur: Mapped[str]
    declare_le: Mapped[dt.datetime]
    souhaite_du: Mapped[dt.date | None]
    souhaite_au: Mapped[dt.date | None]
    imputation: Mapped[str | None]
    motif: Mapped[str | None]
    valide_version: Mapped[int | None]
    valide_le: Mapped[dt.datetime | None]
    valide_par: Mapped[str | None]
    trace: Mapped[str] = mapped_column(
        Computed(
            ecrit(column("siret"), column("quantite_base"), column("tolerance_base")),
            persisted=True,
        ),
        deferred=True,
    )

    @property
    def valide(self) -> bool:
        """Validated as it now stands: a later change asks for another validation."""
        return self.valide_version == self.version

    __table_args__ = (
        ForeignKeyConstraint(["achat_id", "article"], ["article.achat_id", "article.code"]),
        UniqueConstraint("achat_id", "siret", "article", "lieu"),
        Index(
            "ix_besoin_lignes",
            "achat_id",
            "article",
            "lieu",
            "siret",
            postgresql_include=["quantite_base", "tolerance_base", "trace"],
        ),
        CheckConstraint("quantite >= 0 AND tolerance >= 0", name="quantites"),
        CheckConstraint("quantite_base >= 0 AND tolerance_base >= 0", name="quantites_base"),
        CheckConstraint("(souhaite_du IS NULL) = (souhaite_au IS NULL)", name="souhaite"),
        CheckConstraint("souhaite_au >= souhaite_du", name="periode"),
        CheckConstraint("quantite = 0 OR motif IS NULL", name="motif"),
        CheckConstraint("valide_version <= version", name="valide"),
        CheckConstraint(
            "(valide_version IS NULL) = (valide_le IS NULL)"
            " AND (valide_le IS NULL) = (valide_par IS NULL)",
            name="validation",
        ),
        parmi("canal", Canal),
    )


class Increment(Base):
    """One dated movement of a need, in base units; append-only (trigger)."""

    __tablename__ = "increment_besoin"

    besoin_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("besoin.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    recensement: Mapped[int]
    increment_base: Mapped[Decimal]
    quantite: Mapped[Decimal]
    unite: Mapped[str]
    tolerance: Mapped[Decimal]
    canal: Mapped[str]
    acteur: Mapped[str]
    le: Mapped[dt.datetime]
    souhaite_du: Mapped[dt.date | None]
    souhaite_au: Mapped[dt.date | None]
    imputation: Mapped[str | None]
    motif: Mapped[str | None]


class Brouillon(Base):
    """What a member typed without transmitting it, as typed; it counts nowhere."""

    __tablename__ = "brouillon"

    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"), primary_key=True)
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), primary_key=True)
    lignes: Mapped[list[Any]]
    acteur: Mapped[str]
    enregistre_le: Mapped[dt.datetime]
