"""Batches for the finance software: numbered, never changed, each document in one only."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.liquidation import Nature
from services.paiement.tables.base import Base, est_siret, parmi
from shared.kernel.montant import Montant


class LotLiquidation(Base):
    """A batch; `empreinte` is the hash of its archive, which never changes."""

    __tablename__ = "lot_liquidation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"))
    annee: Mapped[int]
    rang: Mapped[int]
    numero: Mapped[str]
    total: Mapped[Montant]
    empreinte: Mapped[str]
    cree_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    lignes: Mapped[list["LigneLiquidation"]] = relationship(
        lazy="raise", order_by="LigneLiquidation.rang"
    )

    __table_args__ = (
        est_siret("acheteur_siret"),
        UniqueConstraint("acheteur_siret", "annee", "rang"),
        CheckConstraint("rang > 0", name="rang"),
    )


class LigneLiquidation(Base):
    """One thing to pay, as it was sent; `facture_id` gives its file."""

    __tablename__ = "ligne_liquidation"

    lot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("lot_liquidation.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    piece: Mapped[str] = mapped_column(unique=True)
    nature: Mapped[str]
    facture_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("facture.id"))
    donnees: Mapped[dict[str, Any]]

    __table_args__ = (parmi("nature", Nature),)

    @property
    def echeance_le(self) -> dt.date | None:
        lu = self.donnees["echeance_le"]
        return dt.date.fromisoformat(lu) if lu else None
