"""Contracts and their money: orders, invoices, advance, cards."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.paiement.domain.engagements import GenreReception
from services.paiement.domain.facture import Etat
from services.paiement.queries import engagements
from services.paiement.tables import (
    Avance,
    Avenant,
    Commande,
    Facture,
    Marche,
    OperationCarte,
    Reception,
)
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class Compte:
    """The account of a contract, every sum derived from its rows."""

    marche: Marche
    commandes: Sequence[engagements.Ligne]
    avenants: Sequence[Avenant]
    receptions: Sequence[Reception]
    factures: Sequence[Facture]
    engage_ht: Montant
    facture_ttc: Montant
    paye_ttc: Montant
    carte_ttc: Montant

    @property
    def contrepassees(self) -> frozenset[uuid.UUID | None]:
        """Deliveries that a reverse entry cancels."""
        return frozenset(
            r.origine_id for r in self.receptions if r.genre == GenreReception.CONTREPASSATION
        )

    @property
    def reste_ttc(self) -> Montant:
        return self.marche.actuel_ttc - self.facture_ttc - self.carte_ttc


def visible(siret: str) -> ColumnElement[bool]:
    """The buyer or the holder of a contract, or a member that orders on it."""
    commande = exists().where(Commande.marche_id == Marche.id, Commande.membre_siret == siret)
    return (Marche.acheteur_siret == siret) | (Marche.titulaire_siret == siret) | commande


def lister(session: Session, siret: str, page: int) -> Page[Marche]:
    """Contracts that an organisation may see, newest first."""
    requete = (
        select(Marche)
        .where(visible(siret))
        .options(joinedload(Marche.avance), joinedload(Marche.acheteur))
        .order_by(Marche.date_notification.desc(), Marche.reference)
    )
    return paginate(session, requete, page)


def references(session: Session, siret: str) -> Sequence[Marche]:
    """Contracts on which an organisation may spend, for a list of choices."""
    requete = select(Marche).where(visible(siret), Marche.titulaire_siret != siret)
    return session.scalars(requete.order_by(Marche.reference)).all()


def compte(session: Session, marche_id: uuid.UUID, siret: str) -> Compte:
    """One contract with everything that was committed, delivered, billed and paid on it.

    A member sees its own orders and invoices; the buyer and the holder see all.
    """
    marche = session.scalar(
        select(Marche)
        .where(Marche.id == marche_id, visible(siret))
        .options(joinedload(Marche.avance), joinedload(Marche.acheteur))
    )
    if marche is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    tout = siret in {marche.acheteur_siret, marche.titulaire_siret}
    commandes = engagements.du_marche(session, marche_id, None if tout else siret)
    factures = _factures(session, marche_id, None if tout else siret)
    vivantes = [f for f in factures if f.etat != Etat.REJETEE]
    return Compte(
        marche=marche,
        commandes=commandes,
        avenants=engagements.avenants(session, marche_id),
        receptions=_receptions(session, marche_id),
        factures=factures,
        engage_ht=Montant.somme(ligne.chiffres.engage_ht for ligne in commandes),
        facture_ttc=Montant.somme(f.montant_ttc - f.credite for f in vivantes),
        paye_ttc=Montant.somme(f.solde.paye for f in vivantes),
        carte_ttc=session.scalar(
            select(func.sum(OperationCarte.montant_ttc)).where(
                OperationCarte.marche_id == marche_id,
                OperationCarte.autorisee,
                OperationCarte.annulee_le.is_(None),
            )
        )
        or Montant.zero(),
    )


def avances(session: Session, acheteur: str, page: int) -> Page[Avance]:
    """Advances of a buyer: those to pay first, by date."""
    requete = (
        select(Avance)
        .join(Avance.marche)
        .where(Marche.acheteur_siret == acheteur)
        .options(joinedload(Avance.marche))
        .order_by(Avance.versee_le.is_not(None), Avance.payable_avant_le, Avance.id)
    )
    return paginate(session, requete, page)


def _factures(session: Session, marche_id: uuid.UUID, acheteur: str | None) -> Sequence[Facture]:
    requete = select(Facture).where(Facture.marche_id == marche_id)
    if acheteur is not None:
        requete = requete.where(Facture.acheteur_siret == acheteur)
    options = joinedload(Facture.acheteur)
    return session.scalars(requete.options(options).order_by(Facture.recue_le, Facture.id)).all()


def _receptions(session: Session, marche_id: uuid.UUID) -> Sequence[Reception]:
    return session.scalars(
        select(Reception)
        .where(Reception.marche_id == marche_id)
        .options(selectinload(Reception.parts))
        .order_by(Reception.recue_le, Reception.id)
    ).all()
