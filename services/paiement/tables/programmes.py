"""Programmes of purchasing cards: the issuer, who plays which role, the budget lines."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.programme import Role
from services.paiement.tables.base import Base, parmi
from services.paiement.tables.marches import Acheteur
from shared.kernel.montant import Montant


class ProgrammeCarte(Base):
    """The contract of a public entity with the issuer of its cards.

    `banque` names the layout of the issuer's statements; `jours_recu` is how long a holder has to
    hand in a receipt.
    """

    __tablename__ = "programme_carte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    acheteur_siret: Mapped[str] = mapped_column(ForeignKey("acheteur.siret"))
    emetteur: Mapped[str]
    compte: Mapped[str]
    banque: Mapped[str]
    jours_recu: Mapped[int]
    courriel: Mapped[str | None]
    ouvert_le: Mapped[dt.datetime]

    acheteur: Mapped[Acheteur] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("jours_recu BETWEEN 1 AND 90", name="jours_recu"),
        UniqueConstraint("acheteur_siret", "emetteur", "compte"),
    )


class DesignationCarte(Base):
    """A person designated for a role; an ended designation stays as history."""

    __tablename__ = "designation_carte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_carte.id"))
    role: Mapped[str]
    personne: Mapped[str]
    fonction: Mapped[str]
    depuis_le: Mapped[dt.datetime]
    fin_le: Mapped[dt.datetime | None]

    __table_args__ = (
        parmi("role", Role),
        Index(
            "uq_designation_carte_en_cours",
            "programme_id",
            "role",
            "personne",
            unique=True,
            postgresql_where=text("fin_le IS NULL"),
        ),
    )


class LigneBudgetaire(Base):
    """What a programme may charge on one budget account in a year."""

    __tablename__ = "ligne_budgetaire"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    programme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("programme_carte.id"))
    exercice: Mapped[int]
    compte: Mapped[str]
    libelle: Mapped[str]
    montant: Mapped[Montant]

    __table_args__ = (
        CheckConstraint(r"compte ~ '^\d{2,10}$'", name="compte"),
        CheckConstraint("montant >= 0", name="montant"),
        UniqueConstraint("programme_id", "exercice", "compte"),
    )
