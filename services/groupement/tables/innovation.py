"""The year's definitions of needs, and the contracts flagged as innovative."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.innovation import EtatDefinition
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.conventions import Organisation


class DefinitionBesoins(Base):
    """What an organisation plans to buy in a year; fixed once approved."""

    __tablename__ = "definition_besoins"

    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), primary_key=True)
    annee: Mapped[int] = mapped_column(primary_key=True)
    besoins: Mapped[list[Any]]
    innovation_part: Mapped[Decimal | None] = mapped_column(Numeric(5, 4))
    etat: Mapped[str]
    approuvee_le: Mapped[dt.datetime | None]
    acteur: Mapped[str]

    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __table_args__ = (
        parmi("etat", EtatDefinition),
        CheckConstraint("innovation_part BETWEEN 0 AND 1", name="innovation"),
        CheckConstraint(
            "etat = 'BROUILLON' OR (innovation_part IS NOT NULL AND besoins <> '[]')",
            name="complete",
        ),
        CheckConstraint("(etat = 'APPROUVEE') = (approuvee_le IS NOT NULL)", name="approuvee"),
    )


class Innovation(Base):
    """Whether the coordinator holds a contract for innovative, and why."""

    __tablename__ = "innovation"

    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat.marche_id"), primary_key=True)
    innovant: Mapped[bool]
    motif: Mapped[str]
    le: Mapped[dt.datetime]
    acteur: Mapped[str]

    __table_args__ = (CheckConstraint("motif <> ''", name="motif"),)
