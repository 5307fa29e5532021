"""What moves around orders and quotas; rows are added, never changed, so sums tell the truth."""

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, Uuid, column, table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.groupement.domain.livraisons import GenreLiberation
from services.groupement.domain.transferts import EtatTransfert, GenreTransfert
from services.groupement.tables.base import Base, NombreExact, parmi
from services.groupement.tables.contrats import ContratLigne
from services.groupement.tables.executions import Commande

commande_vivante = table(
    "commande_vivante",
    column("id", Uuid),
    column("quota_id", Uuid),
    column("contrat_ligne_id", Uuid),
    column("siret", Text),
    column("prix_unitaire_ht", NombreExact),
    column("engage", NombreExact),
    column("recu", NombreExact),
)
"""View: what each live order still consumes (ordered less released) and what it received (I6)."""


class Liberation(Base):
    """A quantity of an order that is no longer expected: it is back in the member's quota."""

    __tablename__ = "liberation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    commande_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("commande.id"), index=True)
    genre: Mapped[str]
    quantite: Mapped[Decimal]
    motif: Mapped[str]
    explication: Mapped[str]
    reception_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reception.id"))
    le: Mapped[dt.datetime]
    acteur: Mapped[str]

    commande: Mapped[Commande] = relationship(lazy="raise")

    __table_args__ = (
        parmi("genre", GenreLiberation),
        CheckConstraint("quantite > 0 AND motif <> ''", name="valeurs"),
    )


class TransfertQuota(Base):
    """A part of a quota offered to another member; the quota follows once it is accepted."""

    __tablename__ = "transfert_quota"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contrat_ligne_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat_ligne.id"))
    genre: Mapped[str]
    de_siret: Mapped[str | None] = mapped_column(ForeignKey("organisation.siret"))
    vers_siret: Mapped[str | None] = mapped_column(ForeignKey("organisation.siret"))
    quantite: Mapped[Decimal]
    motif: Mapped[str]
    etat: Mapped[str]
    propose_le: Mapped[dt.datetime]
    propose_par: Mapped[str]
    repondu_le: Mapped[dt.datetime | None]
    repondu_par: Mapped[str | None]
    reception_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reception.id"))

    ligne: Mapped[ContratLigne] = relationship(lazy="raise", viewonly=True)

    __table_args__ = (
        parmi("genre", GenreTransfert),
        parmi("etat", EtatTransfert),
        CheckConstraint("quantite > 0", name="quantite"),
        CheckConstraint("(etat = 'PROPOSE') = (repondu_le IS NULL)", name="repondu"),
        CheckConstraint(
            "CASE genre WHEN 'SURPLUS' THEN de_siret IS NULL AND vers_siret IS NOT NULL "
            "AND reception_id IS NOT NULL "
            "WHEN 'SUBSTITUTION' THEN de_siret IS NOT NULL AND vers_siret IS NULL "
            "ELSE de_siret IS NOT NULL AND vers_siret IS NOT NULL AND de_siret <> vers_siret END",
            name="parties",
        ),
        Index("ix_transfert_quota_ligne", "contrat_ligne_id", "etat"),
    )


class LivraisonPrevue(Base):
    """When a line is to be delivered; each change of date is a new row with its reason."""

    __tablename__ = "livraison_prevue"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    contrat_ligne_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contrat_ligne.id"))
    numero: Mapped[int]
    prevue_le: Mapped[dt.date]
    motif: Mapped[str]
    annoncee_le: Mapped[dt.datetime]
    acteur: Mapped[str]

    __table_args__ = (
        Index("ix_livraison_prevue_ligne", "contrat_ligne_id", "numero", unique=True),
    )
