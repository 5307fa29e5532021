"""Calls for needs, one row each; what was decided at their opening; reminders planned and sent."""

import datetime as dt
import uuid

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.groupement.domain.appels import Politique
from services.groupement.domain.suivi import Reponse
from services.groupement.tables.base import Base, parmi
from shared.kernel.montant import Montant


class Appel(Base):
    """One call of a purchase: from when to when, why again, what if the minimum is not reached."""

    __tablename__ = "appel"

    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"), primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True)
    ouvert_le: Mapped[dt.datetime]
    cloture_prevue_le: Mapped[dt.datetime]
    clos_le: Mapped[dt.datetime | None]
    motif: Mapped[str | None]
    minimum_ht: Mapped[Montant | None]
    politique: Mapped[str | None]
    prolongation_jours: Mapped[int | None]
    prolonge_le: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("numero > 0", name="numero"),
        CheckConstraint("cloture_prevue_le > ouvert_le", name="cloture"),
        CheckConstraint("(minimum_ht IS NULL) = (politique IS NULL)", name="minimum"),
        CheckConstraint(
            "(politique IS NOT DISTINCT FROM 'PROLONGER') = (prolongation_jours IS NOT NULL)",
            name="prolongation",
        ),
        CheckConstraint("prolongation_jours > 0", name="jours"),
        parmi("politique", Politique),
    )


class Rappel(Base):
    """A reminder planned when the call opened; `traite_le` once done, or once without object."""

    __tablename__ = "rappel"

    achat_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True)
    jours: Mapped[int] = mapped_column(primary_key=True)
    du_le: Mapped[dt.datetime]
    traite_le: Mapped[dt.datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["achat_id", "numero"], ["appel.achat_id", "appel.numero"]),
        Index("ix_rappel_du_le", "du_le", postgresql_where=text("traite_le IS NULL")),
    )


class Relance(Base):
    """A member was reminded; at most once a day for a purchase."""

    __tablename__ = "relance"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    achat_id: Mapped[uuid.UUID]
    numero: Mapped[int]
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"))
    jour: Mapped[dt.date]
    le: Mapped[dt.datetime]
    acteur: Mapped[str]
    automatique: Mapped[bool]

    __table_args__ = (
        ForeignKeyConstraint(["achat_id", "numero"], ["appel.achat_id", "appel.numero"]),
        UniqueConstraint("achat_id", "siret", "jour"),
    )


class ParticipationLot(Base):
    """What a member that takes part said of one lot; a lot without a row is in."""

    __tablename__ = "participation_lot"

    achat_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    siret: Mapped[str] = mapped_column(primary_key=True)
    lot: Mapped[int] = mapped_column(primary_key=True)
    reponse: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(
            ["achat_id", "siret"], ["participation.achat_id", "participation.siret"]
        ),
        ForeignKeyConstraint(["achat_id", "lot"], ["lot.achat_id", "lot.numero"]),
        CheckConstraint(
            f"reponse IN ('{Reponse.PARTICIPE.value}', '{Reponse.DECLINE.value}')", name="reponse"
        ),
    )
