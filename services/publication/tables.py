"""Tables of publication: the forward programme, consultations, notices, contracts awarded."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from services.publication.domain.valeurs import Organisation
from shared.db.base import TYPES, new_metadata
from shared.kernel.montant import Montant

TEXTES = ARRAY(Text)
TAUX = Numeric(7, 6)
NATURES = "nature IN ('FOURNITURES', 'SERVICES', 'TRAVAUX', 'SERVICES_SOCIAUX')"
_VECTEUR = (
    "setweight(to_tsvector('french', titre_normalise), 'A')"
    " || setweight(to_tsvector('french', texte_normalise), 'B')"
)


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


class Compteur(Base):
    """Last number given in a yearly series; its row lock leaves no gap and no duplicate."""

    __tablename__ = "compteur"

    serie: Mapped[str] = mapped_column(primary_key=True)
    annee: Mapped[int] = mapped_column(primary_key=True)
    dernier: Mapped[int]


class Programme(Base):
    """A purchase to come. `sequence` is the version of the purchase that was last heard of."""

    __tablename__ = "programme"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    achat_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    objet: Mapped[str]
    etat: Mapped[str]
    cpv: Mapped[str]
    nature: Mapped[str]
    lieu: Mapped[str]
    acheteur_siret: Mapped[str]
    acheteur_nom: Mapped[str]
    montant_estime_ht: Mapped[Montant | None]
    publication_prevue_le: Mapped[dt.date | None] = mapped_column(index=True)
    motif_abandon: Mapped[str | None]
    cree_le: Mapped[dt.datetime]
    maj_le: Mapped[dt.datetime]

    consultation: Mapped["Consultation | None"] = relationship(
        back_populates="programme", lazy="raise"
    )

    __table_args__ = (
        CheckConstraint("etat IN ('ENVISAGEE', 'CONFIRMEE', 'LANCEE', 'ABANDONNEE')", name="etat"),
        CheckConstraint(NATURES, name="nature"),
        CheckConstraint("(etat = 'ABANDONNEE') = (motif_abandon IS NOT NULL)", name="abandon"),
        CheckConstraint("montant_estime_ht >= 0", name="montant"),
    )

    @property
    def acheteur(self) -> Organisation:
        return Organisation(self.acheteur_siret, self.acheteur_nom)


class _Contenu:
    """Columns of what a notice says, as prepared (consultation) and as published (avis)."""

    objet: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    nature: Mapped[str]
    procedure: Mapped[str]
    publicite: Mapped[str]
    cpv: Mapped[str]
    lieu: Mapped[str]
    contact: Mapped[str]
    montant_estime_ht: Mapped[Montant | None]
    criteres: Mapped[str] = mapped_column(default="")
    modalites_remise: Mapped[str] = mapped_column(default="")
    duree_mois: Mapped[int | None]
    supports: Mapped[list[str]] = mapped_column(TEXTES, default=list)
    avance_taux: Mapped[Decimal | None] = mapped_column(TAUX)
    acheteur_siret: Mapped[str]
    acheteur_nom: Mapped[str]
    membres: Mapped[list[Any]] = mapped_column(default=list)
    date_lancement: Mapped[dt.date]

    @property
    def acheteur(self) -> Organisation:
        return Organisation(self.acheteur_siret, self.acheteur_nom)


class Consultation(_Contenu, Base):
    """A procedure, from a launched purchase (`achat_id`) or opened by one buyer alone."""

    __tablename__ = "consultation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    achat_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    programme_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("programme.id"), unique=True)
    date_limite: Mapped[dt.datetime | None]
    cree_le: Mapped[dt.datetime]
    annule_le: Mapped[dt.datetime | None]
    motif_annulation: Mapped[str | None]

    programme: Mapped[Programme | None] = relationship(back_populates="consultation", lazy="raise")
    lots: Mapped[list["Lot"]] = relationship(order_by="Lot.numero", lazy="selectin")
    avis: Mapped["Avis | None"] = relationship(back_populates="consultation", lazy="selectin")
    marches: Mapped[list["Marche"]] = relationship(order_by="Marche.lot", lazy="selectin")

    __table_args__ = (
        CheckConstraint(NATURES, name="nature"),
        CheckConstraint("(annule_le IS NULL) = (motif_annulation IS NULL)", name="annulation"),
        CheckConstraint("montant_estime_ht >= 0", name="montant"),
        Index("ix_consultation_acheteur", "acheteur_siret", "cree_le"),
    )


class Lot(Base):
    """One lot of a consultation, frozen at launch."""

    __tablename__ = "lot"

    consultation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("consultation.id"), primary_key=True
    )
    numero: Mapped[int] = mapped_column(primary_key=True)
    objet: Mapped[str]
    cpv: Mapped[str]
    montant_estime_ht: Mapped[Montant]

    lignes: Mapped[list["Ligne"]] = relationship(order_by="Ligne.rang", lazy="selectin")


class Ligne(Base):
    """One line of a lot, as the purchase consolidated it."""

    __tablename__ = "ligne"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    consultation_id: Mapped[uuid.UUID]
    lot: Mapped[int]
    rang: Mapped[int]
    article: Mapped[str]
    designation: Mapped[str]
    unite_base: Mapped[str]
    quantite_base: Mapped[Decimal]
    conditionnement: Mapped[str]
    quantite: Mapped[Decimal]
    lieu: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["consultation_id", "lot"], ["lot.consultation_id", "lot.numero"]),
        UniqueConstraint("consultation_id", "lot", "rang"),
        CheckConstraint("quantite > 0 AND quantite_base > 0", name="quantites"),
    )


class Avis(_Contenu, Base):
    """The current version of a notice, with what the search reads."""

    __tablename__ = "avis"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"), unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int]
    date_limite: Mapped[dt.datetime] = mapped_column(index=True)
    groupe: Mapped[bool]
    nombre_lots: Mapped[int]
    url: Mapped[str]
    publie_le: Mapped[dt.datetime]
    maj_le: Mapped[dt.datetime]
    annule_le: Mapped[dt.datetime | None]
    motif_annulation: Mapped[str | None]
    codes_cpv: Mapped[list[str]] = mapped_column(TEXTES)
    titre_normalise: Mapped[str] = mapped_column(deferred=True)
    texte_normalise: Mapped[str] = mapped_column(deferred=True)
    vecteur: Mapped[str] = mapped_column(
        TSVECTOR, Computed(_VECTEUR, persisted=True), deferred=True
    )

    consultation: Mapped[Consultation] = relationship(back_populates="avis", lazy="raise")
    versions: Mapped[list["VersionAvis"]] = relationship(
        order_by="VersionAvis.numero", lazy="raise"
    )

    __table_args__ = (
        CheckConstraint(NATURES, name="nature"),
        CheckConstraint("(annule_le IS NULL) = (motif_annulation IS NULL)", name="annulation"),
        CheckConstraint("date_limite > publie_le", name="echeance"),
        CheckConstraint("montant_estime_ht >= 0", name="montant"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_avis_vecteur", "vecteur", postgresql_using="gin"),
        Index("ix_avis_recents", "publie_le", "id"),
        Index("ix_avis_acheteurs", "acheteur_siret", "acheteur_nom"),
        Index("ix_avis_lieu", "lieu"),
    )


class VersionAvis(Base):
    """One version of a notice as it was announced; append-only."""

    __tablename__ = "version_avis"

    avis_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("avis.id"), primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True)
    le: Mapped[dt.datetime]
    acteur: Mapped[str]
    motif: Mapped[str | None]
    contenu: Mapped[dict[str, Any]]
    changements: Mapped[list[Any]]


class Marche(Base):
    """The contract of one lot: awarded, then notified to its holder."""

    __tablename__ = "marche"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    consultation_id: Mapped[uuid.UUID]
    lot: Mapped[int]
    titulaire_siret: Mapped[str] = mapped_column(index=True)
    titulaire_nom: Mapped[str]
    titulaire_pme: Mapped[bool]
    titulaire_courriel: Mapped[str | None]
    montant_ht: Mapped[Montant]
    taux_tva: Mapped[Decimal] = mapped_column(TAUX)
    offres_recues: Mapped[int]
    attribue_le: Mapped[dt.date]
    notifie_le: Mapped[dt.date | None]

    lignes: Mapped[list["LigneMarche"]] = relationship(order_by="LigneMarche.rang", lazy="selectin")

    __table_args__ = (
        ForeignKeyConstraint(["consultation_id", "lot"], ["lot.consultation_id", "lot.numero"]),
        ForeignKeyConstraint(["consultation_id"], ["consultation.id"]),
        UniqueConstraint("consultation_id", "lot"),
        CheckConstraint("montant_ht > 0", name="montant"),
        CheckConstraint("offres_recues >= 1", name="offres"),
        CheckConstraint("notifie_le >= attribue_le", name="notification"),
    )


class LigneMarche(Base):
    """One awarded line at its unit price."""

    __tablename__ = "ligne_marche"

    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    ligne_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ligne.id"))
    article: Mapped[str]
    designation: Mapped[str]
    conditionnement: Mapped[str]
    quantite: Mapped[Decimal]
    prix_unitaire_ht: Mapped[Decimal]

    __table_args__ = (CheckConstraint("quantite > 0 AND prix_unitaire_ht > 0", name="positifs"),)
