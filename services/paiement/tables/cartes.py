"""Purchasing cards, the suppliers that accept them, and every operation asked for."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.tables.base import Base, est_siret
from services.paiement.tables.marches import Acheteur
from shared.kernel.montant import Montant


class Carte(Base):
    """A named card; only the last four digits of its number are ever known here."""

    __tablename__ = "carte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"), index=True)
    porteur: Mapped[str]
    fin_numero: Mapped[str]
    expire_le: Mapped[dt.date]
    active: Mapped[bool]
    porteur_actif: Mapped[bool]
    plafond_transaction: Mapped[Montant]
    plafond_periode: Mapped[Montant]
    plafond_fournisseur: Mapped[Montant]
    budget_annuel: Mapped[Montant | None]
    familles_exclues: Mapped[list[Any]]
    creee_le: Mapped[dt.datetime]

    acheteur: Mapped[Acheteur] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(r"fin_numero ~ '^\d{4}$'", name="fin_numero"),
        CheckConstraint(
            "plafond_transaction > 0 AND plafond_periode > 0 AND plafond_fournisseur > 0",
            name="plafonds",
        ),
    )


class FournisseurReference(Base):
    """A supplier listed beforehand by a buyer; holders of its contracts need no row."""

    __tablename__ = "fournisseur_reference"

    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"), primary_key=True)
    siret: Mapped[str] = mapped_column(primary_key=True)
    nom: Mapped[str]

    __table_args__ = (est_siret("siret"),)


class OperationCarte(Base):
    """An operation authorised or refused, with the answer of every check."""

    __tablename__ = "operation_carte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    carte_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("carte.id"))
    le: Mapped[dt.datetime]
    jour: Mapped[dt.date]
    accepteur_siret: Mapped[str]
    accepteur_nom: Mapped[str]
    montant_ttc: Mapped[Montant]
    cpv: Mapped[str | None]
    marche_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("marche.id"), index=True)
    motif_travaux: Mapped[str]
    autorisee: Mapped[bool]
    motif: Mapped[str | None]
    explication: Mapped[str]
    controles: Mapped[list[Any]]
    reste_periode: Mapped[Montant]
    acteur: Mapped[str]

    carte: Mapped[Carte] = relationship(lazy="raise")

    __table_args__ = (
        est_siret("accepteur_siret"),
        CheckConstraint("montant_ttc > 0", name="montant_ttc"),
        CheckConstraint("autorisee = (motif IS NULL)", name="motif"),
        Index("ix_operation_carte_recentes", "carte_id", "le"),
        Index(
            "ix_operation_carte_depenses",
            "carte_id",
            "jour",
            postgresql_where=text("autorisee"),
        ),
    )
