"""What the clock keeps beside invoices: how it started, alerts sent, interest owed."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.domain.depart import Origine
from services.paiement.tables.base import Base, parmi
from shared.kernel.montant import Montant


class Depart(Base):
    """What opened the deadline of an invoice, when it is not its deposit here.

    `le`: the receipt, the contractor's agreement or the acceptance of the final account;
    `demandee_le`: the contractor received its subcontractor's request.
    """

    __tablename__ = "depart_facture"

    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), primary_key=True)
    origine: Mapped[str]
    le: Mapped[dt.date | None]
    demandee_le: Mapped[dt.date | None]
    acteur: Mapped[str]
    saisi_le: Mapped[dt.datetime]

    __table_args__ = (
        parmi("origine", Origine),
        CheckConstraint("le IS NOT NULL OR origine IN ('NON_PROUVEE', 'SOUS_TRAITANT')", name="le"),
        CheckConstraint(
            "(origine = 'SOUS_TRAITANT') = (demandee_le IS NOT NULL)", name="demandee_le"
        ),
    )


class AlerteEcheance(Base):
    """An alert given before an end of deadline, once for each end and each distance."""

    __tablename__ = "alerte_echeance"

    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), primary_key=True)
    echeance_le: Mapped[dt.date] = mapped_column(primary_key=True)
    jours: Mapped[int] = mapped_column(primary_key=True)
    donnee_le: Mapped[dt.datetime]

    __table_args__ = (CheckConstraint("jours > 0", name="jours"),)


class EtatLiquidatif(Base):
    """The statement of interest owed for a late payment: what goes with the payment order.

    Nothing of it is ever edited; `verse_le` is filled once, when the supplier is paid.
    """

    __tablename__ = "etat_liquidatif"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    numero: Mapped[str] = mapped_column(unique=True)
    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"))
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"))
    principal_ttc: Mapped[Montant]
    echeance_le: Mapped[dt.date]
    payee_le: Mapped[dt.date]
    jours_retard: Mapped[int]
    taux: Mapped[Decimal]
    interets: Mapped[Montant]
    indemnite: Mapped[Montant]
    a_verser_avant_le: Mapped[dt.date]
    etabli_le: Mapped[dt.datetime]
    verse_le: Mapped[dt.date | None]

    __table_args__ = (
        UniqueConstraint("facture_id"),
        CheckConstraint(
            "jours_retard > 0 AND jours_retard = payee_le - echeance_le", name="retard"
        ),
        CheckConstraint("interets >= 0 AND indemnite >= 0", name="montants"),
        CheckConstraint("verse_le >= payee_le", name="verse_le"),
        Index(
            "ix_etat_liquidatif_a_verser",
            "acheteur_siret",
            "a_verser_avant_le",
            postgresql_where=text("verse_le IS NULL"),
        ),
    )

    @property
    def total(self) -> Montant:
        return self.interets + self.indemnite
