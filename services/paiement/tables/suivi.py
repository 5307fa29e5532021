"""What suppliers use without an account: links by mail, documents sent in answer."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.tables.base import Base, est_siret


class LienFournisseur(Base):
    """A link asked for: it opens the invoices of one SIRET, once, before it expires."""

    __tablename__ = "lien_fournisseur"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    siret: Mapped[str]
    demande_le: Mapped[dt.datetime]
    expire_le: Mapped[dt.datetime]
    utilise_le: Mapped[dt.datetime | None]

    __table_args__ = (
        est_siret("siret"),
        CheckConstraint("expire_le > demande_le", name="duree"),
        Index("ix_lien_fournisseur_recents", "siret", "demande_le"),
    )


class PieceFournisseur(Base):
    """A document sent for a suspended invoice, as it came."""

    __tablename__ = "piece_fournisseur"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), index=True)
    nom: Mapped[str]
    genre: Mapped[str]
    taille: Mapped[int]
    empreinte: Mapped[str]
    octets: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    deposee_le: Mapped[dt.datetime]
    acteur: Mapped[str]
