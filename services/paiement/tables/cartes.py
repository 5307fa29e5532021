"""Purchasing cards, the suppliers that accept them, every operation asked for, its receipts."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.carte import Genre
from services.paiement.domain.programme import EtatCarte, Suspension
from services.paiement.tables.base import Base, est_siret, parmi
from services.paiement.tables.marches import Acheteur
from services.paiement.tables.programmes import LigneBudgetaire, ProgrammeCarte
from shared.kernel.montant import Montant


class Carte(Base):
    """A named card; only the last four digits of its number are ever known here.

    `porteur` is a function; `porteur_id` the person on the platform, when only that one may ask.
    """

    __tablename__ = "carte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"), index=True)
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_carte.id"), index=True)
    porteur: Mapped[str]
    porteur_id: Mapped[str | None]
    courriel: Mapped[str | None]
    fin_numero: Mapped[str]
    expire_le: Mapped[dt.date]
    etat: Mapped[str]
    suspension: Mapped[str | None]
    porteur_actif: Mapped[bool]
    plafond_transaction: Mapped[Montant]
    plafond_periode: Mapped[Montant]
    plafond_fournisseur: Mapped[Montant]
    budget_annuel: Mapped[Montant | None]
    ligne_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ligne_budgetaire.id"))
    familles_exclues: Mapped[list[Any]]
    mcc_exclus: Mapped[list[Any]]
    creee_le: Mapped[dt.datetime]

    acheteur: Mapped[Acheteur] = relationship(lazy="raise")
    programme: Mapped[ProgrammeCarte] = relationship(lazy="raise")
    ligne: Mapped[LigneBudgetaire | None] = relationship(lazy="raise")
    categories: Mapped[list["PlafondCategorie"]] = relationship(
        lazy="raise", order_by="(PlafondCategorie.genre, PlafondCategorie.code)"
    )

    __table_args__ = (
        CheckConstraint(r"fin_numero ~ '^\d{4}$'", name="fin_numero"),
        CheckConstraint(
            "plafond_transaction > 0 AND plafond_periode > 0 AND plafond_fournisseur > 0",
            name="plafonds",
        ),
        parmi("etat", EtatCarte),
        parmi("suspension", Suspension),
        CheckConstraint("(etat = 'SUSPENDUE') = (suspension IS NOT NULL)", name="suspendue"),
    )


class PassageCarte(Base):
    """One state that a card entered: when, by whom, why. Never rewritten."""

    __tablename__ = "passage_carte"

    carte_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("carte.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    etat: Mapped[str]
    le: Mapped[dt.datetime]
    acteur: Mapped[str]
    motif: Mapped[str]

    __table_args__ = (parmi("etat", EtatCarte),)


class PlafondCategorie(Base):
    """What a card may spend in a month in one category."""

    __tablename__ = "plafond_categorie"

    carte_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("carte.id"), primary_key=True)
    genre: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    plafond: Mapped[Montant]

    __table_args__ = (
        parmi("genre", Genre),
        CheckConstraint(r"code ~ '^(\d{8}|\d{4})$'", name="code"),
        CheckConstraint("plafond >= 0", name="plafond"),
    )


class FournisseurReference(Base):
    """A supplier listed beforehand by a buyer; holders of its contracts need no row."""

    __tablename__ = "fournisseur_reference"

    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"), primary_key=True)
    siret: Mapped[str] = mapped_column(primary_key=True)
    nom: Mapped[str]

    __table_args__ = (est_siret("siret"),)


class OperationCarte(Base):
    """An operation authorised or refused, with the answer of every check.

    `code` is what the issuer's statement quotes. A cancelled operation stays, and counts no more.
    """

    __tablename__ = "operation_carte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    carte_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("carte.id"))
    code: Mapped[str] = mapped_column(unique=True)
    le: Mapped[dt.datetime]
    jour: Mapped[dt.date]
    accepteur_siret: Mapped[str]
    accepteur_nom: Mapped[str]
    montant_ttc: Mapped[Montant]
    cpv: Mapped[str | None]
    mcc: Mapped[str | None]
    marche_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("marche.id"), index=True)
    commande_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("commande.id"))
    ligne_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("ligne_budgetaire.id"), index=True
    )
    motif_travaux: Mapped[str]
    autorisee: Mapped[bool]
    motif: Mapped[str | None]
    explication: Mapped[str]
    controles: Mapped[list[Any]]
    reste_periode: Mapped[Montant]
    acteur: Mapped[str]
    annulee_le: Mapped[dt.datetime | None]
    motif_annulation: Mapped[str | None]

    carte: Mapped[Carte] = relationship(lazy="raise")
    pieces: Mapped[list["PieceCarte"]] = relationship(
        lazy="raise", order_by="PieceCarte.deposee_le"
    )

    @property
    def vivante(self) -> bool:
        """Authorised and not cancelled since: it counts in every total."""
        return self.autorisee and self.annulee_le is None

    __table_args__ = (
        est_siret("accepteur_siret"),
        CheckConstraint("montant_ttc > 0", name="montant_ttc"),
        CheckConstraint("autorisee = (motif IS NULL)", name="motif"),
        CheckConstraint(
            "(annulee_le IS NULL) = (motif_annulation IS NULL)", name="motif_annulation"
        ),
        CheckConstraint("annulee_le IS NULL OR autorisee", name="annulee"),
        Index("ix_operation_carte_recentes", "carte_id", "le"),
        Index(
            "ix_operation_carte_depenses",
            "carte_id",
            "jour",
            postgresql_where=text("autorisee"),
        ),
    )


class Nature(StrEnum):
    """What a voucher is: at level 1, the statement needs the supplier's invoice beside it."""

    RECU = "RECU"
    FACTURE = "FACTURE"


class PieceCarte(Base):
    """A receipt or an invoice handed in for an operation; its bytes are never rewritten."""

    __tablename__ = "piece_carte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    operation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("operation_carte.id"))
    nature: Mapped[str]
    nom: Mapped[str]
    mimetype: Mapped[str]
    octets: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    empreinte: Mapped[str]
    deposee_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    __table_args__ = (
        parmi("nature", Nature),
        UniqueConstraint("operation_id", "empreinte"),
    )
