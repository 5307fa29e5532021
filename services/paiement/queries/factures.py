"""Invoices as lists, as one file, as figures; the scope says whose."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.paiement.domain.facture import SOLDES, Etat
from services.paiement.domain.horloge import delais
from services.paiement.queries.engagements import vivante
from services.paiement.tables import Acheteur, Facture, Fichier, Marche, Rapprochement, Reception
from shared.db.base import MontantType
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Parametres
from shared.web.pagination import Page, paginate

SEUIL_JOURS = 30
_SOLDES = tuple(etat.value for etat in SOLDES)
_EXIGIBLE = Facture.a_payer - Facture.avance_recuperee - Facture.credite - Facture.conteste
_SANS_RESTE = (Facture.credite > Montant.zero()) & (Facture.credite >= Facture.a_payer)


@dataclass(frozen=True, slots=True)
class Perimetre:
    """Whose invoices: those of a buyer, or those of a supplier."""

    acheteur: str | None = None
    fournisseur: str | None = None

    def critere(self) -> ColumnElement[bool]:
        if self.acheteur is not None:
            return Facture.acheteur_siret == self.acheteur
        return Facture.fournisseur_siret == self.fournisseur


@dataclass(frozen=True, slots=True)
class Filtre:
    """`etat` is a state, `a_traiter` (the default) or `toutes`; `mots` is part of a name."""

    etat: str = "a_traiter"
    mots: str = ""


def requete(perimetre: Perimetre, filtre: Filtre) -> Select[Facture]:
    """Invoices by days left; those whose clock is stopped come after, the settled ones last."""
    ordre = case((Facture.etat.in_(_SOLDES), 2), (Facture.echeance_le.is_(None), 1), else_=0)
    recente = case((Facture.etat.in_(_SOLDES), Facture.depuis_le))
    lignes = select(Facture).where(perimetre.critere())
    if filtre.etat == "a_traiter":
        lignes = lignes.where(Facture.etat.not_in(_SOLDES), ~_SANS_RESTE)
    elif filtre.etat in set(Etat):
        lignes = lignes.where(Facture.etat == filtre.etat)
    if filtre.mots:
        motif = f"%{_litteral(filtre.mots)}%"
        lignes = lignes.outerjoin(Facture.marche).where(
            or_(
                Facture.numero.ilike(motif, escape="\\"),
                Facture.fournisseur_nom.ilike(motif, escape="\\"),
                Marche.reference.ilike(motif, escape="\\"),
            )
        )
    return lignes.options(joinedload(Facture.marche), joinedload(Facture.acheteur)).order_by(
        ordre, recente.desc().nulls_last(), Facture.echeance_le, Facture.recue_le, Facture.id
    )


def lister(session: Session, perimetre: Perimetre, filtre: Filtre, page: int) -> Page[Facture]:
    return paginate(session, requete(perimetre, filtre), page)


def toutes(session: Session, perimetre: Perimetre, filtre: Filtre) -> Sequence[Facture]:
    """Every row of a list, for an export."""
    return session.scalars(requete(perimetre, filtre)).all()


def lire(session: Session, facture_id: uuid.UUID, perimetre: Perimetre) -> Facture:
    """One invoice with its buyer, contract and history, if the reader may see it."""
    facture = session.scalar(
        select(Facture)
        .where(Facture.id == facture_id, perimetre.critere())
        .options(
            joinedload(Facture.acheteur),
            joinedload(Facture.marche),
            selectinload(Facture.historique),
        )
    )
    if facture is None:
        raise NotFoundError("Cette facture n’existe pas.", code="facture_inconnue")
    return facture


def fichier(session: Session, facture_id: uuid.UUID) -> Fichier:
    return session.get_one(Fichier, facture_id)


def receptions(session: Session, facture_id: uuid.UUID) -> Sequence[Reception]:
    """Deliveries that an invoice bills, those reversed since left out."""
    return session.scalars(
        select(Reception)
        .join(Rapprochement, Rapprochement.reception_id == Reception.id)
        .where(Rapprochement.facture_id == facture_id, vivante())
        .options(selectinload(Reception.parts))
        .order_by(Reception.recue_le)
    ).all()


@dataclass(frozen=True, slots=True)
class Chiffres:
    """Figures of a buyer: `payees` over twelve months, the others as of today.

    `part_dans_delai` counts payments within `seuil` days, the legal deadline of this buyer.
    """

    seuil: int

    payees: int
    delai_moyen: Decimal | None
    part_dans_delai: Decimal | None
    interets: Montant
    a_payer_semaine: int
    montant_semaine: Montant
    en_retard: int
    delais: tuple[int, ...]


def delai_legal(
    session: Session, acheteur: str, parametres: Parametres, aujourdhui: dt.date
) -> int:
    """The payment deadline of a buyer today; that of a local authority while it is unknown."""
    connu = session.get(Acheteur, acheteur)
    classe = ClasseAcheteur(connu.classe) if connu else ClasseAcheteur.COLLECTIVITE
    return delais(parametres, classe, aujourdhui).paiement


def chiffres(
    session: Session, acheteur: str, aujourdhui: dt.date, seuil: int = SEUIL_JOURS
) -> Chiffres:
    """Mean real delay, share within the deadline, what to pay this week, what is late."""
    a_lui = Facture.acheteur_siret == acheteur
    recentes = Facture.payee_le > ajouter_mois(aujourdhui, -12)
    delais = tuple(
        delai or 0 for delai in session.scalars(select(Facture.delai_jours).where(a_lui, recentes))
    )
    dues = _dues(session, a_lui, aujourdhui)
    interets = session.scalar(select(func.sum(Facture.interets)).where(a_lui, recentes))
    return Chiffres(
        seuil=seuil,
        payees=len(delais),
        delai_moyen=Decimal(sum(delais)) / len(delais) if delais else None,
        part_dans_delai=(
            Decimal(sum(d <= seuil for d in delais)) / len(delais) if delais else None
        ),
        interets=interets or Montant.zero(),
        a_payer_semaine=dues.nombre,
        montant_semaine=dues.montant or Montant.zero(),
        en_retard=dues.en_retard,
        delais=delais,
    )


def _dues(session: Session, a_lui: ColumnElement[bool], aujourdhui: dt.date) -> Any:
    """What falls due within seven days, lateness included."""
    return session.execute(
        select(
            func.count().label("nombre"),
            func.sum(_EXIGIBLE, type_=MontantType()).label("montant"),
            func.count().filter(Facture.echeance_le < aujourdhui).label("en_retard"),
        ).where(
            a_lui,
            Facture.etat.not_in(_SOLDES),
            Facture.echeance_le <= ajouter_jours(aujourdhui, 7),
        )
    ).one()


def _litteral(mots: str) -> str:
    """Escape what LIKE would read as a joker; PostgreSQL knows no NUL character."""
    return mots.replace("\0", "").replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
