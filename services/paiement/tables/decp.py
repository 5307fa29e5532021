"""Open data of contracts: what was asked, subcontracts, and every version published."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.tables.base import Base, est_siret
from shared.kernel.montant import Montant


class DecpComplement(Base):
    """Answers to what the platform cannot know; kept as they were given."""

    __tablename__ = "decp_complement"

    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"), primary_key=True)
    champs: Mapped[dict[str, Any]]
    saisi_le: Mapped[dt.datetime]
    acteur: Mapped[str]


class DecpActe(Base):
    """A special act of subcontracting, in the order of notification."""

    __tablename__ = "decp_acte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"), index=True)
    siret: Mapped[str]
    nom: Mapped[str]
    duree_mois: Mapped[int]
    notifie_le: Mapped[dt.date]
    montant_ht: Mapped[Montant]
    variation: Mapped[str]

    __table_args__ = (
        est_siret("siret"),
        CheckConstraint("montant_ht >= 1 AND duree_mois >= 1", name="valeurs"),
    )


class DecpVersion(Base):
    """A version of a record as it was published: its very text, and its hash."""

    __tablename__ = "decp_version"

    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    publiee_le: Mapped[dt.datetime]
    fiche: Mapped[str]
    empreinte: Mapped[str]
    raison: Mapped[str]
    acteur: Mapped[str]

    __table_args__ = (CheckConstraint("version > 0 AND raison <> ''", name="valeurs"),)


class DecpAlerte(Base):
    """A contract whose publication is late, told once."""

    __tablename__ = "decp_alerte"

    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"), primary_key=True)
    le: Mapped[dt.datetime]
