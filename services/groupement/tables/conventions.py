"""Organisations, their agents, the conventions that bind them and the dates of their stays."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.clauses import Clauses
from services.groupement.domain.conventions import EtatConvention, ModeCoordination
from services.groupement.domain.formes import FormeJuridique
from services.groupement.tables.base import Base, parmi
from services.groupement.tables.clauses import ClausesType
from shared.kernel.parametres import ClasseAcheteur


class Organisation(Base):
    """A buyer: the instance's own collectivity, a hosted member, or one with its own instance."""

    __tablename__ = "organisation"

    siret: Mapped[str] = mapped_column(primary_key=True)
    nom: Mapped[str]
    classe: Mapped[str]
    courriel: Mapped[str | None]
    lieu_livraison: Mapped[str]
    forme: Mapped[str] = mapped_column(server_default=FormeJuridique.ETABLISSEMENT_LOCAL.value)
    a_cao: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        CheckConstraint(r"siret ~ '^\d{14}$'", name="siret"),
        parmi("classe", ClasseAcheteur),
        parmi("forme", FormeJuridique),
    )


class Agent(Base):
    """A function inside an organisation and its rights; no name of a person is needed."""

    __tablename__ = "agent"

    id: Mapped[str] = mapped_column(primary_key=True)
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"), index=True)
    fonction: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))


class Convention(Base):
    """One version of the convention constitutive of the group."""

    __tablename__ = "convention"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    nom: Mapped[str]
    version: Mapped[int]
    coordonnateur: Mapped[str] = mapped_column(ForeignKey("organisation.siret"))
    mode: Mapped[str]
    etat: Mapped[str]
    debut: Mapped[dt.date | None]
    fin: Mapped[dt.date | None]
    clauses: Mapped[Clauses] = mapped_column(ClausesType)
    etat_le: Mapped[dt.datetime]
    motif: Mapped[str | None]

    adhesions: Mapped[list["Adhesion"]] = relationship(
        lazy="raise", order_by="Adhesion.siret", back_populates="convention"
    )

    __table_args__ = (
        UniqueConstraint("nom", "version"),
        parmi("mode", ModeCoordination),
        parmi("etat", EtatConvention),
        CheckConstraint("fin > debut", name="duree"),
        CheckConstraint(
            "etat IN ('BROUILLON', 'EN_SIGNATURE') OR debut IS NOT NULL", name="en_vigueur_datee"
        ),
        CheckConstraint(
            "etat NOT IN ('SUSPENDUE', 'RESILIEE') OR btrim(motif) <> ''", name="motif"
        ),
        CheckConstraint("clauses ->> 'mode' = mode", name="mode_des_clauses"),
        ExcludeConstraint(
            ("nom", "="),
            (func.daterange(text("debut"), text("fin")), "&&"),
            where=text("etat IN ('EN_VIGUEUR', 'SUSPENDUE')"),
            using="gist",
            name="ex_convention_versions",
        ),
    )


class Adhesion(Base):
    """One stay of a member, never deleted; two stays of the same member never overlap."""

    __tablename__ = "adhesion"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    convention_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("convention.id"))
    siret: Mapped[str] = mapped_column(ForeignKey("organisation.siret"))
    deliberation_le: Mapped[dt.date | None]
    effet_le: Mapped[dt.date | None]
    fin_le: Mapped[dt.date | None]
    deliberation_numero: Mapped[str | None]
    document: Mapped[str | None]
    retrait_notifie_le: Mapped[dt.date | None]
    retrait_motif: Mapped[str | None]
    retire_le: Mapped[dt.datetime | None]

    convention: Mapped[Convention] = relationship(lazy="raise", back_populates="adhesions")
    organisation: Mapped[Organisation] = relationship(lazy="raise")

    __table_args__ = (
        CheckConstraint("(deliberation_le IS NULL) = (effet_le IS NULL)", name="decidee"),
        CheckConstraint("effet_le >= deliberation_le", name="effet"),
        CheckConstraint("fin_le > effet_le", name="fin"),
        CheckConstraint(
            "(retrait_notifie_le IS NULL) = (retrait_motif IS NULL) AND "
            "(retrait_notifie_le IS NULL OR fin_le > retrait_notifie_le)",
            name="retrait",
        ),
        CheckConstraint("retire_le IS NULL OR fin_le IS NOT NULL", name="retire"),
        ExcludeConstraint(
            ("convention_id", "="),
            ("siret", "="),
            (func.daterange(text("effet_le"), text("fin_le")), "&&"),
            where=text("effet_le IS NOT NULL"),
            using="gist",
            name="ex_adhesion_sejours",
        ),
        Index(
            "uq_adhesion_invitation",
            "convention_id",
            "siret",
            unique=True,
            postgresql_where=text("effet_le IS NULL"),
        ),
    )
