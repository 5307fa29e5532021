"""Orders within quotas, receipts and how each was shared back."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.besoins import Canal
from services.groupement.domain.commandes import EtatCommande
from services.groupement.domain.livraisons import GenreAnomalie, GenreReception
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.contrats import ContratLigne, Quota
from shared.kernel.montant import Montant


class Commande(Base):
    """A call-off order; a trigger refuses what would exceed the quota or the contract."""

    __tablename__ = "commande"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    quota_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("quota.id"))
    quantite: Mapped[Decimal]
    prix_unitaire_ht: Mapped[Decimal]
    montant_ht: Mapped[Montant]
    etat: Mapped[str]
    canal: Mapped[str]
    reference_membre: Mapped[str | None]
    acteur: Mapped[str]
    passee_le: Mapped[dt.datetime]
    annulee_le: Mapped[dt.datetime | None]
    motif: Mapped[str | None]

    quota: Mapped[Quota] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("quota_id", "reference_membre"),
        parmi("etat", EtatCommande),
        parmi("canal", Canal),
        CheckConstraint("quantite > 0", name="quantite"),
        CheckConstraint("(etat = 'ANNULEE') = (annulee_le IS NOT NULL)", name="annulee"),
        CheckConstraint("(etat = 'ANNULEE') = (motif IS NOT NULL)", name="motif"),
        Index("ix_commande_quota", "quota_id", "etat"),
    )


class Reception(Base):
    """A delivery on a line; `demande` is what was expected, `non_affecte` what nobody asked.

    Its reverse entry and the surplus given to somebody are rows of their own that add up with it;
    `origine_id` is then the delivery they come from.
    """

    __tablename__ = "reception"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contrat_ligne_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat_ligne.id"), index=True)
    genre: Mapped[str] = mapped_column(default=GenreReception.LIVRAISON.value)
    origine_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reception.id"))
    bon_livraison: Mapped[str]
    annoncee: Mapped[Decimal]
    quantite: Mapped[Decimal]
    demande: Mapped[Decimal]
    non_affecte: Mapped[Decimal]
    motif: Mapped[str | None]
    recue_le: Mapped[dt.date]
    enregistree_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    ligne: Mapped[ContratLigne] = relationship(lazy="raise")
    parts: Mapped[list["Part"]] = relationship(lazy="raise", order_by="Part.commande_id")
    anomalies: Mapped[list["Anomalie"]] = relationship(lazy="raise", order_by="Anomalie.genre")

    __table_args__ = (
        parmi("genre", GenreReception),
        CheckConstraint(
            "CASE genre "
            "WHEN 'LIVRAISON' THEN quantite > 0 AND non_affecte >= 0 AND annoncee >= quantite "
            "WHEN 'CONTREPASSATION' THEN quantite < 0 AND non_affecte <= 0 "
            "ELSE quantite = 0 AND non_affecte < 0 END",
            name="quantites",
        ),
        CheckConstraint("(genre = 'LIVRAISON') = (origine_id IS NULL)", name="origine"),
        CheckConstraint("genre = 'LIVRAISON' OR motif IS NOT NULL", name="motif"),
        Index(
            "ix_reception_contrepassee",
            "origine_id",
            unique=True,
            postgresql_where="genre = 'CONTREPASSATION'",
        ),
    )


class Anomalie(Base):
    """Pieces of a delivery note that were not accepted."""

    __tablename__ = "anomalie"

    reception_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reception.id"), primary_key=True)
    genre: Mapped[str] = mapped_column(primary_key=True)
    quantite: Mapped[Decimal]
    motif: Mapped[str]

    __table_args__ = (
        parmi("genre", GenreAnomalie),
        CheckConstraint("quantite > 0 AND motif <> ''", name="valeurs"),
    )


class Part(Base):
    """What one order received of a delivery, with the sentence that explains it."""

    __tablename__ = "part"

    reception_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reception.id"), primary_key=True)
    commande_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("commande.id"), primary_key=True, index=True
    )
    demande: Mapped[Decimal]
    part: Mapped[Decimal]
    explication: Mapped[str]

    commande: Mapped[Commande] = relationship(lazy="raise")
    reception: Mapped[Reception] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (CheckConstraint("abs(part) <= demande", name="part"),)
