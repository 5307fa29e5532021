"""Social clauses of contracts, hours of insertion done, and what these hours discharge."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.banque_heures import EtatHeures
from services.groupement.domain.declarations_insertion import ContratTravail, Preuve, Public
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.contrats import Contrat
from shared.kernel.montant import Montant


class ClauseInsertion(Base):
    """The hours that a contract asks for, with the figures they follow from."""

    __tablename__ = "clause_insertion"

    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat.marche_id"), primary_key=True)
    base_ht: Mapped[Montant]
    part_main_oeuvre: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    effort: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    cout_horaire: Mapped[Montant]
    heures_dues: Mapped[int]
    coefficient_alternance: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    mutualisable: Mapped[bool]
    penalite_horaire: Mapped[Montant]
    fixee_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    contrat: Mapped[Contrat] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint(
            "heures_dues * cout_horaire <= base_ht * part_main_oeuvre * effort"
            " AND base_ht * part_main_oeuvre * effort < (heures_dues + 1) * cout_horaire",
            name="formule",
        ),
        CheckConstraint("coefficient_alternance >= 1 AND penalite_horaire >= 0", name="valeurs"),
    )


class HeuresInsertion(Base):
    """Hours of one person, known by the firm's own code, over one period of one contract."""

    __tablename__ = "heures_insertion"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(unique=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("clause_insertion.marche_id"), index=True
    )
    titulaire_siret: Mapped[str] = mapped_column(index=True)
    personne: Mapped[str]
    public: Mapped[str]
    contrat_travail: Mapped[str]
    preuve: Mapped[str]
    preuve_reference: Mapped[str]
    debut: Mapped[dt.date]
    fin: Mapped[dt.date]
    heures: Mapped[Decimal]
    coefficient: Mapped[Decimal] = mapped_column(Numeric(4, 2))
    etat: Mapped[str]
    motif: Mapped[str | None]
    declaree_le: Mapped[dt.datetime]
    declaree_par: Mapped[str]
    decidee_le: Mapped[dt.datetime | None]

    affectations: Mapped[list["AffectationHeures"]] = relationship(
        lazy="raise", order_by="AffectationHeures.marche_id", viewonly=True
    )

    __table_args__ = (
        parmi("public", Public),
        parmi("contrat_travail", ContratTravail),
        parmi("preuve", Preuve),
        parmi("etat", EtatHeures),
        CheckConstraint(r"personne ~ '^[A-Z0-9-]{4,20}$' AND personne ~ '\d'", name="personne"),
        CheckConstraint("fin >= debut", name="periode"),
        CheckConstraint(
            "heures > 0 AND heures <= 24 * (fin - debut + 1) AND heures = round(heures, 2)",
            name="heures",
        ),
        CheckConstraint("coefficient > 0", name="coefficient"),
        CheckConstraint("(etat = 'DECLAREE') = (decidee_le IS NULL)", name="decidee"),
        CheckConstraint("(etat IN ('REFUSEE', 'ANNULEE')) = (motif IS NOT NULL)", name="motif"),
        ExcludeConstraint(
            ("titulaire_siret", "="),
            ("personne", "="),
            (func.daterange(text("debut"), text("fin"), text("'[]'")), "&&"),
            where=text("etat IN ('DECLAREE', 'VALIDEE')"),
            using="gist",
            name="ex_heures_insertion_personne",
        ),
    )

    @property
    def comptees(self) -> Decimal:
        """Hours that count: those done times their coefficient."""
        return self.heures * self.coefficient


class AffectationHeures(Base):
    """Hours of a declaration that discharge a contract, its own or another of the same firm."""

    __tablename__ = "affectation_heures"

    declaration_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("heures_insertion.id"), primary_key=True
    )
    marche_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("clause_insertion.marche_id"), primary_key=True
    )
    heures: Mapped[Decimal]

    __table_args__ = (
        CheckConstraint("heures > 0", name="heures"),
        Index("ix_affectation_heures_marche", "marche_id"),
    )
