"""Consolidations, kept for ever, with the needs that compose each line."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.tables.base import Base
from shared.kernel.montant import Montant


class Consolidation(Base):
    """One computation: its fingerprint, its amount, the procedure and why.

    `decisions` holds what was decided of lines below a supplier's minimum; a line withdrawn stays
    there with the needs that asked for it. `decoupage` is how the lots were cut then.
    """

    __tablename__ = "consolidation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"))
    numero: Mapped[int]
    recensement: Mapped[int]
    empreinte: Mapped[str]
    montant_estime_ht: Mapped[Montant]
    procedure: Mapped[str]
    publicite: Mapped[str]
    explication: Mapped[str]
    seuils: Mapped[dict[str, Any]]
    decisions: Mapped[list[Any]]
    decoupage: Mapped[dict[str, Any]]
    faite_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    lignes: Mapped[list["Ligne"]] = relationship(
        lazy="raise", order_by="(Ligne.lot, Ligne.article, Ligne.lieu)"
    )

    __table_args__ = (UniqueConstraint("achat_id", "numero"),)


class Ligne(Base):
    """A line of a lot, in base units and as it will be ordered."""

    __tablename__ = "ligne"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    consolidation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consolidation.id"))
    lot: Mapped[int]
    article: Mapped[str]
    designation: Mapped[str]
    lieu: Mapped[str]
    unite_base: Mapped[str]
    quantite_base: Mapped[Decimal]
    conditionnement: Mapped[str]
    quantite: Mapped[Decimal]
    non_affecte_base: Mapped[Decimal]
    montant_estime_ht: Mapped[Montant]

    compositions: Mapped[list["Composition"]] = relationship(
        lazy="raise", order_by="Composition.siret"
    )

    __table_args__ = (
        UniqueConstraint("consolidation_id", "article", "lieu"),
        CheckConstraint("quantite_base > 0 AND quantite > 0", name="quantites"),
        CheckConstraint("non_affecte_base >= 0", name="non_affecte"),
    )


class Composition(Base):
    """What one need, as it was then, brings to a line; Σ = quantity of the line (trigger)."""

    __tablename__ = "composition"

    ligne_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ligne.id"), primary_key=True)
    besoin_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("besoin.id"), primary_key=True, index=True
    )
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"))
    quantite_base: Mapped[Decimal]
    complement_base: Mapped[Decimal]
    tolerance_base: Mapped[Decimal]
    besoin_version: Mapped[int]

    __table_args__ = (
        CheckConstraint("quantite_base > 0 AND complement_base >= 0", name="quantites"),
        CheckConstraint("complement_base <= tolerance_base", name="tolerance"),
    )
