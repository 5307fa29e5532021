"""Cases: the invoices of one debt, of which one at most is alive."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.tables.base import Base, est_siret


class Affaire(Base):
    """One debt of a buyer to a supplier; its invoices point to it."""

    __tablename__ = "affaire"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"))
    fournisseur_siret: Mapped[str]
    ouverte_le: Mapped[dt.datetime]

    __table_args__ = (est_siret("fournisseur_siret"),)
