"""Credit notes and disputes: what lowers the amount of an invoice to pay, for good or for now."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.paiement.domain.decisions import IssueLitige
from services.paiement.tables.base import Base, parmi
from shared.kernel.montant import Montant


class Avoir(Base):
    """A credit note as received; a trigger keeps the sum of them within the invoice."""

    __tablename__ = "avoir"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), index=True)
    fournisseur_siret: Mapped[str]
    numero: Mapped[str]
    annee: Mapped[int]
    emis_le: Mapped[dt.date]
    montant_ht: Mapped[Montant]
    montant_ttc: Mapped[Montant]
    lignes: Mapped[list[Any]]
    depose_le: Mapped[dt.datetime]
    empreinte: Mapped[str] = mapped_column(unique=True)
    nom: Mapped[str]
    octets: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    __table_args__ = (
        CheckConstraint("montant_ttc > 0", name="montant_ttc"),
        UniqueConstraint("fournisseur_siret", "annee", "numero"),
    )


class Contestation(Base):
    """A part of an invoice that the buyer does not admit; `couvert` was credited since."""

    __tablename__ = "contestation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), index=True)
    montant_ttc: Mapped[Montant]
    couvert: Mapped[Montant]
    code: Mapped[str]
    motif: Mapped[str]
    ouverte_le: Mapped[dt.date]
    acteur: Mapped[str]
    issue: Mapped[str | None]
    close_le: Mapped[dt.date | None]
    payee_le: Mapped[dt.date | None]
    jours_retard: Mapped[int | None]
    taux_interet: Mapped[Decimal | None]
    interets: Mapped[Montant | None]
    indemnite: Mapped[Montant | None]

    __table_args__ = (
        parmi("issue", IssueLitige),
        CheckConstraint("montant_ttc > 0 AND couvert BETWEEN 0 AND montant_ttc", name="montants"),
        CheckConstraint("(issue IS NULL) = (close_le IS NULL)", name="close"),
        CheckConstraint("payee_le IS NULL OR issue = 'ADMISE'", name="payee"),
    )

    @property
    def reste(self) -> Montant:
        return self.montant_ttc - self.couvert
