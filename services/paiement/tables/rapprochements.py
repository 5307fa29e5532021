"""Lines of invoices, their comparison with orders and receipts, the differences to decide."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.decisions import Decision
from services.paiement.domain.rapprochement import Issue
from services.paiement.domain.reception import Exigence, Niveau
from services.paiement.tables.base import Base, parmi
from services.paiement.tables.factures import Facture
from shared.kernel.montant import Montant


class LigneFacture(Base):
    """A line as the invoice says it, then what its comparison gave."""

    __tablename__ = "ligne_facture"

    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    designation: Mapped[str]
    article_acheteur: Mapped[str | None]
    article_vendeur: Mapped[str | None]
    quantite: Mapped[Decimal]
    prix_ht: Mapped[Decimal]
    montant_ht: Mapped[Montant]

    issue: Mapped[str]
    article: Mapped[str | None]
    commandee: Mapped[Decimal]
    recue: Mapped[Decimal]
    deja_facturee: Mapped[Decimal]
    prix_commande: Mapped[Decimal | None]
    ecarts: Mapped[list[Any]]
    ecart_ht: Mapped[Montant]

    __table_args__ = (
        parmi("issue", Issue),
        CheckConstraint("(issue = 'ECART') = (ecarts <> '[]'::jsonb)", name="ecarts"),
    )


class ExceptionFacture(Base):
    """A difference that somebody must decide, or decided; one open per invoice."""

    __tablename__ = "exception_facture"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), index=True)
    ouverte_le: Mapped[dt.datetime]
    ecart_ht: Mapped[Montant]
    decision: Mapped[str | None]
    motif: Mapped[str | None]
    decidee_le: Mapped[dt.datetime | None]
    acteur: Mapped[str | None]

    facture: Mapped[Facture] = relationship(lazy="raise")

    __table_args__ = (
        parmi("decision", Decision),
        CheckConstraint(
            "(decision IS NULL) = (decidee_le IS NULL) AND (decision IS NULL) = (motif IS NULL)",
            name="decidee",
        ),
        Index(
            "uq_exception_ouverte",
            "facture_id",
            unique=True,
            postgresql_where=text("decision IS NULL"),
        ),
    )


class ReglageReception(Base):
    """How an organisation wants its invoices received: tolerances, French rules, routing."""

    __tablename__ = "reglage_reception"

    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"), primary_key=True)
    tolerance_prix: Mapped[Decimal]
    tolerance_quantite: Mapped[Decimal]
    tolerance_montant: Mapped[Montant]
    niveau_br_fr: Mapped[str]
    exigence: Mapped[str]

    __table_args__ = (
        parmi("niveau_br_fr", Niveau),
        parmi("exigence", Exigence),
        CheckConstraint(
            "tolerance_prix BETWEEN 0 AND 1 AND tolerance_quantite BETWEEN 0 AND 1"
            " AND tolerance_montant >= 0",
            name="tolerances",
        ),
    )


class ServiceDestinataire(Base):
    """A service of an organisation that may receive invoices, by its code in the directory."""

    __tablename__ = "service_destinataire"

    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    libelle: Mapped[str]
    engagement_requis: Mapped[bool]

    __table_args__ = (CheckConstraint("code <> ''", name="code"),)
