"""What came from elsewhere or goes by number: histories taken over, sequences of requests."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.groupement.tables.base import Base


class Historique(Base):
    """A member's history exported by another instance, kept word for word; append-only (trigger).

    `empreinte` is the SHA-256 of the canonical `contenu`: the same file is taken over once.
    """

    __tablename__ = "historique"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    siret: Mapped[str]
    instance_siret: Mapped[str]
    instance_nom: Mapped[str]
    exporte_le: Mapped[dt.datetime]
    empreinte: Mapped[str]
    contenu: Mapped[dict[str, Any]]
    repris_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    __table_args__ = (
        UniqueConstraint("siret", "empreinte"),
        CheckConstraint(r"siret ~ '^\d{14}$'", name="siret"),
    )


class DemandeSequence(Base):
    """The highest number that a member's software gave to a request about `objet`.

    A request that comes late, with a lower number, must not undo a newer one.
    """

    __tablename__ = "demande_sequence"

    source: Mapped[str] = mapped_column(primary_key=True)
    objet: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    demande_id: Mapped[uuid.UUID]

    __table_args__ = (CheckConstraint("sequence > 0", name="sequence"),)
