"""Legal parameters that an administrator entered."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.tables.base import Base


class ParametreSaisi(Base):
    """A dated row of the law with its source; the latest entry wins, none is ever edited."""

    __tablename__ = "parametre_saisi"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    valeur: Mapped[Decimal]
    du: Mapped[dt.date]
    au: Mapped[dt.date | None]
    reference: Mapped[str]
    acteur: Mapped[str]
    saisi_le: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("au >= du", name="periode"),
        CheckConstraint("reference <> ''", name="reference"),
        Index("ix_parametre_saisi_code", "code", "saisi_le"),
    )
