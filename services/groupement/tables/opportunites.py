"""What members plan to buy, what contracts taught of firms, and the groupings that follow."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.opportunites import EtatOpportunite
from services.groupement.domain.programmation import EtatPrevision, Source
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.conventions import Convention
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature


class Prevision(Base):
    """A purchase to come, declared by a member or read in the published programme; never deleted.

    `sequence` is that of the last event of the programme; 0 for what the member entered itself.
    """

    __tablename__ = "prevision"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    siret: Mapped[str]
    source: Mapped[str]
    reference: Mapped[str]
    objet: Mapped[str]
    cpv: Mapped[str]
    nature: Mapped[str]
    lieu: Mapped[str]
    debut: Mapped[dt.date]
    fin: Mapped[dt.date]
    montant_estime_ht: Mapped[Montant | None]
    fin_contrat_le: Mapped[dt.date | None]
    etat: Mapped[str]
    version: Mapped[int]
    sequence: Mapped[int]
    acteur: Mapped[str]
    maj_le: Mapped[dt.datetime]

    __table_args__ = (
        UniqueConstraint("siret", "source", "reference"),
        parmi("source", Source),
        parmi("etat", EtatPrevision),
        parmi("nature", Nature),
        CheckConstraint("fin >= debut", name="periode"),
        CheckConstraint(r"siret ~ '^\d{14}$'", name="siret"),
        Index("ix_prevision_vivantes", "siret", postgresql_where=text("etat = 'ACTIVE'")),
    )


class Attribution(Base):
    """A notified contract of any buyer, as the published event told it: what a firm could hold."""

    __tablename__ = "attribution"

    marche_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    cpv: Mapped[str]
    lieu: Mapped[str | None]
    acheteur_siret: Mapped[str]
    titulaire_siret: Mapped[str]
    titulaire_nom: Mapped[str]
    titulaire_pme: Mapped[bool]
    montant_ht: Mapped[Montant]
    notifie_le: Mapped[dt.date]

    __table_args__ = (Index("ix_attribution_cpv", text("left(cpv, 4)")),)


class Opportunite(Base):
    """A possible grouping: one row per set of inputs (`empreinte`), with what was decided on it."""

    __tablename__ = "opportunite"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    convention_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("convention.id"))
    empreinte: Mapped[str]
    etat: Mapped[str]
    objet: Mapped[str]
    cpv: Mapped[str]
    nature: Mapped[str]
    lieu: Mapped[str]
    debut: Mapped[dt.date]
    fin: Mapped[dt.date]
    montant_estime_ht: Mapped[Montant]
    membres: Mapped[list[Any]]
    analyse: Mapped[dict[str, Any]]
    motif: Mapped[str | None]
    achat_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("achat.id"), unique=True)
    detectee_le: Mapped[dt.datetime]
    decidee_le: Mapped[dt.datetime | None]

    convention: Mapped[Convention] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("convention_id", "empreinte"),
        parmi("etat", EtatOpportunite),
        CheckConstraint("fin >= debut", name="periode"),
        CheckConstraint("(etat = 'PROPOSEE') = (achat_id IS NOT NULL)", name="achat"),
        CheckConstraint("(etat = 'ECARTEE') = (motif IS NOT NULL)", name="motif"),
        CheckConstraint(
            "(etat IN ('PROPOSEE', 'ECARTEE')) = (decidee_le IS NOT NULL)", name="decidee"
        ),
        Index("ix_opportunite_etat", "etat"),
    )


class OpportunitePrevision(Base):
    """Which purchases to come make an opportunity."""

    __tablename__ = "opportunite_prevision"

    opportunite_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("opportunite.id"), primary_key=True
    )
    prevision_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("prevision.id"), primary_key=True, index=True
    )
