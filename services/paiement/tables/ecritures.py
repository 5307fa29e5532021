"""The ledger: movements and their lines, written once; the findings of each daily control."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.ecritures import Compte
from services.paiement.tables.base import Base, parmi
from shared.kernel.montant import Montant


class Mouvement(Base):
    """A balanced set of lines about one document; an order may be heard before its contract.

    `piece` names the document (`facture:<id>`), `geste` what happened to it; `rang` grows when
    that is reversed, then written again.
    """

    __tablename__ = "mouvement"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    piece: Mapped[str]
    geste: Mapped[str]
    rang: Mapped[int]
    libelle: Mapped[str]
    marche_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    acheteur_siret: Mapped[str]
    le: Mapped[dt.datetime]
    jour: Mapped[dt.date]
    acteur: Mapped[str]
    motif: Mapped[str | None]
    contrepasse_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("mouvement.id"), unique=True
    )

    lignes: Mapped[list["Ecriture"]] = relationship(lazy="raise", order_by="Ecriture.rang")

    __table_args__ = (
        CheckConstraint("contrepasse_id IS NULL OR motif <> ''", name="motif"),
        CheckConstraint("contrepasse_id IS NULL OR motif IS NOT NULL", name="motif_present"),
        UniqueConstraint("piece", "geste", "rang"),
        Index("ix_mouvement_acheteur", "acheteur_siret"),
    )


class Ecriture(Base):
    """An amount on an account: never zero, never changed."""

    __tablename__ = "ecriture"

    mouvement_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("mouvement.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    compte: Mapped[str]
    montant: Mapped[Montant]

    __table_args__ = (
        parmi("compte", Compte),
        CheckConstraint("montant <> 0", name="montant"),
    )


class ControleComptes(Base):
    """One control of the ledger: how much was read, and every difference found."""

    __tablename__ = "controle_comptes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    le: Mapped[dt.datetime] = mapped_column(index=True)
    mouvements: Mapped[int]
    ecarts: Mapped[list[Any]]
