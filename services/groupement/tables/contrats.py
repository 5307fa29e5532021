"""Contracts as the group sees them: their lines, each member's quota, what has been paid."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.livraisons import TOLERANCE_PAR_DEFAUT
from services.groupement.tables.achats import Achat
from services.groupement.tables.base import Base
from shared.kernel.montant import Montant


class Contrat(Base):
    """A notified contract; `montant_ht` is the ceiling of all orders together.

    It is always `montant_initial_ht` plus the amendments; `tolerance` is the share of a line's
    quantity that may be delivered beyond it.
    """

    __tablename__ = "contrat"

    marche_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    achat_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("achat.id"))
    lot: Mapped[int]
    objet: Mapped[str]
    titulaire_siret: Mapped[str]
    titulaire_nom: Mapped[str]
    titulaire_courriel: Mapped[str | None]
    montant_initial_ht: Mapped[Montant]
    montant_ht: Mapped[Montant]
    tolerance: Mapped[Decimal] = mapped_column(Numeric(5, 4), default=TOLERANCE_PAR_DEFAUT)
    notifie_le: Mapped[dt.date]
    fin_le: Mapped[dt.date]

    achat: Mapped[Achat] = relationship(lazy="raise", viewonly=True)
    lignes: Mapped[list["ContratLigne"]] = relationship(
        lazy="raise", order_by="(ContratLigne.article, ContratLigne.lieu)"
    )

    __table_args__ = (
        UniqueConstraint("achat_id", "lot"),
        CheckConstraint("montant_ht >= 0", name="montant"),
        CheckConstraint("tolerance BETWEEN 0 AND 1", name="tolerance"),
        CheckConstraint("fin_le > notifie_le", name="duree"),
    )


class ContratLigne(Base):
    """A line of the contract, at the price pinned when it was notified.

    `remplace_id` is the line that a substitution replaced; both come from the same needs.
    """

    __tablename__ = "contrat_ligne"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat.marche_id"))
    ligne_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ligne.id"))
    article: Mapped[str]
    designation: Mapped[str]
    lieu: Mapped[str]
    conditionnement: Mapped[str]
    entier: Mapped[bool]
    quantite: Mapped[Decimal]
    prix_unitaire_ht: Mapped[Decimal]
    remplace_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contrat_ligne.id"))

    contrat: Mapped[Contrat] = relationship(lazy="raise", viewonly=True)
    quotas: Mapped[list["Quota"]] = relationship(lazy="raise", order_by="Quota.siret")

    __table_args__ = (
        UniqueConstraint("marche_id", "ligne_id", "article"),
        CheckConstraint("quantite > 0 AND prix_unitaire_ht >= 0", name="valeurs"),
    )


class Quota(Base):
    """A member's share of a line. What it consumed is never stored: it is summed from orders.

    `quantite` is always `initiale` plus the transfers accepted; the database checks it.
    """

    __tablename__ = "quota"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contrat_ligne_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat_ligne.id"))
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), index=True)
    initiale: Mapped[Decimal]
    quantite: Mapped[Decimal]
    montant_max_ht: Mapped[Montant]

    ligne: Mapped[ContratLigne] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        UniqueConstraint("contrat_ligne_id", "siret"),
        CheckConstraint("quantite >= 0 AND montant_max_ht >= 0", name="valeurs"),
    )


class Paiement(Base):
    """An invoice paid on one of our contracts, as the payment service told it."""

    __tablename__ = "paiement"

    facture_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat.marche_id"), index=True)
    numero: Mapped[str]
    acheteur_siret: Mapped[str]
    montant_ht: Mapped[Montant]
    montant_ttc: Mapped[Montant]
    payee_le: Mapped[dt.date]
    echeance_le: Mapped[dt.date]
    delai_jours: Mapped[int]
    interets: Mapped[Montant | None]
    indemnite: Mapped[Montant]
