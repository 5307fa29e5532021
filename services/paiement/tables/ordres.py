"""Service orders: what was ordered never changes, each step of their life is a row."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.paiement.domain.ordre_service import Autorite, EtatOrdre, MotifRefus, TypeOrdre
from services.paiement.tables.base import Base, parmi
from services.paiement.tables.marches import Marche
from shared.kernel.montant import Montant


class OrdreService(Base):
    """A numbered order; `presume` tells a receipt that nobody made."""

    __tablename__ = "ordre_service"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    marche_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("marche.id"))
    numero: Mapped[int]
    type: Mapped[str]
    objet: Mapped[str]
    texte: Mapped[str]
    autorite: Mapped[str]
    emetteur: Mapped[str]
    validation_le: Mapped[dt.date | None]
    effet_le: Mapped[dt.date]
    jours: Mapped[int | None]
    montant_ht: Mapped[Montant | None]
    emis_le: Mapped[dt.datetime]
    etat: Mapped[str]
    courriel: Mapped[str | None]
    notifie_le: Mapped[dt.date | None]
    accuse_le: Mapped[dt.date | None]
    presume: Mapped[bool]
    observations_avant: Mapped[dt.date | None]

    marche: Mapped[Marche] = relationship(lazy="raise")
    historique: Mapped[list["PassageOrdre"]] = relationship(
        lazy="raise", order_by="PassageOrdre.rang"
    )

    __table_args__ = (
        UniqueConstraint("marche_id", "numero"),
        parmi("type", TypeOrdre),
        parmi("autorite", Autorite),
        parmi("etat", EtatOrdre),
        CheckConstraint("numero > 0 AND objet <> '' AND emetteur <> ''", name="valeurs"),
        CheckConstraint(
            "CASE type WHEN 'PRIX' THEN montant_ht IS NOT NULL AND montant_ht <> 0 "
            "ELSE montant_ht IS NULL END",
            name="montant_ht",
        ),
        CheckConstraint(
            "CASE type WHEN 'DELAI' THEN jours IS NOT NULL AND jours > 0 ELSE jours IS NULL END",
            name="jours",
        ),
        CheckConstraint(
            "etat IN ('EMIS', 'ANNULE') OR (notifie_le IS NOT NULL AND courriel IS NOT NULL)",
            name="notifie",
        ),
        CheckConstraint(
            "etat IN ('EMIS', 'NOTIFIE', 'ANNULE') OR "
            "(accuse_le IS NOT NULL AND observations_avant IS NOT NULL)",
            name="accuse",
        ),
    )


class PassageOrdre(Base):
    """One step: who, when, and what was said."""

    __tablename__ = "passage_ordre"

    ordre_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ordre_service.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True)
    etat: Mapped[str]
    le: Mapped[dt.datetime]
    acteur: Mapped[str]
    motif: Mapped[str | None]
    note: Mapped[str]

    __table_args__ = (
        parmi("etat", EtatOrdre),
        parmi("motif", MotifRefus),
        CheckConstraint("(etat = 'REFUSE') = (motif IS NOT NULL)", name="refus"),
    )
