"""Statements of card issuers: raw lines written once, and what was decided about each."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.releve import EtatLigne, EtatReleve, Issue, Niveau
from services.paiement.tables.base import Base, est_siret, parmi
from services.paiement.tables.cartes import OperationCarte
from services.paiement.tables.programmes import ProgrammeCarte
from shared.kernel.montant import Montant


class Releve(Base):
    """A statement received; only its state moves.

    Its file is not kept, since it may hold whole card numbers.
    """

    __tablename__ = "releve"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_carte.id"))
    numero: Mapped[str]
    emetteur: Mapped[str]
    du: Mapped[dt.date]
    au: Mapped[dt.date]
    total: Mapped[Montant]
    nombre: Mapped[int]
    fichier: Mapped[str]
    empreinte: Mapped[str]
    recu_le: Mapped[dt.date]
    echeance_le: Mapped[dt.date]
    importe_le: Mapped[dt.datetime]
    acteur: Mapped[str]
    etat: Mapped[str]
    clos_le: Mapped[dt.datetime | None]
    paye_le: Mapped[dt.date | None]

    programme: Mapped[ProgrammeCarte] = relationship(lazy="raise")

    __table_args__ = (
        parmi("etat", EtatReleve),
        CheckConstraint("(etat = 'IMPORTE') = (clos_le IS NULL)", name="clos"),
        CheckConstraint("(etat = 'PAYE') = (paye_le IS NOT NULL)", name="paye"),
        UniqueConstraint("programme_id", "numero"),
        UniqueConstraint("programme_id", "empreinte"),
    )


class LigneReleve(Base):
    """One operation as the issuer states it; `brute` is its row, without any card number."""

    __tablename__ = "ligne_releve"

    releve_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("releve.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    carte: Mapped[str]
    autorisation: Mapped[str | None]
    jour: Mapped[dt.date]
    accepteur_siret: Mapped[str | None]
    accepteur_nom: Mapped[str]
    mcc: Mapped[str | None]
    montant_ht: Mapped[Montant | None]
    montant_tva: Mapped[Montant | None]
    montant_ttc: Mapped[Montant]
    niveau: Mapped[str]
    marche: Mapped[str | None]
    brute: Mapped[dict[str, Any]]

    releve: Mapped[Releve] = relationship(lazy="raise")
    articles: Mapped[list["ArticleReleve"]] = relationship(
        lazy="raise", order_by="ArticleReleve.numero"
    )

    __table_args__ = (
        parmi("niveau", Niveau),
        est_siret("accepteur_siret"),
        CheckConstraint(r"carte ~ '^\d{4}$'", name="carte"),
        CheckConstraint("montant_ttc <> 0", name="montant_ttc"),
    )


class ArticleReleve(Base):
    """One article of an operation of level 3."""

    __tablename__ = "article_releve"

    releve_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True)
    designation: Mapped[str]
    quantite: Mapped[Decimal]
    prix_unitaire_ht: Mapped[Decimal]
    taux_tva: Mapped[Decimal]

    __table_args__ = (
        ForeignKeyConstraint(
            ["releve_id", "rang"], ["ligne_releve.releve_id", "ligne_releve.rang"]
        ),
    )


class SuiviLigne(Base):
    """What a line was matched with and what was decided; one authorisation serves one line."""

    __tablename__ = "suivi_ligne"

    releve_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("operation_carte.id"), unique=True
    )
    ecarts: Mapped[list[Any]]
    etat: Mapped[str]
    motif: Mapped[str | None]
    decidee_le: Mapped[dt.datetime | None]
    decidee_par: Mapped[str | None]
    reponse: Mapped[str | None]
    issue: Mapped[str | None]
    repondue_le: Mapped[dt.datetime | None]

    ligne: Mapped[LigneReleve] = relationship(lazy="raise")
    operation: Mapped[OperationCarte | None] = relationship(lazy="raise")

    __table_args__ = (
        ForeignKeyConstraint(
            ["releve_id", "rang"], ["ligne_releve.releve_id", "ligne_releve.rang"]
        ),
        parmi("etat", EtatLigne),
        parmi("issue", Issue),
        CheckConstraint(
            "(etat IN ('RAPPROCHEE', 'EXCEPTION')) = (decidee_le IS NULL)", name="decidee"
        ),
        CheckConstraint("etat <> 'CONTESTEE' OR motif IS NOT NULL", name="contestee"),
        CheckConstraint("(reponse IS NULL) = (issue IS NULL)", name="reponse"),
        Index(
            "ix_suivi_ligne_exceptions",
            "releve_id",
            "rang",
            postgresql_where=text("etat = 'EXCEPTION'"),
        ),
    )
