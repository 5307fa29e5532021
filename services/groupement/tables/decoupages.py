"""Every other cutting that was applied to a purchase, as it was decided."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.groupement.domain.allotissement import Decoupage as Methode
from services.groupement.domain.allotissement import MotifLotUnique
from services.groupement.tables.base import Base, parmi
from shared.kernel.montant import Montant


class Decoupage(Base):
    """One cutting: by what, why, the lots before and after, and the answers asked again.

    `recensement` is the call in which these answers are awaited, none when nothing is asked again.
    """

    __tablename__ = "decoupage"

    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"), primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True)
    methode: Mapped[str]
    plafond_ht: Mapped[Montant | None]
    motif: Mapped[str]
    motif_lot_unique: Mapped[str | None]
    avant: Mapped[dict[str, Any]]
    apres: Mapped[dict[str, Any]]
    redemandees: Mapped[dict[str, Any]]
    recensement: Mapped[int | None]
    fait_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    __table_args__ = (
        parmi("methode", Methode),
        parmi("motif_lot_unique", MotifLotUnique),
        CheckConstraint("numero > 0", name="numero"),
        CheckConstraint("length(btrim(motif)) > 0", name="motif"),
        CheckConstraint("(redemandees <> '{}') = (recensement IS NOT NULL)", name="redemandees"),
        CheckConstraint("(methode = 'MONTANT') = (plafond_ht IS NOT NULL)", name="plafond"),
    )
