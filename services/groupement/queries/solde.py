"""What keeps a purchase open, and each member's final sheet."""

import uuid
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.solde import Bilan, LigneFiche
from services.groupement.domain.transferts import EtatTransfert
from services.groupement.queries.evaluations import evaluation_manquante
from services.groupement.queries.execution import contrats
from shared.kernel.montant import Montant

vivante = t.commande_vivante


def bilan(session: Session, achat_id: uuid.UUID) -> Bilan:
    """Everything that is still open on a purchase."""
    attendu, ouvertes = session.execute(
        _du_achat(
            sa.select(
                sa.func.coalesce(sa.func.sum(vivante.c.engage - vivante.c.recu), 0),
                sa.func.count(),
            ).where(vivante.c.engage > vivante.c.recu),
            achat_id,
        )
    ).one()
    return Bilan(
        attendu=Decimal(attendu),
        commandes_ouvertes=ouvertes,
        surplus=_surplus(session, achat_id),
        substitutions=_substitutions(session, achat_id),
        transferts=_transferts(session, achat_id),
        impayes=tuple(_impayes(session, achat_id)),
        a_evaluer=tuple(
            contrat.reference
            for contrat in contrats(session, achat_id)
            if evaluation_manquante(session, contrat.marche_id)
        ),
    )


def _du_achat(requete: sa.Select[Decimal, int], achat_id: uuid.UUID) -> sa.Select[Decimal, int]:
    return (
        requete.select_from(vivante)
        .join(t.ContratLigne, t.ContratLigne.id == vivante.c.contrat_ligne_id)
        .join(t.Contrat, t.Contrat.marche_id == t.ContratLigne.marche_id)
        .where(t.Contrat.achat_id == achat_id)
    )


def _surplus(session: Session, achat_id: uuid.UUID) -> Decimal:
    total = session.scalar(
        sa.select(sa.func.sum(t.Reception.non_affecte))
        .join(t.Reception.ligne)
        .join(t.ContratLigne.contrat)
        .where(t.Contrat.achat_id == achat_id)
    )
    return total or Decimal()


def _substitutions(session: Session, achat_id: uuid.UUID) -> int:
    requete = (
        sa.select(sa.func.count())
        .select_from(t.Substitution)
        .join(t.Substitution.ligne)
        .join(t.ContratLigne.contrat)
        .where(t.Contrat.achat_id == achat_id, t.Substitution.close_le.is_(None))
    )
    return session.scalar(requete) or 0


def _transferts(session: Session, achat_id: uuid.UUID) -> int:
    requete = (
        sa.select(sa.func.count())
        .select_from(t.TransfertQuota)
        .join(t.TransfertQuota.ligne)
        .join(t.ContratLigne.contrat)
        .where(t.Contrat.achat_id == achat_id, t.TransfertQuota.etat == EtatTransfert.PROPOSE.value)
    )
    return session.scalar(requete) or 0


def _impayes(session: Session, achat_id: uuid.UUID) -> list[str]:
    """Contracts of which less is known paid than was received, fees and discounts counted."""
    payes = dict(
        session.execute(
            sa.select(t.Paiement.marche_id, sa.func.sum(t.Paiement.montant_ht)).group_by(
                t.Paiement.marche_id
            )
        ).all()
    )
    dus: dict[str, Montant] = {}
    for ligne in fiches(session, achat_id):
        dus[ligne.marche] = dus.get(ligne.marche, Montant.zero()) + ligne.montant_final_ht
    return [
        contrat.reference
        for contrat in contrats(session, achat_id)
        if dus.get(contrat.reference, Montant.zero()) > Montant(payes.get(contrat.marche_id) or 0)
    ]


def fiches(session: Session, achat_id: uuid.UUID, siret: str | None = None) -> list[LigneFiche]:
    """Each member on each line: ordered, released, received, what it costs, what was shared.

    Fees are shared by contract: they are told on the member's first line of that contract.
    """
    frais = _frais(session, achat_id)
    requete = (
        sa.select(
            t.Quota.siret,
            t.Contrat.marche_id,
            t.Contrat.reference,
            t.ContratLigne.designation,
            t.ContratLigne.conditionnement,
            t.Quota.quantite,
            *_sommes(),
        )
        .join(t.ContratLigne, t.ContratLigne.id == t.Quota.contrat_ligne_id)
        .join(t.Contrat, t.Contrat.marche_id == t.ContratLigne.marche_id)
        .outerjoin(vivante, vivante.c.quota_id == t.Quota.id)
        .outerjoin(t.Commande, t.Commande.id == vivante.c.id)
        .where(t.Contrat.achat_id == achat_id)
        .group_by(t.Quota.id, t.ContratLigne.id, t.Contrat.marche_id)
        .order_by(t.Quota.siret, t.Contrat.lot, t.ContratLigne.article, t.ContratLigne.lieu)
    )
    if siret:
        requete = requete.where(t.Quota.siret == siret)
    return [
        _fiche(ligne, frais.pop((ligne.siret, ligne.marche_id), Montant.zero()))
        for ligne in session.execute(requete).all()
    ]


def _sommes() -> tuple[sa.ColumnElement[Decimal], ...]:
    def somme(valeur: sa.SQLColumnExpression[Decimal], nom: str) -> sa.ColumnElement[Decimal]:
        return sa.func.coalesce(sa.func.sum(valeur), 0).label(nom)

    prix = vivante.c.prix_unitaire_ht
    return (
        somme(t.Commande.quantite, "commande"),
        somme(t.Commande.quantite - vivante.c.engage, "libere"),
        somme(vivante.c.recu, "recu"),
        somme(t.Commande.quantite * prix, "cout"),
        somme(vivante.c.recu * prix, "recu_ht"),
    )


def _fiche(ligne: Any, frais: Montant) -> LigneFiche:
    return LigneFiche(
        siret=ligne.siret,
        marche=ligne.reference,
        designation=ligne.designation,
        conditionnement=ligne.conditionnement,
        quota=ligne.quantite,
        commande=Decimal(ligne.commande),
        libere=Decimal(ligne.libere),
        recu=Decimal(ligne.recu),
        montant_commande_ht=Montant(ligne.cout),
        montant_recu_ht=Montant(ligne.recu_ht),
        ajustements_ht=frais,
    )


def _frais(session: Session, achat_id: uuid.UUID) -> dict[tuple[str, uuid.UUID], Montant]:
    requete = (
        sa.select(t.PartFrais.siret, t.Frais.marche_id, sa.func.sum(t.PartFrais.montant_ht))
        .join(t.Frais, t.Frais.id == t.PartFrais.frais_id)
        .join(t.Contrat, t.Contrat.marche_id == t.Frais.marche_id)
        .where(t.Contrat.achat_id == achat_id)
        .group_by(t.PartFrais.siret, t.Frais.marche_id)
    )
    return {(siret, marche): Montant(somme) for siret, marche, somme in session.execute(requete)}
