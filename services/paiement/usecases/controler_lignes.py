"""Compare the lines of an invoice with orders and receipts; a difference opens an exception."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import joinedload

from services.paiement.domain import rapprochement
from services.paiement.domain.decisions import Decision
from services.paiement.domain.facture import Etat
from services.paiement.domain.phrases import euros
from services.paiement.domain.rapprochement import Constat, Engagement, Ligne, Tolerances
from services.paiement.tables import (
    Avoir,
    Commande,
    ExceptionFacture,
    Facture,
    Liberation,
    LigneFacture,
    Marche,
    PartReception,
    Reception,
    ReglageReception,
)
from services.paiement.usecases.ecarts import decider, ouverte
from services.paiement.usecases.suivi import annoter, dire
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork

_AVANT_MANDAT = (Etat.MISE_A_DISPOSITION, Etat.SUSPENDUE, Etat.COMPLETEE, Etat.SERVICE_FAIT)


def controler_lignes(uow: UnitOfWork, facture: Facture) -> None:
    """Write what each line differs by; open, update or lift the exception of the invoice."""
    lignes = uow.session.scalars(
        select(LigneFacture)
        .where(LigneFacture.facture_id == facture.id)
        .order_by(LigneFacture.rang)
    ).all()
    if facture.marche_id is None or not lignes:
        return
    marche = uow.session.get_one(Marche, facture.marche_id, with_for_update=True)
    constats = rapprochement.rapprocher(
        [en_ligne(ligne) for ligne in lignes],
        engagements(uow, marche, facture),
        tolerances(uow, facture.acheteur_siret),
    )
    for ligne, constat in zip(lignes, constats, strict=True):
        _ecrire(ligne, constat)
    uow.session.flush()
    _constater(uow, facture, Montant.somme(c.ecart_ht for c in constats))


def recontroler(uow: UnitOfWork, marche_id: uuid.UUID) -> None:
    """Compare again the invoices of a contract after an order, a receipt or a credit note."""
    factures = uow.session.scalars(
        select(Facture)
        .where(Facture.marche_id == marche_id, Facture.etat.in_(_AVANT_MANDAT))
        .options(joinedload(Facture.acheteur), joinedload(Facture.marche))
        .order_by(Facture.deposee_le, Facture.id)
        .with_for_update(of=Facture)
    ).all()
    for facture in factures:
        controler_lignes(uow, facture)


def tolerances(uow: UnitOfWork, acheteur_siret: str) -> Tolerances:
    """What an organisation accepts without a look; nothing by default."""
    reglage = uow.session.get(ReglageReception, acheteur_siret)
    if reglage is None:
        return Tolerances()
    return Tolerances(reglage.tolerance_prix, reglage.tolerance_quantite, reglage.tolerance_montant)


def en_ligne(ligne: LigneFacture) -> Ligne:
    return Ligne(
        ligne.rang,
        ligne.designation,
        ligne.article_acheteur,
        ligne.article_vendeur,
        ligne.quantite,
        ligne.prix_ht,
        ligne.montant_ht,
    )


def engagements(uow: UnitOfWork, marche: Marche, facture: Facture) -> list[Engagement]:
    """Articles of a contract as its buyer, or as a member, ordered and received them."""
    membre = None if facture.acheteur_siret == marche.acheteur_siret else facture.acheteur_siret
    commandes = _commandes(uow, marche.id, membre)
    liberees = _liberees(uow, marche.id)
    recues = _recues(uow, marche.id, membre)
    facturees = _facturees(uow, marche.id, membre, facture)
    par_article: dict[str, list[Commande]] = defaultdict(list)
    for commande in commandes:
        par_article[commande.article].append(commande)
    return [
        Engagement(
            article=article,
            conditionnement=groupe[0].conditionnement,
            prix=tuple(sorted({c.prix_unitaire_ht for c in groupe})),
            commandee=sum((c.quantite - liberees.get(c.id, 0) for c in groupe), Decimal()),
            recue=recues.get(article, Decimal()),
            facturee=facturees.get(article, Decimal()),
        )
        for article, groupe in sorted(par_article.items())
    ]


def _commandes(uow: UnitOfWork, marche_id: uuid.UUID, membre: str | None) -> Sequence[Commande]:
    siennes = Commande.membre_siret == membre if membre else true()
    return uow.session.scalars(
        select(Commande)
        .where(Commande.marche_id == marche_id, Commande.annulee_le.is_(None), siennes)
        .order_by(Commande.passee_le, Commande.id)
    ).all()


def _liberees(uow: UnitOfWork, marche_id: uuid.UUID) -> dict[uuid.UUID, Decimal]:
    """Quantities that orders no longer wait for."""
    lignes = uow.session.execute(
        select(Liberation.commande_id, func.sum(Liberation.quantite))
        .where(Liberation.marche_id == marche_id)
        .group_by(Liberation.commande_id)
    )
    return {ligne.commande_id: ligne[1] for ligne in lignes}


def _recues(uow: UnitOfWork, marche_id: uuid.UUID, membre: str | None) -> dict[str, Decimal]:
    requete = (
        select(Reception.article, func.sum(Reception.quantite))
        if membre is None
        else select(Reception.article, func.sum(PartReception.part)).join(
            PartReception,
            and_(PartReception.reception_id == Reception.id, PartReception.membre_siret == membre),
        )
    )
    lignes = uow.session.execute(
        requete.where(Reception.marche_id == marche_id).group_by(Reception.article)
    )
    return {ligne.article: ligne[1] for ligne in lignes}


def _facturees(
    uow: UnitOfWork, marche_id: uuid.UUID, membre: str | None, facture: Facture
) -> dict[str, Decimal]:
    """Quantities billed by the invoices deposited before this one, net of every credit note."""
    vivantes: ColumnElement[bool] = and_(
        Facture.marche_id == marche_id,
        Facture.etat != Etat.REJETEE,
        Facture.acheteur_siret == membre if membre else true(),
        or_(
            Facture.deposee_le < facture.deposee_le,
            and_(Facture.deposee_le == facture.deposee_le, Facture.id < facture.id),
        ),
    )
    sommes: dict[str, Decimal] = defaultdict(Decimal)
    for article, quantite in uow.session.execute(
        select(LigneFacture.article, func.sum(LigneFacture.quantite))
        .join(Facture, Facture.id == LigneFacture.facture_id)
        .where(vivantes, LigneFacture.article.is_not(None))
        .group_by(LigneFacture.article)
    ):
        sommes[article or ""] += quantite
    avoirs = select(Avoir.lignes).join(Facture, Facture.id == Avoir.facture_id)
    for lignes in uow.session.scalars(avoirs.where(or_(vivantes, Facture.id == facture.id))):
        for ligne in lignes:
            if ligne["article"]:
                sommes[ligne["article"]] -= Decimal(ligne["quantite"])
    return dict(sommes)


def _ecrire(ligne: LigneFacture, constat: Constat) -> None:
    ligne.issue, ligne.article = constat.issue.value, constat.article
    ligne.commandee, ligne.recue = constat.commandee, constat.recue
    ligne.deja_facturee, ligne.prix_commande = constat.deja_facturee, constat.prix_commande
    ligne.ecart_ht = constat.ecart_ht
    ligne.ecarts = [
        {
            "nature": e.nature.value,
            "attendu": e.attendu,
            "facture": e.facture,
            "montant_ht": str(e.montant_ht),
        }
        for e in constat.ecarts
    ]


def _constater(uow: UnitOfWork, facture: Facture, ecart_ht: Montant) -> None:
    exception = ouverte(uow, facture)
    if exception is not None and ecart_ht == Montant.zero():
        decider(uow, facture, Decision.LEVEE, "Commande, réception et facture concordent.")
        annoter(uow, facture, "L’écart a disparu.", None, None)
    elif exception is not None:
        exception.ecart_ht = ecart_ht
    elif ecart_ht > _deja_tranche(uow, facture):
        _ouvrir(uow, facture, ecart_ht)


def _deja_tranche(uow: UnitOfWork, facture: Facture) -> Montant:
    """The largest difference that somebody decided: it is not asked again."""
    return (
        uow.session.scalar(
            select(func.max(ExceptionFacture.ecart_ht)).where(
                ExceptionFacture.facture_id == facture.id,
                ExceptionFacture.decision.in_((Decision.ACCEPTEE, Decision.CONTESTEE)),
            )
        )
        or Montant.zero()
    )


def _ouvrir(uow: UnitOfWork, facture: Facture, ecart_ht: Montant) -> None:
    uow.session.add(
        ExceptionFacture(
            id=uow.new_id(), facture_id=facture.id, ouverte_le=uow.clock.now(), ecart_ht=ecart_ht
        )
    )
    note = f"Écart de {euros(ecart_ht)} HT avec la commande ou la réception\u00a0: à trancher."
    annoter(uow, facture, note, None, None)
    uow.audit("facture.ecart_constate", str(facture.id), {"ecart_ht": ecart_ht})
    dire(uow, facture, "ecart_constate", {"ecart_ht": ecart_ht, "constate_le": uow.clock.today()})
