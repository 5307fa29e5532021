"""What changes a contract in force: amendments, prices, substitutions, fees shared, the closing."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.cles import Cle
from services.groupement.domain.frais import GenreFrais
from services.groupement.domain.modifications import Motif
from services.groupement.domain.substitutions import Reponse
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.contrats import ContratLigne
from shared.kernel.montant import Montant

PART = Numeric(9, 6)


class Avenant(Base):
    """An amendment: its legal case, what it adds, and the cumulated share that it reached."""

    __tablename__ = "avenant"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat.marche_id"))
    numero: Mapped[int]
    motif: Mapped[str]
    objet: Mapped[str]
    montant_ht: Mapped[Montant]
    signe_le: Mapped[dt.date]
    cumul_part: Mapped[Decimal] = mapped_column(PART)
    total_part: Mapped[Decimal] = mapped_column(PART)
    avis_cao_le: Mapped[dt.date | None]
    fin_le: Mapped[dt.date | None]
    explication: Mapped[str]
    enregistre_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    prix: Mapped[list["PrixLigne"]] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("marche_id", "numero"),
        parmi("motif", Motif),
        CheckConstraint("numero > 0 AND objet <> ''", name="valeurs"),
    )


class PrixLigne(Base):
    """A later price of a line; the first one is pinned on the line since the notification."""

    __tablename__ = "prix_ligne"

    contrat_ligne_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("contrat_ligne.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    prix_unitaire_ht: Mapped[Decimal]
    effet_le: Mapped[dt.date]
    avenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("avenant.id"), index=True)

    ligne: Mapped[ContratLigne] = relationship(lazy="raise")

    __table_args__ = (CheckConstraint("version > 1 AND prix_unitaire_ht >= 0", name="valeurs"),)


class Substitution(Base):
    """Another article offered for a line; `nouvelle_ligne_id` links it once somebody accepted."""

    __tablename__ = "substitution"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contrat_ligne_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat_ligne.id"), index=True)
    article: Mapped[str]
    designation: Mapped[str]
    prix_unitaire_ht: Mapped[Decimal]
    motif: Mapped[str]
    reponse_avant: Mapped[dt.datetime]
    proposee_le: Mapped[dt.datetime]
    acteur: Mapped[str]
    close_le: Mapped[dt.datetime | None]
    nouvelle_ligne_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contrat_ligne.id"))

    ligne: Mapped[ContratLigne] = relationship(
        lazy="raise", foreign_keys=[contrat_ligne_id], viewonly=True
    )
    reponses: Mapped[list["ReponseSubstitution"]] = relationship(
        lazy="raise", order_by="ReponseSubstitution.siret"
    )

    __table_args__ = (
        CheckConstraint("prix_unitaire_ht >= 0 AND motif <> ''", name="valeurs"),
        CheckConstraint("nouvelle_ligne_id IS NULL OR close_le IS NOT NULL", name="close"),
    )


class ReponseSubstitution(Base):
    """One member's answer, or its silence at the deadline."""

    __tablename__ = "reponse_substitution"

    substitution_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("substitution.id"), primary_key=True
    )
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), primary_key=True)
    reponse: Mapped[str]
    repondu_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    __table_args__ = (parmi("reponse", Reponse),)


class Frais(Base):
    """An amount shared by the convention's key: positive when borne, negative when given back."""

    __tablename__ = "frais"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat.marche_id"), index=True)
    genre: Mapped[str]
    montant_ht: Mapped[Montant]
    cle: Mapped[str]
    motif: Mapped[str]
    reception_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reception.id"))
    le: Mapped[dt.datetime]
    acteur: Mapped[str]

    parts: Mapped[list["PartFrais"]] = relationship(lazy="raise", order_by="PartFrais.siret")

    __table_args__ = (
        parmi("genre", GenreFrais),
        parmi("cle", Cle),
        CheckConstraint("montant_ht <> 0 AND motif <> ''", name="valeurs"),
    )


class PartFrais(Base):
    """What one member bears of it, with the sentence that explains it."""

    __tablename__ = "part_frais"

    frais_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("frais.id"), primary_key=True)
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), primary_key=True)
    montant_ht: Mapped[Montant]
    explication: Mapped[str]


class Solde(Base):
    """The closing of a purchase, with the reasons that stood for what was missing."""

    __tablename__ = "solde"

    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"), primary_key=True)
    solde_le: Mapped[dt.datetime]
    montant_ht: Mapped[Montant]
    renonciation_paiement: Mapped[str | None]
    renonciation_evaluation: Mapped[str | None]
    acteur: Mapped[str]
