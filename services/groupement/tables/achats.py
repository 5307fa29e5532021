"""A grouped purchase, its lots and articles, and who takes part in it."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.suivi import Reponse
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.conventions import Convention, Organisation
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature


class Achat(Base):
    """A purchase from its first idea to its end; `recensement` counts the calls for needs."""

    __tablename__ = "achat"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    objet: Mapped[str]
    famille: Mapped[str]
    cpv: Mapped[str]
    nature: Mapped[str]
    lieu: Mapped[str]
    convention_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("convention.id"))
    coordonnateur: Mapped[str] = mapped_column(ForeignKey("organisation.siret"))
    mode: Mapped[str | None]
    demandeur: Mapped[str] = mapped_column(ForeignKey("organisation.siret"))
    reference_membre: Mapped[str | None]
    contact: Mapped[str]
    etat: Mapped[str] = mapped_column(default=EtatAchat.PROJET.value)
    duree_mois: Mapped[int]
    avance_taux: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    montant_estime_ht: Mapped[Montant | None]
    publication_prevue_le: Mapped[dt.date | None]
    recensement: Mapped[int] = mapped_column(default=0)
    cloture_le: Mapped[dt.datetime | None]
    lance_le: Mapped[dt.datetime | None]
    motif_abandon: Mapped[str | None]
    cree_le: Mapped[dt.datetime]

    convention: Mapped[Convention] = relationship(lazy="raise")
    lots: Mapped[list["Lot"]] = relationship(lazy="raise", order_by="Lot.numero")
    articles: Mapped[list["Article"]] = relationship(lazy="raise", order_by="Article.code")
    participations: Mapped[list["Participation"]] = relationship(
        lazy="raise", order_by="Participation.siret"
    )

    __table_args__ = (
        UniqueConstraint("demandeur", "reference_membre"),
        parmi("etat", EtatAchat),
        parmi("nature", Nature),
        parmi("mode", ModeCoordination),
        CheckConstraint("duree_mois > 0", name="duree"),
        CheckConstraint("avance_taux BETWEEN 0 AND 1", name="avance"),
        CheckConstraint("(etat = 'ABANDONNE') = (motif_abandon IS NOT NULL)", name="motif"),
        CheckConstraint(
            "etat <> 'RECENSEMENT_OUVERT' OR (recensement > 0 AND cloture_le IS NOT NULL)",
            name="cloture",
        ),
        Index("ix_achat_etat", "etat", "cloture_le"),
    )


class Lot(Base):
    """A lot as the coordinator cut it."""

    __tablename__ = "lot"

    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"), primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True)
    objet: Mapped[str]
    cpv: Mapped[str]

    __table_args__ = (CheckConstraint("numero > 0", name="numero"),)


class Article(Base):
    """An article with its base unit, its packs and its estimated price (per base unit).

    `lots_par_lieu` names the places where it belongs to another lot than `lot` (trigger).
    """

    __tablename__ = "article"

    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    designation: Mapped[str]
    lot: Mapped[int]
    unite_base: Mapped[str]
    prix_estime_ht: Mapped[Decimal]
    conditionnements: Mapped[list[Any]]
    conditionnement_achat: Mapped[str]
    minimum: Mapped[Decimal | None]
    cpv: Mapped[str]
    lots_par_lieu: Mapped[dict[str, int]] = mapped_column(JSONB, default=dict)

    __table_args__ = (
        ForeignKeyConstraint(["achat_id", "lot"], ["lot.achat_id", "lot.numero"]),
        CheckConstraint("prix_estime_ht >= 0", name="prix"),
        CheckConstraint("minimum > 0", name="minimum"),
    )


class Participation(Base):
    """What a member answered to the last call, or that it kept silent; fixed at launch."""

    __tablename__ = "participation"

    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"), primary_key=True)
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), primary_key=True)
    reponse: Mapped[str]
    engagement_min_ht: Mapped[Montant | None]
    engagement_max_ht: Mapped[Montant | None]
    repondu_le: Mapped[dt.datetime]
    acteur: Mapped[str]
    perimetre: Mapped[bool] = mapped_column(default=False)

    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __table_args__ = (
        parmi("reponse", Reponse),
        CheckConstraint("NOT perimetre OR reponse = 'PARTICIPE'", name="perimetre"),
        CheckConstraint("engagement_min_ht <= engagement_max_ht", name="engagement"),
        Index("ix_participation_siret", "siret"),
    )
