"""Advances of contracts, what guarantees them, and what came back of each."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.avance import EtatAvance, Forme, Garantie
from services.paiement.tables.base import Base, parmi
from shared.kernel.montant import Montant

if TYPE_CHECKING:
    from services.paiement.tables.marches import Marche


class Avance(Base):
    """An advance and the reasoning behind it; none when nothing is granted.

    `cible` names the tranche or the order it is for, and is empty for the whole contract.
    `base_ttc` is what its recovery is measured on; `clause_fin` a share of it, when the contract
    says so. `payable_avant_le` counts from the latest of `commencement_le` and the guarantee.
    """

    __tablename__ = "avance"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"))
    forme: Mapped[str] = mapped_column(default=Forme.MARCHE.value)
    cible: Mapped[str] = mapped_column(default="")
    etat: Mapped[str]
    obligatoire: Mapped[bool]
    garantie: Mapped[bool]
    garantie_type: Mapped[str | None]
    garantie_recue_le: Mapped[dt.date | None]
    taux: Mapped[Decimal]
    assiette_ttc: Mapped[Montant]
    montant: Mapped[Montant]
    base_ttc: Mapped[Montant]
    clause_fin: Mapped[Decimal | None]
    motifs: Mapped[list[Any]]
    commencement_le: Mapped[dt.date]
    payable_avant_le: Mapped[dt.date]
    motif_refus: Mapped[str | None]
    acceptee_le: Mapped[dt.date | None]
    versee_le: Mapped[dt.date | None]

    marche: Mapped["Marche"] = relationship(lazy="raise", back_populates="avances")
    recuperations: Mapped[list["Recuperation"]] = relationship(
        lazy="raise", order_by="Recuperation.inscrite_le"
    )

    __table_args__ = (
        UniqueConstraint("marche_id", "cible"),
        parmi("etat", EtatAvance),
        parmi("forme", Forme),
        parmi("garantie_type", Garantie),
        CheckConstraint("montant > 0 AND taux > 0 AND base_ttc >= montant", name="montant"),
        CheckConstraint("(etat = 'VERSEE') = (versee_le IS NOT NULL)", name="versee"),
        CheckConstraint(
            "etat <> 'VERSEE' OR NOT garantie OR garantie_recue_le <= versee_le", name="garantie"
        ),
        CheckConstraint(
            "(garantie_type IS NULL) = (garantie_recue_le IS NULL)", name="garantie_recue"
        ),
        CheckConstraint("clause_fin > 0 AND clause_fin <= 1", name="clause_fin"),
    )


class Recuperation(Base):
    """What was kept back on one document; never edited, never more than the advance in all."""

    __tablename__ = "recuperation_avance"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    avance_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("avance.id"))
    piece_id: Mapped[uuid.UUID]
    piece: Mapped[str]
    execute_ttc: Mapped[Montant]
    montant: Mapped[Montant]
    solde: Mapped[bool]
    le: Mapped[dt.date]
    acteur: Mapped[str]
    inscrite_le: Mapped[dt.datetime]

    __table_args__ = (
        UniqueConstraint("avance_id", "piece_id"),
        CheckConstraint("montant > 0", name="montant"),
        Index("ix_recuperation_avance_piece", "piece_id"),
    )
