"""Technical accesses to the API, for a supplier's or a buyer's own software."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.tables.base import Base, est_siret


class AccesApi(Base):
    """A token of which only the hash is kept; it acts for one SIRET, in one role."""

    __tablename__ = "acces_api"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    siret: Mapped[str]
    nom: Mapped[str]
    role: Mapped[str]
    empreinte: Mapped[str] = mapped_column(unique=True)
    cree_le: Mapped[dt.datetime]
    revoque_le: Mapped[dt.datetime | None]

    __table_args__ = (
        est_siret("siret"),
        CheckConstraint("role IN ('finances', 'porteur', 'entreprise')", name="role"),
    )
