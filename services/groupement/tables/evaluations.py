"""Evaluations of contracts: criteria, members' marks, the firm's reply, waivers."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.evaluations import EtatEvaluation
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.contrats import Contrat


class GrilleEvaluation(Base):
    """The criteria of a convention; without a row, the proposed ones apply."""

    __tablename__ = "grille_evaluation"

    convention_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("convention.id"), primary_key=True)
    criteres: Mapped[list[Any]]


class Evaluation(Base):
    """One per contract, with the criteria as they were when it was opened."""

    __tablename__ = "evaluation"

    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat.marche_id"), primary_key=True)
    etat: Mapped[str]
    criteres: Mapped[list[Any]]
    ouverte_le: Mapped[dt.datetime]
    transmise_le: Mapped[dt.datetime | None]
    courriel: Mapped[str | None]
    repondue_le: Mapped[dt.datetime | None]
    reponse: Mapped[str | None]
    motif_dispense: Mapped[str | None]

    contrat: Mapped[Contrat] = relationship(lazy="raise")
    avis: Mapped[list["AvisEvaluation"]] = relationship(
        lazy="raise", order_by="AvisEvaluation.siret"
    )

    __table_args__ = (
        parmi("etat", EtatEvaluation),
        CheckConstraint(
            "(etat IN ('TRANSMISE', 'REPONDUE')) = (transmise_le IS NOT NULL)", name="transmise"
        ),
        CheckConstraint(
            "(etat = 'REPONDUE') = (reponse IS NOT NULL)"
            " AND (reponse IS NULL) = (repondue_le IS NULL)",
            name="repondue",
        ),
        CheckConstraint("(etat = 'DISPENSEE') = (motif_dispense IS NOT NULL)", name="dispensee"),
    )


class AvisEvaluation(Base):
    """What one member thinks of a contract."""

    __tablename__ = "avis_evaluation"

    marche_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("evaluation.marche_id"), primary_key=True
    )
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), primary_key=True)
    commentaire: Mapped[str]
    donne_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    notes: Mapped[list["NoteEvaluation"]] = relationship(lazy="raise", cascade="all, delete-orphan")


class NoteEvaluation(Base):
    """A mark from 1 to 5 on one criterion."""

    __tablename__ = "note_evaluation"

    marche_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    siret: Mapped[str] = mapped_column(primary_key=True)
    critere: Mapped[str] = mapped_column(primary_key=True)
    note: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(
            ["marche_id", "siret"], ["avis_evaluation.marche_id", "avis_evaluation.siret"]
        ),
        CheckConstraint("note BETWEEN 1 AND 5", name="note"),
    )
