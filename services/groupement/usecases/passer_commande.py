"""A member orders within its quota."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.besoins import Canal
from services.groupement.domain.commandes import Disponible, EtatCommande, evaluer
from services.groupement.usecases.arrivees import exiger_perimetre
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    avancer,
    contrat_verrouille,
    exiger_en_cours,
    organisation,
    reference,
)
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante
COMPLET = joinedload(t.Quota.ligne).joinedload(t.ContratLigne.contrat)


@dataclass(frozen=True, slots=True)
class NouvelleCommande:
    """What a member orders; `lieu` tells apart two lines of the same article."""

    achat_id: uuid.UUID
    siret: str
    article: str
    quantite: Decimal
    lieu: str | None = None
    canal: Canal = Canal.FORMULAIRE
    reference_membre: str | None = None


def passer_commande(uow: UnitOfWork, nouvelle: NouvelleCommande) -> t.Commande:
    """Order under the lock of the contract: what is left is summed there, never remembered (D11).

    The same `reference_membre` on the same line gives back the order already placed.
    """
    quota = _quota(uow.session, nouvelle)
    contrat = contrat_verrouille(uow, quota.ligne.marche_id)
    uow.session.refresh(quota, ["quantite"])
    if deja := _deja_passee(uow, quota, nouvelle.reference_membre):
        return deja
    if contrat.fin_le < uow.clock.today():
        raise ConflictError("Ce marché est terminé.", code="marche_termine")
    exiger_en_cours(uow.session, contrat.achat_id)
    reste = disponible(uow.session, quota, uow.clock.today())
    montant = evaluer(reste, nouvelle.quantite)
    commande = t.Commande(
        id=uow.new_id(),
        reference=reference(uow, "CMD"),
        quota_id=quota.id,
        quantite=nouvelle.quantite,
        prix_unitaire_ht=reste.prix_unitaire_ht,
        montant_ht=montant,
        etat=EtatCommande.PASSEE.value,
        canal=nouvelle.canal.value,
        reference_membre=nouvelle.reference_membre,
        acteur=uow.acteur,
        passee_le=uow.clock.now(),
    )
    uow.session.add(commande)
    uow.session.flush()
    _mettre_en_execution(uow, contrat.achat_id)
    _annoncer(uow, commande, quota, contrat)
    return commande


def disponible(session: Session, quota: t.Quota, jour: dt.date) -> Disponible:
    """What the quota and the contract still allow, summed from the live orders."""
    commande = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(vivante.c.engage), 0)).where(
            vivante.c.quota_id == quota.id
        )
    )
    engage = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(vivante.c.engage * vivante.c.prix_unitaire_ht), 0))
        .join(t.ContratLigne, t.ContratLigne.id == vivante.c.contrat_ligne_id)
        .where(t.ContratLigne.marche_id == quota.ligne.marche_id)
    )
    return Disponible(
        quota=quota.quantite,
        commande=Decimal(commande or 0),
        plafond_ht=quota.ligne.contrat.montant_ht,
        engage_ht=Decimal(engage or 0),
        prix_unitaire_ht=prix_au(session, quota.ligne, jour),
        conditionnement=quota.ligne.conditionnement,
        entier=quota.ligne.entier,
    )


def prix_au(session: Session, ligne: t.ContratLigne, jour: dt.date) -> Decimal:
    """The line's price on a day: the award's, or the last one that an amendment put in force."""
    version = session.scalar(
        sa.select(t.PrixLigne.prix_unitaire_ht)
        .where(t.PrixLigne.contrat_ligne_id == ligne.id, t.PrixLigne.effet_le <= jour)
        .order_by(t.PrixLigne.version.desc())
        .limit(1)
    )
    return ligne.prix_unitaire_ht if version is None else version


def reste_du_quota(session: Session, quota_id: uuid.UUID, jour: dt.date) -> Decimal:
    """What the member may still order on a line."""
    requete = sa.select(t.Quota).where(t.Quota.id == quota_id).options(COMPLET)
    return disponible(session, session.scalars(requete).one(), jour).reste


def _quota(session: Session, nouvelle: NouvelleCommande) -> t.Quota:
    """The member's quota for an article of a purchase, on its only line or on the place named."""
    _exiger_perimetre(session, nouvelle)
    article = nouvelle.article.strip().upper()
    requete = (
        sa.select(t.Quota)
        .join(t.Quota.ligne)
        .join(t.ContratLigne.contrat)
        .where(
            t.Contrat.achat_id == nouvelle.achat_id,
            t.Quota.siret == nouvelle.siret,
            t.ContratLigne.article == article,
        )
        .options(COMPLET)
    )
    quotas = list(session.scalars(requete))
    lieux = [q for q in quotas if nouvelle.lieu in (None, q.ligne.lieu)]
    if not lieux:
        raise NotFoundError(
            "Votre organisation n’a pas de quota pour cet article.",
            code="quota_absent",
            champs={"article": "Choisissez un article dont vous avez une part."},
        )
    if len(lieux) > 1:
        noms = ", ".join(sorted(q.ligne.lieu for q in lieux))
        raise ValidationError(
            f"Précisez le lieu de livraison\u00a0: {noms}.",
            code="lieu_a_preciser",
            champs={"lieu": f"Choisissez parmi {noms}."},
        )
    return lieux[0]


def _exiger_perimetre(session: Session, nouvelle: NouvelleCommande) -> None:
    achat = session.get(t.Achat, nouvelle.achat_id)
    if achat is None:
        raise NotFoundError("Cet achat n’existe pas.", code="achat_inconnu")
    if achat.lance_le is None:
        raise ConflictError(
            "Le marché de cet achat n’est pas encore notifié.", code="marche_non_notifie"
        )
    exiger_perimetre(session, achat, nouvelle.siret)
    notifie = sa.select(t.Contrat.marche_id).where(t.Contrat.achat_id == achat.id).limit(1)
    if session.scalar(notifie) is None:
        raise ConflictError(
            "Le marché de cet achat n’est pas encore notifié.", code="marche_non_notifie"
        )


def _deja_passee(
    uow: UnitOfWork, quota: t.Quota, reference_membre: str | None
) -> t.Commande | None:
    if reference_membre is None:
        return None
    return uow.session.scalars(
        sa.select(t.Commande).where(
            t.Commande.quota_id == quota.id, t.Commande.reference_membre == reference_membre
        )
    ).one_or_none()


def _mettre_en_execution(uow: UnitOfWork, achat_id: uuid.UUID) -> None:
    """The first order starts the execution; later ones do not even lock the purchase."""
    etat = uow.session.scalar(sa.select(t.Achat.etat).where(t.Achat.id == achat_id))
    if etat != EtatAchat.NOTIFIE:
        return
    achat = achat_verrouille(uow, achat_id)
    if achat.etat == EtatAchat.NOTIFIE:
        avancer(uow, achat, EtatAchat.EN_EXECUTION)


def _annoncer(uow: UnitOfWork, commande: t.Commande, quota: t.Quota, contrat: t.Contrat) -> None:
    donnees = {
        "commande_id": commande.id,
        "reference": commande.reference,
        "achat_id": contrat.achat_id,
        "marche_id": contrat.marche_id,
        "membre": acteur(organisation(uow.session, quota.siret)),
        "titulaire": {"siret": contrat.titulaire_siret, "nom": contrat.titulaire_nom},
        "article": quota.ligne.article,
        "quantite": commande.quantite,
        "conditionnement": quota.ligne.conditionnement,
        "prix_unitaire_ht": commande.prix_unitaire_ht,
        "montant_ht": commande.montant_ht,
        "passee_le": commande.passee_le,
    }
    uow.audit("commande.passee", str(commande.id), donnees)
    uow.emit("groupement.commande.passee.v1", subject=str(commande.id), data=donnees)
