"""Invoices: what they say, where they are, every step they took, and the original file."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import (
    InstrumentedAttribute,
    Mapped,
    column_property,
    mapped_column,
    relationship,
)

from services.paiement.domain.efacture import Conteneur, Syntaxe, Verdict
from services.paiement.domain.facture import Etat
from services.paiement.domain.litige import Solde
from services.paiement.tables.base import Base, est_siret, parmi
from services.paiement.tables.horloge import Depart
from services.paiement.tables.litiges import Avoir, Contestation
from services.paiement.tables.marches import Acheteur, Marche
from shared.db.base import MontantType
from shared.kernel.montant import Montant


def _somme(montant: ColumnElement[Any] | InstrumentedAttribute[Montant]) -> ColumnElement[Montant]:
    """A sum that PostgreSQL derives from the rows: never a counter that could drift."""
    zero = literal(Montant.zero(), MontantType())
    return func.coalesce(func.sum(montant, type_=MontantType()), zero, type_=MontantType())


class Facture(Base):
    """An invoice and its clock. `echeance_le` is null while the clock is stopped or rejected.

    `interets` stays null after a late payment when the rate of the half-year is unknown.
    """

    __tablename__ = "facture"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    numero: Mapped[str]
    annee: Mapped[int]
    emise_le: Mapped[dt.date]
    fournisseur_siret: Mapped[str] = mapped_column(index=True)
    fournisseur_nom: Mapped[str]
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"))
    marche_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("marche.id"), index=True)
    affaire_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("affaire.id"), index=True)
    lien_affaire: Mapped[str]
    reference_contrat: Mapped[str | None]
    reference_commande: Mapped[str | None]
    code_service: Mapped[str | None]
    montant_ht: Mapped[Montant]
    montant_tva: Mapped[Montant]
    montant_ttc: Mapped[Montant]
    a_payer: Mapped[Montant]
    avance_recuperee: Mapped[Montant] = mapped_column(
        default=Montant.zero(), server_default=text("0")
    )
    tva: Mapped[list[Any]]
    lignes: Mapped[int]
    ibans: Mapped[list[Any]]

    syntaxe: Mapped[str]
    conteneur: Mapped[str]
    profil: Mapped[str]
    verdict: Mapped[str]
    anomalies: Mapped[list[Any]]
    empreinte: Mapped[str]

    etat: Mapped[str]
    depuis_le: Mapped[dt.datetime]
    deposee_le: Mapped[dt.datetime]
    recue_le: Mapped[dt.date]
    executee_le: Mapped[dt.date | None]
    service_fait_le: Mapped[dt.date | None]
    suspendue_le: Mapped[dt.date | None]
    motif_suspension: Mapped[str | None]
    pieces_demandees: Mapped[str | None]
    completee_le: Mapped[dt.date | None]
    motif_rejet: Mapped[str | None]
    depart_le: Mapped[dt.date | None]
    echeance_le: Mapped[dt.date | None]
    retard_signale_le: Mapped[dt.datetime | None]
    mandatee_le: Mapped[dt.date | None]
    payee_le: Mapped[dt.date | None]
    delai_jours: Mapped[int | None]
    jours_retard: Mapped[int | None]
    taux_interet: Mapped[Decimal | None]
    interets: Mapped[Montant | None]
    indemnite: Mapped[Montant | None]

    montant_paye: Mapped[Montant | None]
    credite: Mapped[Montant] = column_property(
        select(_somme(Avoir.montant_ttc))
        .where(Avoir.facture_id == id)  # noqa: A003 - the column
        .correlate_except(Avoir)
        .scalar_subquery(),
        expire_on_flush=False,
    )
    conteste: Mapped[Montant] = column_property(
        select(_somme(Contestation.montant_ttc - Contestation.couvert))
        .where(Contestation.facture_id == id, Contestation.issue.is_(None))  # noqa: A003
        .correlate_except(Contestation)
        .scalar_subquery(),
        expire_on_flush=False,
    )
    reliquat: Mapped[Montant] = column_property(
        select(_somme(Contestation.montant_ttc - Contestation.couvert))
        .where(Contestation.facture_id == id, Contestation.payee_le.is_not(None))  # noqa: A003
        .correlate_except(Contestation)
        .scalar_subquery(),
        expire_on_flush=False,
    )

    acheteur: Mapped[Acheteur] = relationship(lazy="raise")
    marche: Mapped[Marche | None] = relationship(lazy="raise")
    depart: Mapped[Depart | None] = relationship(lazy="selectin", viewonly=True)
    historique: Mapped[list["Passage"]] = relationship(lazy="raise", order_by="Passage.rang")

    @property
    def solde(self) -> Solde:
        """What is left to pay; credits and disputes are read as they were when it was loaded."""
        paye = (self.montant_paye or Montant.zero()) + self.reliquat
        return Solde(self.a_payer, self.credite, self.conteste, paye, self.avance_recuperee)

    __table_args__ = (
        est_siret("fournisseur_siret"),
        parmi("etat", Etat),
        parmi("verdict", Verdict),
        parmi("syntaxe", Syntaxe),
        parmi("conteneur", Conteneur),
        CheckConstraint(
            "avance_recuperee BETWEEN 0 AND greatest(a_payer, 0)", name="avance_recuperee"
        ),
        CheckConstraint("annee = extract(year FROM emise_le)", name="annee"),
        CheckConstraint(
            "verdict <> 'valide' OR montant_ttc = montant_ht + montant_tva", name="montant_ttc"
        ),
        CheckConstraint("(etat = 'MISE_EN_PAIEMENT') = (payee_le IS NOT NULL)", name="payee"),
        CheckConstraint("(payee_le IS NULL) = (montant_paye IS NULL)", name="montant_paye"),
        CheckConstraint("etat <> 'SUSPENDUE' OR echeance_le IS NULL", name="suspendue"),
        CheckConstraint("etat <> 'SUSPENDUE' OR suspendue_le IS NOT NULL", name="motif"),
        CheckConstraint("etat <> 'REJETEE' OR motif_rejet IS NOT NULL", name="rejetee"),
        Index(
            "uq_facture_numero_par_fournisseur",
            "fournisseur_siret",
            "annee",
            "numero",
            unique=True,
            postgresql_where=text("etat <> 'REJETEE'"),
        ),
        Index(
            "uq_facture_vivante_par_affaire",
            "affaire_id",
            unique=True,
            postgresql_where=text("etat <> 'REJETEE'"),
        ),
        UniqueConstraint("empreinte"),
        Index(
            "ix_facture_a_payer",
            "echeance_le",
            postgresql_where=text("etat NOT IN ('MISE_EN_PAIEMENT', 'REJETEE')"),
        ),
        Index("ix_facture_acheteur", "acheteur_siret", "etat", "echeance_le"),
    )

    @property
    def net_a_payer(self) -> Montant:
        """What was paid, else what must be: advance come back, credits and disputes left out."""
        return self.solde.exigible if self.montant_paye is None else self.montant_paye


class Fichier(Base):
    """The bytes received, never rewritten."""

    __tablename__ = "fichier_facture"

    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), primary_key=True)
    nom: Mapped[str]
    octets: Mapped[bytes] = mapped_column(LargeBinary)


class Passage(Base):
    """One state that an invoice entered: who did it, and who has held the invoice since."""

    __tablename__ = "passage_facture"

    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    etat: Mapped[str]
    detenteur: Mapped[str]
    le: Mapped[dt.datetime]
    acteur: Mapped[str]
    note: Mapped[str]
    code: Mapped[int | None]
    motif: Mapped[str | None]

    __table_args__ = (parmi("etat", Etat),)


class Rapprochement(Base):
    """A receipt billed by an invoice; a receipt is billed once per buyer."""

    __tablename__ = "rapprochement"

    reception_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reception.id"), primary_key=True)
    acheteur_siret: Mapped[str] = mapped_column(primary_key=True)
    facture_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("facture.id"), index=True)
