"""Payment by instalments: the contract's conditions, its subcontractors, its certificates.

Rows are entries: nothing is edited but the state of a certificate, and triggers see to it.
"""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.acomptes import Methode
from services.paiement.domain.decompte import EtatDecompte, Genre
from services.paiement.domain.retenue import Garantie
from services.paiement.tables.base import Base, est_siret, parmi
from services.paiement.tables.marches import Marche
from shared.kernel.montant import Montant


class ConditionsMarche(Base):
    """How a contract is paid and guaranteed: a new row each time, the last one holds."""

    __tablename__ = "conditions_marche"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"))
    rang: Mapped[int]
    methode: Mapped[str]
    debut_le: Mapped[dt.date]
    retenue: Mapped[Decimal]
    garantie_mois: Mapped[int]
    sur_demande: Mapped[bool]
    reception_le: Mapped[dt.date | None]
    reserves: Mapped[bool]
    reserves_levees_le: Mapped[dt.date | None]
    garantie: Mapped[str | None]
    garantie_recue_le: Mapped[dt.date | None]
    acteur: Mapped[str]
    le: Mapped[dt.datetime]

    __table_args__ = (
        UniqueConstraint("marche_id", "rang"),
        parmi("methode", Methode),
        parmi("garantie", Garantie),
        CheckConstraint("retenue BETWEEN 0 AND 1 AND garantie_mois >= 0", name="retenue"),
        CheckConstraint("(garantie IS NULL) = (garantie_recue_le IS NULL)", name="garantie_recue"),
        CheckConstraint(
            "reserves_levees_le IS NULL OR (reserves AND reserves_levees_le >= reception_le)",
            name="reserves_levees",
        ),
        CheckConstraint("NOT reserves OR reception_le IS NOT NULL", name="reserves"),
    )


class SousTraitant(Base):
    """A subcontractor accepted by a special act, up to an amount."""

    __tablename__ = "sous_traitant"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"), index=True)
    siret: Mapped[str]
    nom: Mapped[str]
    prestation: Mapped[str]
    montant_ttc: Mapped[Montant]
    paiement_direct: Mapped[bool]
    acceptee_le: Mapped[dt.date]

    __table_args__ = (
        UniqueConstraint("marche_id", "siret"),
        est_siret("siret"),
        CheckConstraint("montant_ttc > 0", name="montant_ttc"),
    )


class Decompte(Base):
    """A numbered certificate; its figures are those of its lines, kept to be summed."""

    __tablename__ = "decompte"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"))
    numero: Mapped[int]
    genre: Mapped[str]
    du: Mapped[dt.date]
    au: Mapped[dt.date]
    objet: Mapped[str]
    taux_tva: Mapped[Decimal]
    travaux_ht: Mapped[Montant]
    revision_ht: Mapped[Montant]
    primes_ht: Mapped[Montant]
    tva: Mapped[Montant]
    ttc: Mapped[Montant]
    retenue: Mapped[Montant]
    avance: Mapped[Montant]
    sous_traitants_ttc: Mapped[Montant]
    penalites: Mapped[Montant]
    net: Mapped[Montant]
    avertissements: Mapped[list[Any]]
    etat: Mapped[str]

    marche: Mapped[Marche] = relationship(lazy="raise")
    lignes: Mapped[list["LigneDecompte"]] = relationship(
        lazy="raise", order_by="LigneDecompte.code"
    )
    historique: Mapped[list["PassageDecompte"]] = relationship(
        lazy="raise", order_by="PassageDecompte.rang"
    )
    parts: Mapped[list["PartSousTraitant"]] = relationship(lazy="raise")

    __table_args__ = (
        UniqueConstraint("marche_id", "numero"),
        parmi("genre", Genre),
        parmi("etat", EtatDecompte),
        CheckConstraint("numero > 0 AND au >= du", name="periode"),
        CheckConstraint("genre <> 'CORRECTIF' OR objet <> ''", name="objet"),
        CheckConstraint("ttc = travaux_ht + revision_ht + primes_ht + tva", name="ttc"),
        CheckConstraint(
            "net = ttc - retenue - avance - sous_traitants_ttc - penalites", name="net"
        ),
        Index(
            "uq_decompte_en_cours",
            "marche_id",
            unique=True,
            postgresql_where=text("etat = 'PREPARE'"),
        ),
        Index(
            "uq_decompte_solde",
            "marche_id",
            unique=True,
            postgresql_where=text("genre = 'SOLDE' AND etat <> 'ABANDONNE'"),
        ),
    )


class LigneDecompte(Base):
    """One line, with its formula and its sentence, as it was computed."""

    __tablename__ = "ligne_decompte"

    decompte_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decompte.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    libelle: Mapped[str]
    formule: Mapped[str]
    montant: Mapped[Montant]
    phrase: Mapped[str]

    __table_args__ = (CheckConstraint("code ~ '^[a-n]$'", name="code"),)


class PartSousTraitant(Base):
    """What a certificate pays directly to one subcontractor."""

    __tablename__ = "part_sous_traitant"

    decompte_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decompte.id"), primary_key=True)
    sous_traitant_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("sous_traitant.id"), primary_key=True
    )
    montant_ttc: Mapped[Montant]

    sous_traitant: Mapped[SousTraitant] = relationship(lazy="raise")

    __table_args__ = (CheckConstraint("montant_ttc > 0", name="montant_ttc"),)


class PassageDecompte(Base):
    """One step in the life of a certificate."""

    __tablename__ = "passage_decompte"

    decompte_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("decompte.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    etat: Mapped[str]
    le: Mapped[dt.datetime]
    acteur: Mapped[str]
    note: Mapped[str]

    __table_args__ = (parmi("etat", EtatDecompte),)
