"""What orders and contracts become: quantities released, amendments. Rows are never edited."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.domain.engagements import GenreLiberation, NouveauPrix
from services.paiement.tables.base import Base, parmi
from shared.kernel.montant import Montant


class Liberation(Base):
    """A quantity that an order no longer waits for; the order may be heard of later."""

    __tablename__ = "liberation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    commande_id: Mapped[uuid.UUID] = mapped_column(index=True)
    marche_id: Mapped[uuid.UUID]
    genre: Mapped[str]
    quantite: Mapped[Decimal]
    motif: Mapped[str]
    le: Mapped[dt.datetime]

    __table_args__ = (
        parmi("genre", GenreLiberation),
        CheckConstraint("quantite > 0 AND motif <> ''", name="valeurs"),
    )


class Avenant(Base):
    """An amendment; `fin_le` is the end of the contract once it is signed."""

    __tablename__ = "avenant"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID]
    numero: Mapped[int]
    motif: Mapped[str]
    objet: Mapped[str]
    montant_ht: Mapped[Montant]
    fin_le: Mapped[dt.date]
    cumul_part: Mapped[Decimal]
    avis_cao_le: Mapped[dt.date | None]
    signe_le: Mapped[dt.date]
    explication: Mapped[str]
    prix: Mapped[list[Any]]

    __table_args__ = (
        UniqueConstraint("marche_id", "numero"),
        CheckConstraint("numero > 0 AND objet <> ''", name="valeurs"),
    )

    @property
    def nouveaux_prix(self) -> list[NouveauPrix]:
        return [
            NouveauPrix(
                lu["article"],
                lu["lieu"],
                Decimal(lu["prix_unitaire_ht"]),
                dt.date.fromisoformat(lu["effet_le"]),
            )
            for lu in self.prix
        ]
