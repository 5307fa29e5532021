"""Technical accesses given to members' own software."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.tables.base import Base
from services.groupement.tables.conventions import Organisation


class AccesMembre(Base):
    """A token (only its hash is kept), the AMQP user of the member, the events it may send."""

    __tablename__ = "acces_membre"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"))
    libelle: Mapped[str]
    jeton_hash: Mapped[str] = mapped_column(unique=True)
    utilisateur_amqp: Mapped[str | None]
    evenements: Mapped[list[str]] = mapped_column(ARRAY(Text))
    cree_le: Mapped[dt.datetime]
    revoque_le: Mapped[dt.datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __table_args__ = (
        Index("ix_acces_membre_siret", "siret", postgresql_where=text("revoque_le IS NULL")),
        Index(
            "uq_acces_membre_amqp",
            "utilisateur_amqp",
            unique=True,
            postgresql_where=text("revoque_le IS NULL"),
        ),
    )
