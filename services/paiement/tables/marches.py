"""Buyers, contracts, advances, orders and receipts, as events told them.

An order or a receipt may be heard before its contract: `marche_id` is no foreign key there.
"""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, literal, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from services.paiement.domain.engagements import GenreReception
from services.paiement.tables.avances import Avance
from services.paiement.tables.base import Base, est_siret, parmi
from services.paiement.tables.engagements import Avenant
from shared.db.base import MontantType
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur


class Acheteur(Base):
    """A buyer that this instance pays for; its class gives the payment deadline.

    `comptable_jours`: what a convention leaves to its accountant, None for the law's own share.
    """

    __tablename__ = "acheteur"

    siret: Mapped[str] = mapped_column(primary_key=True)
    nom: Mapped[str]
    classe: Mapped[str] = mapped_column(default=ClasseAcheteur.COLLECTIVITE.value)
    depenses_reelles: Mapped[Montant | None]
    courriel_finances: Mapped[str | None]
    comptable_jours: Mapped[int | None]

    __table_args__ = (
        est_siret("siret"),
        parmi("classe", ClasseAcheteur),
        CheckConstraint("comptable_jours BETWEEN 1 AND 29", name="comptable_jours"),
    )


class Marche(Base):
    """A notified contract; `numero_engagement` is what its invoices must quote.

    `montant_ht` and `duree_mois` are those of the notification; amendments add to them, derived.
    """

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
    avenants_ht: Mapped[Montant] = column_property(
        select(func.coalesce(func.sum(Avenant.montant_ht), literal(Montant.zero(), MontantType())))
        .where(Avenant.marche_id == id)  # noqa: A003
        .correlate_except(Avenant)
        .scalar_subquery()
    )
    fin_par_avenant: Mapped[dt.date | None] = column_property(
        select(Avenant.fin_le)
        .where(Avenant.marche_id == id)  # noqa: A003
        .order_by(Avenant.numero.desc())
        .limit(1)
        .correlate_except(Avenant)
        .scalar_subquery()
    )

    acheteur: Mapped[Acheteur] = relationship(lazy="raise")
    avance: Mapped[Avance | None] = relationship(
        lazy="raise",
        primaryjoin="and_(Avance.marche_id == Marche.id, Avance.cible == '')",
        viewonly=True,
    )
    avances: Mapped[list[Avance]] = relationship(
        lazy="raise", order_by=Avance.cible, back_populates="marche"
    )

    __table_args__ = (
        est_siret("titulaire_siret"),
        CheckConstraint("montant_ht >= 0", name="montant_ht"),
        CheckConstraint("taux_tva >= 0", name="taux_tva"),
        CheckConstraint("duree_mois > 0", name="duree_mois"),
    )

    @property
    def montant_ttc(self) -> Montant:
        return self.montant_ht * (1 + self.taux_tva)

    @property
    def actuel_ht(self) -> Montant:
        """The contract with its amendments."""
        return self.montant_ht + self.avenants_ht

    @property
    def actuel_ttc(self) -> Montant:
        return self.actuel_ht * (1 + self.taux_tva)

    @property
    def fin_le(self) -> dt.date:
        """The end that the last amendment gives, else the duration from the notification."""
        return self.fin_par_avenant or ajouter_mois(self.date_notification, self.duree_mois)


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
    """A delivery: the date on which the service of its invoices was executed.

    Its reverse entry and the surplus given to a member are rows of their own that add up with it;
    `origine_id` is then the delivery they come from, which may be heard later.
    """

    __tablename__ = "reception"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(index=True)
    article: Mapped[str]
    conditionnement: Mapped[str]
    quantite: Mapped[Decimal]
    demande: Mapped[Decimal]
    recue_le: Mapped[dt.date]
    genre: Mapped[str] = mapped_column(default=GenreReception.LIVRAISON.value)
    origine_id: Mapped[uuid.UUID | None]
    motif: Mapped[str | None]

    parts: Mapped[list["PartReception"]] = relationship(lazy="raise")

    __table_args__ = (
        parmi("genre", GenreReception),
        CheckConstraint(
            "CASE genre WHEN 'LIVRAISON' THEN quantite > 0 "
            "WHEN 'CONTREPASSATION' THEN quantite < 0 ELSE quantite = 0 END",
            name="quantite",
        ),
        CheckConstraint("(genre = 'LIVRAISON') = (origine_id IS NULL)", name="origine"),
        CheckConstraint("(genre = 'LIVRAISON') = (motif IS NULL)", name="motif"),
        Index(
            "ix_reception_contrepassee",
            "origine_id",
            unique=True,
            postgresql_where="genre = 'CONTREPASSATION'",
        ),
    )


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
        Index("ix_part_reception_commande", "commande_id"),
    )
