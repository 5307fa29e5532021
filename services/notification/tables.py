"""Tables of notification: who asked what, what is said to whom, what the ops team watches."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from shared.db.base import TYPES, new_metadata
from shared.kernel.montant import Montant

CODES = ARRAY(Text)


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


class Destinataire(Base):
    """An address, and the secret that lets its owner manage what it receives.

    The only place of the service where an address is written.
    """

    __tablename__ = "destinataire"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    courriel: Mapped[str] = mapped_column(unique=True)
    jeton: Mapped[str] = mapped_column(unique=True)
    cree_le: Mapped[dt.datetime]

    __table_args__ = (CheckConstraint("courriel = lower(courriel)", name="courriel_minuscule"),)


class Abonnement(Base):
    """An alert. `departements` repeats the département of each place, for the matching query."""

    __tablename__ = "abonnement"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    destinataire_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destinataire.id"), index=True)
    nom: Mapped[str]
    cpv: Mapped[list[str]] = mapped_column(CODES)
    mots: Mapped[list[str]] = mapped_column(CODES)
    lieux: Mapped[list[str]] = mapped_column(CODES)
    departements: Mapped[list[str]] = mapped_column(CODES)
    montant_min: Mapped[Montant | None]
    montant_max: Mapped[Montant | None]
    empreinte: Mapped[str]
    etat: Mapped[str]
    jeton_confirmation: Mapped[str] = mapped_column(unique=True)
    jeton_arret: Mapped[str] = mapped_column(unique=True)
    cree_le: Mapped[dt.datetime]
    confirme_le: Mapped[dt.datetime | None]
    arrete_le: Mapped[dt.datetime | None]

    destinataire: Mapped[Destinataire] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("etat IN ('EN_ATTENTE', 'ACTIF', 'ARRETE')", name="etat"),
        CheckConstraint("etat <> 'ACTIF' OR confirme_le IS NOT NULL", name="confirme"),
        CheckConstraint("(etat = 'ARRETE') = (arrete_le IS NOT NULL)", name="arrete"),
        CheckConstraint("cardinality(cpv) + cardinality(mots) > 0", name="criteres"),
        CheckConstraint("montant_min <= montant_max", name="montants"),
        Index(
            "uq_abonnement_vivant",
            "destinataire_id",
            "empreinte",
            unique=True,
            postgresql_where=text("etat <> 'ARRETE'"),
        ),
        Index("ix_abonnement_en_attente", "cree_le", postgresql_where=text("etat = 'EN_ATTENTE'")),
    )


class AbonnementCpv(Base):
    """Index of alerts by CPV head: a notice looks up the heads of its own codes."""

    __tablename__ = "abonnement_cpv"

    racine: Mapped[str] = mapped_column(primary_key=True)
    abonnement_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("abonnement.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class AbonnementMot(Base):
    """Index of alerts by keyword: found by its longest stem, then checked on all of them."""

    __tablename__ = "abonnement_mot"

    pivot: Mapped[str] = mapped_column(primary_key=True)
    abonnement_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("abonnement.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    mot: Mapped[str] = mapped_column(primary_key=True)
    radicaux: Mapped[list[str]] = mapped_column(CODES)


class AvisConnu(Base):
    """The latest known state of a notice: what a message says is read here, when it leaves."""

    __tablename__ = "avis_connu"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    annule: Mapped[bool] = mapped_column(server_default=false())
    publie_le: Mapped[dt.datetime] = mapped_column(index=True)
    donnees: Mapped[dict[str, Any]]


class Message(Base):
    """What is said, once, about one version of one thing; recipients are in `remise`."""

    __tablename__ = "message"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    modele: Mapped[str]
    objet_id: Mapped[str] = mapped_column(index=True)
    version: Mapped[int]
    donnees: Mapped[dict[str, Any]]
    correlation_id: Mapped[str]
    causation_id: Mapped[str | None]
    inscrit_le: Mapped[dt.datetime] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("modele", "objet_id", "version"),)


class Remise(Base):
    """The ledger: one row per recipient and message, whatever the number of alerts that match.

    `rapproche_le`: recipients computed; `inscrit_le` of the message: all rows written together;
    `remis_le`: the mail server answered for it. `tentatives` above one on a REMIS row tells that
    the recipient may hold two copies, both named by this row's id.
    """

    __tablename__ = "remise"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    message_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("message.id"))
    destinataire_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("destinataire.id"), index=True)
    donnees: Mapped[dict[str, Any]]
    jeton_arret: Mapped[str] = mapped_column(unique=True)
    etat: Mapped[str] = mapped_column(server_default="A_REMETTRE")
    tentatives: Mapped[int] = mapped_column(server_default="0")
    rapproche_le: Mapped[dt.datetime]
    essai_le: Mapped[dt.datetime]
    remis_le: Mapped[dt.datetime | None]
    clos_le: Mapped[dt.datetime | None]
    raison: Mapped[str | None]
    annoncee: Mapped[bool] = mapped_column(server_default=false())

    message: Mapped[Message] = relationship(lazy="raise")
    destinataire: Mapped[Destinataire] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("message_id", "destinataire_id"),
        CheckConstraint(
            "etat IN ('A_REMETTRE', 'REMIS', 'ECHEC', 'REBOND', 'SANS_OBJET')", name="etat"
        ),
        CheckConstraint("(etat = 'REMIS') = (remis_le IS NOT NULL)", name="remis"),
        CheckConstraint("(etat = 'A_REMETTRE') = (clos_le IS NULL)", name="clos"),
        Index(
            "ix_remise_a_remettre", "essai_le", "id", postgresql_where=text("etat = 'A_REMETTRE'")
        ),
        Index(
            "ix_remise_a_annoncer",
            "message_id",
            postgresql_where=text("etat = 'REMIS' AND NOT annoncee"),
        ),
    )


class Journal(Base):
    """Every event that passed, as it was received; addresses are masked on arrival."""

    __tablename__ = "journal"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    type: Mapped[str]
    source: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    sequence: Mapped[int]
    time: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime]
    correlation_id: Mapped[str] = mapped_column(index=True)
    causation_id: Mapped[str | None]
    data: Mapped[dict[str, Any]]

    __table_args__ = (
        Index("ix_journal_recent", "received_at", "id"),
        Index("ix_journal_type", "type", "received_at"),
    )
