"""Shares, orders, deliveries and payments; what is consumed is summed, never stored."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from services.groupement import tables as t
from services.groupement.domain.economie import Economie
from services.groupement.usecases.passer_commande import prix_au
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant

vivante = t.commande_vivante


@dataclass(frozen=True, slots=True)
class PartVue:
    """A member's quota on a line, with what it ordered and received."""

    quota: t.Quota
    ligne: t.ContratLigne
    contrat: t.Contrat
    commande: Decimal
    cout: Decimal
    recu: Decimal

    @property
    def reste(self) -> Decimal:
        return self.quota.quantite - self.commande

    @property
    def attendu(self) -> Decimal:
        return self.commande - self.recu

    @property
    def montant_commande_ht(self) -> Montant:
        """At the price pinned on each order."""
        return Montant(self.cout)


def parts(
    session: Session, *, siret: str | None = None, achat_id: uuid.UUID | None = None
) -> list[PartVue]:
    """Quotas of one organisation, or of all on a purchase (for the coordinator)."""
    commande = _commande_par_quota()
    recu = _recu_par_quota()
    requete = (
        sa.select(
            t.Quota,
            t.ContratLigne,
            t.Contrat,
            sa.func.coalesce(commande.c.quantite, 0),
            sa.func.coalesce(commande.c.cout, 0),
            sa.func.coalesce(recu.c.quantite, 0),
        )
        .join(t.ContratLigne, t.ContratLigne.id == t.Quota.contrat_ligne_id)
        .join(t.Contrat, t.Contrat.marche_id == t.ContratLigne.marche_id)
        .outerjoin(commande, commande.c.quota_id == t.Quota.id)
        .outerjoin(recu, recu.c.quota_id == t.Quota.id)
        .order_by(t.Contrat.reference, t.ContratLigne.article, t.ContratLigne.lieu, t.Quota.siret)
    )
    if siret:
        requete = requete.where(t.Quota.siret == siret)
    if achat_id:
        requete = requete.where(t.Contrat.achat_id == achat_id)
    return [PartVue(*ligne) for ligne in session.execute(requete)]


def _commande_par_quota() -> sa.Subquery:
    """Live orders less what was released from them: what the quota still bears (I6)."""
    return (
        sa.select(
            vivante.c.quota_id,
            sa.func.sum(vivante.c.engage).label("quantite"),
            sa.func.sum(vivante.c.engage * vivante.c.prix_unitaire_ht).label("cout"),
        )
        .group_by(vivante.c.quota_id)
        .subquery()
    )


def _recu_par_quota() -> sa.Subquery:
    return (
        sa.select(t.Commande.quota_id, sa.func.sum(t.Part.part).label("quantite"))
        .join(t.Part, t.Part.commande_id == t.Commande.id)
        .group_by(t.Commande.quota_id)
        .subquery()
    )


def commandes(siret: str | None = None, achat_id: uuid.UUID | None = None) -> sa.Select[t.Commande]:
    """Orders, newest first, with their line and contract."""
    requete = (
        sa.select(t.Commande)
        .join(t.Commande.quota)
        .join(t.Quota.ligne)
        .join(t.ContratLigne.contrat)
        .options(
            joinedload(t.Commande.quota)
            .joinedload(t.Quota.ligne)
            .joinedload(t.ContratLigne.contrat)
        )
        .order_by(t.Commande.passee_le.desc(), t.Commande.reference.desc())
    )
    if siret:
        requete = requete.where(t.Quota.siret == siret)
    if achat_id:
        requete = requete.where(t.Contrat.achat_id == achat_id)
    return requete


def commande_de(session: Session, commande_id: uuid.UUID, siret: str) -> t.Commande:
    """One of the organisation's own orders."""
    trouvee = session.scalars(commandes(siret).where(t.Commande.id == commande_id)).one_or_none()
    if trouvee is None:
        raise NotFoundError("Cette commande n’existe pas.", code="commande_inconnue")
    return trouvee


def lignes_de_marche(session: Session, achat_id: uuid.UUID) -> Sequence[t.ContratLigne]:
    """Lines of the purchase's contracts, for the entry of a delivery."""
    requete = (
        sa.select(t.ContratLigne)
        .join(t.ContratLigne.contrat)
        .where(t.Contrat.achat_id == achat_id)
        .options(joinedload(t.ContratLigne.contrat))
        .order_by(t.Contrat.lot, t.ContratLigne.article, t.ContratLigne.lieu)
    )
    return session.scalars(requete).all()


def receptions(session: Session, achat_id: uuid.UUID) -> Sequence[t.Reception]:
    """Deliveries of a purchase with every share, newest first."""
    requete = (
        sa.select(t.Reception)
        .join(t.Reception.ligne)
        .join(t.ContratLigne.contrat)
        .where(t.Contrat.achat_id == achat_id)
        .options(
            joinedload(t.Reception.ligne),
            selectinload(t.Reception.anomalies),
            selectinload(t.Reception.parts)
            .joinedload(t.Part.commande)
            .joinedload(t.Commande.quota),
        )
        .order_by(t.Reception.enregistree_le.desc())
    )
    return session.scalars(requete).all()


@dataclass(frozen=True, slots=True)
class EtatDeCommande:
    """How far an order is: what was released from it, what it received, what it waits for."""

    libere: Decimal
    recu: Decimal
    attendu: Decimal


def etats_des_commandes(
    session: Session, commandes_lues: Sequence[t.Commande]
) -> dict[uuid.UUID, EtatDeCommande]:
    """State of each order, summed; a cancelled one waits for nothing."""
    requete = sa.select(vivante.c.id, vivante.c.engage, vivante.c.recu).where(
        vivante.c.id.in_([commande.id for commande in commandes_lues])
    )
    sommes = {id_: (engage, recu) for id_, engage, recu in session.execute(requete)}
    etats = {}
    for commande in commandes_lues:
        engage, recu = sommes.get(commande.id, (commande.quantite, commande.quantite))
        etats[commande.id] = EtatDeCommande(commande.quantite - engage, recu, engage - recu)
    return etats


def economies(session: Session, parts_lues: Sequence[PartVue], jour: dt.date) -> list[Economie]:
    """Each share at the price estimated at the launch, and at what it really costs.

    What is ordered counts at its pinned price, the rest at today's.
    """
    lignes = {part.ligne.ligne_id for part in parts_lues}
    requete = sa.select(t.Ligne.id, t.Ligne.montant_estime_ht, t.Ligne.quantite).where(
        t.Ligne.id.in_(lignes)
    )
    references = {id_: montant.decimal / q for id_, montant, q in session.execute(requete)}
    return [
        Economie(
            part.ligne.designation,
            part.quota.quantite,
            references[part.ligne.ligne_id],
            (part.cout + part.reste * prix_au(session, part.ligne, jour)) / part.quota.quantite,
        )
        for part in parts_lues
        if part.quota.quantite
    ]


def parts_recues(
    session: Session, siret: str, achat_id: uuid.UUID | None = None
) -> Sequence[t.Part]:
    """What an organisation received of each delivery, reverse entries included, newest first."""
    requete = (
        sa.select(t.Part)
        .join(t.Part.commande)
        .join(t.Commande.quota)
        .join(t.Quota.ligne)
        .join(t.ContratLigne.contrat)
        .join(t.Part.reception)
        .where(t.Quota.siret == siret)
        .options(
            joinedload(t.Part.reception),
            joinedload(t.Part.commande).joinedload(t.Commande.quota).joinedload(t.Quota.ligne),
        )
        .order_by(t.Reception.enregistree_le.desc(), t.Part.commande_id)
    )
    if achat_id:
        requete = requete.where(t.Contrat.achat_id == achat_id)
    return session.scalars(requete).all()


def contrats(session: Session, achat_id: uuid.UUID) -> Sequence[t.Contrat]:
    """Contracts notified for a purchase."""
    requete = sa.select(t.Contrat).where(t.Contrat.achat_id == achat_id).order_by(t.Contrat.lot)
    return session.scalars(requete).all()


def paiements(
    session: Session, achat_id: uuid.UUID, siret: str | None = None
) -> Sequence[t.Paiement]:
    """Invoices paid on the purchase, those of one buyer or all."""
    requete = (
        sa.select(t.Paiement)
        .join(t.Contrat, t.Contrat.marche_id == t.Paiement.marche_id)
        .where(t.Contrat.achat_id == achat_id)
        .order_by(t.Paiement.payee_le.desc())
    )
    if siret:
        requete = requete.where(t.Paiement.acheteur_siret == siret)
    return session.scalars(requete).all()
