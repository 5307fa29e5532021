"""Buyers, contracts, advances, orders and receipts, as events told them.

An order or a receipt may be heard before its contract: `marche_id` is no foreign key there.
"""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.avance import EtatAvance
from services.paiement.tables.base import Base, est_siret, parmi
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur


class Acheteur(Base):
    """A buyer that this instance pays for; its class gives the payment deadline."""

    __tablename__ = "acheteur"

    siret: Mapped[str] = mapped_column(primary_key=True)
    nom: Mapped[str]
    classe: Mapped[str] = mapped_column(default=ClasseAcheteur.COLLECTIVITE.value)
    depenses_reelles: Mapped[Montant | None]

    __table_args__ = (est_siret("siret"), parmi("classe", ClasseAcheteur))


class Marche(Base):
    """A notified contract; `numero_engagement` is what its invoices must quote."""

    __tablename__ = "marche"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    numero_engagement: Mapped[str] = mapped_column(unique=True)
    achat_id: Mapped[uuid.UUID | None]
    lot: Mapped[int]
    objet: Mapped[str]
    cpv: Mapped[str]
    nature: Mapped[str]
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"), index=True)
    titulaire_siret: Mapped[str] = mapped_column(index=True)
    titulaire_nom: Mapped[str]
    titulaire_pme: Mapped[bool]
    titulaire_courriel: Mapped[str | None]
    montant_ht: Mapped[Montant]
    taux_tva: Mapped[Decimal]
    duree_mois: Mapped[int]
    date_lancement: Mapped[dt.date]
    date_notification: Mapped[dt.date]
    travaux: Mapped[bool]

    acheteur: Mapped[Acheteur] = relationship(lazy="raise")
    avance: Mapped["Avance | None"] = relationship(lazy="raise", back_populates="marche")

    __table_args__ = (
        est_siret("titulaire_siret"),
        CheckConstraint("montant_ht >= 0", name="montant_ht"),
        CheckConstraint("taux_tva >= 0", name="taux_tva"),
        CheckConstraint("duree_mois > 0", name="duree_mois"),
    )

    @property
    def montant_ttc(self) -> Montant:
        return self.montant_ht * (1 + self.taux_tva)


class Avance(Base):
    """The advance of a contract and the reasoning behind it; none when nothing is granted."""

    __tablename__ = "avance"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"), unique=True)
    etat: Mapped[str]
    obligatoire: Mapped[bool]
    garantie: Mapped[bool]
    taux: Mapped[Decimal]
    assiette_ttc: Mapped[Montant]
    montant: Mapped[Montant]
    motifs: Mapped[list[Any]]
    payable_avant_le: Mapped[dt.date]
    acceptee_le: Mapped[dt.date | None]
    versee_le: Mapped[dt.date | None]

    marche: Mapped[Marche] = relationship(lazy="raise", back_populates="avance")

    __table_args__ = (
        parmi("etat", EtatAvance),
        CheckConstraint("montant > 0 AND taux > 0", name="montant"),
        CheckConstraint("(etat = 'VERSEE') = (versee_le IS NOT NULL)", name="versee"),
    )


class Commande(Base):
    """An order of a member: what it commits to pay."""

    __tablename__ = "commande"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(index=True)
    reference: Mapped[str] = mapped_column(unique=True)
    membre_siret: Mapped[str]
    membre_nom: Mapped[str]
    article: Mapped[str]
    conditionnement: Mapped[str]
    quantite: Mapped[Decimal]
    prix_unitaire_ht: Mapped[Decimal]
    montant_ht: Mapped[Montant]
    passee_le: Mapped[dt.datetime]
    annulee_le: Mapped[dt.datetime | None]
    motif_annulation: Mapped[str | None]

    __table_args__ = (
        est_siret("membre_siret"),
        CheckConstraint(
            "(annulee_le IS NULL) = (motif_annulation IS NULL)", name="motif_annulation"
        ),
    )


class Reception(Base):
    """A delivery: the date on which the service of its invoices was executed."""

    __tablename__ = "reception"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(index=True)
    article: Mapped[str]
    conditionnement: Mapped[str]
    quantite: Mapped[Decimal]
    demande: Mapped[Decimal]
    recue_le: Mapped[dt.date]

    parts: Mapped[list["PartReception"]] = relationship(lazy="raise")

    __table_args__ = (CheckConstraint("quantite > 0", name="quantite"),)


class PartReception(Base):
    """What one order received of a delivery."""

    __tablename__ = "part_reception"

    reception_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reception.id"), primary_key=True)
    commande_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    membre_siret: Mapped[str]
    membre_nom: Mapped[str]
    part: Mapped[Decimal]

    __table_args__ = (
        est_siret("membre_siret"),
        Index("ix_part_reception_membre", "membre_siret"),
    )
