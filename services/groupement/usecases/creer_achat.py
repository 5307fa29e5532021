"""Bring a grouped purchase into being: its object, its lots, its articles."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.articles import Article
from services.groupement.domain.clauses import Coordination, exiger_ponctualite
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.domain.conventions import (
    LIBELLES_MODE,
    EtatConvention,
    ModeCoordination,
)
from services.groupement.usecases.commun import acteur, en_convention, organisation, reference
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.identifiants import cpv_valide
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelAchat:
    """What the coordinator or a member wants to buy with the others."""

    demandeur: str
    objet: str
    famille: str
    cpv: str
    nature: Nature
    lieu: str
    lots: tuple[LotPrevu, ...]
    articles: tuple[Article, ...]
    montant_estime_ht: Montant | None = None
    publication_prevue_le: dt.date | None = None
    duree_mois: int = 12
    avance_taux: Decimal = Decimal("0.05")
    reference_membre: str | None = None
    mode: ModeCoordination | None = None


def creer_achat(uow: UnitOfWork, nouveau: NouvelAchat) -> t.Achat:
    """Write the purchase as a project under the convention its author belongs to."""
    _verifier(nouveau)
    convention = convention_du_membre(uow, nouveau.demandeur)
    coordination = _coordination(uow, convention, nouveau)
    coordonnateur = organisation(uow.session, coordination.coordonnateur)
    achat = t.Achat(
        id=uow.new_id(),
        reference=reference(uow, "ACH"),
        objet=nouveau.objet,
        famille=nouveau.famille,
        cpv=nouveau.cpv.partition("-")[0],
        nature=nouveau.nature.value,
        lieu=nouveau.lieu,
        convention_id=convention.id,
        coordonnateur=coordonnateur.siret,
        mode=coordination.mode.value,
        demandeur=nouveau.demandeur,
        reference_membre=nouveau.reference_membre,
        contact=coordonnateur.courriel or coordonnateur.nom,
        etat=EtatAchat.PROJET.value,
        duree_mois=nouveau.duree_mois,
        avance_taux=nouveau.avance_taux,
        montant_estime_ht=nouveau.montant_estime_ht,
        publication_prevue_le=nouveau.publication_prevue_le,
        recensement=0,
        cree_le=uow.clock.now(),
    )
    uow.session.add(achat)
    uow.session.flush()
    completer(uow, achat, nouveau.lots, nouveau.articles)
    origine = "coordonnateur" if nouveau.demandeur == coordonnateur.siret else "membre"
    uow.audit("achat.cree", str(achat.id), {"reference": achat.reference, "origine": origine})
    uow.emit(
        "groupement.achat.cree.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "objet": achat.objet,
            "famille": achat.famille,
            "cpv": achat.cpv,
            "nature": achat.nature,
            "lieu": achat.lieu,
            "coordonnateur": acteur(coordonnateur),
            "montant_estime_ht": achat.montant_estime_ht,
            "publication_prevue_le": achat.publication_prevue_le,
            "convention_id": achat.convention_id,
            "origine": origine,
        },
    )
    return achat


def _coordination(uow: UnitOfWork, convention: t.Convention, nouveau: NouvelAchat) -> Coordination:
    """Who conducts this purchase and how, by the clauses; its own mode where they allow one."""
    clauses = convention.clauses
    exiger_ponctualite(clauses, _achats_vivants(uow, convention))
    prevue = clauses.coordination(nouveau.famille, nouveau.cpv, convention.coordonnateur)
    if nouveau.mode in (None, prevue.mode):
        return prevue
    if not clauses.mode_par_achat:
        raise ValidationError(
            "La convention fixe le mode de coordination de cet achat.",
            code="mode_fixe",
            champs={"mode": f"Choisissez\u00a0: {LIBELLES_MODE[prevue.mode]}."},
        )
    return replace(prevue, mode=nouveau.mode)


def _achats_vivants(uow: UnitOfWork, convention: t.Convention) -> int:
    return (
        uow.session.scalar(
            sa.select(sa.func.count()).where(
                t.Achat.convention_id == convention.id,
                t.Achat.etat != EtatAchat.ABANDONNE.value,
            )
        )
        or 0
    )


def completer(
    uow: UnitOfWork, achat: t.Achat, lots: Iterable[LotPrevu], articles: Iterable[Article]
) -> None:
    """Write the lots and articles of a purchase; an article has the CPV of its lot."""
    lots = list(lots)
    cpv = {lot.numero: lot.cpv for lot in lots}
    uow.session.add_all(
        t.Lot(achat_id=achat.id, numero=lot.numero, objet=lot.objet, cpv=lot.cpv) for lot in lots
    )
    uow.session.flush()
    uow.session.add_all(
        en_ligne_article(achat.id, article, cpv[article.lot]) for article in articles
    )
    uow.session.flush()


def en_ligne_article(achat_id: uuid.UUID, article: Article, cpv: str) -> t.Article:
    return t.Article(
        achat_id=achat_id,
        code=article.code,
        designation=article.designation,
        lot=article.lot,
        unite_base=article.unite_base,
        prix_estime_ht=article.prix_estime_ht,
        conditionnements=[
            {"nom": c.nom, "contient": format(c.contient, "f")} for c in article.conditionnements
        ],
        conditionnement_achat=article.conditionnement_achat,
        minimum=article.minimum,
        cpv=cpv,
    )


def convention_du_membre(uow: UnitOfWork, siret: str) -> t.Convention:
    """The convention in force that the organisation belongs to, else one being signed."""
    jour = uow.clock.today()
    requete = (
        sa.select(t.Convention)
        .join(t.Adhesion)
        .where(
            t.Adhesion.siret == siret,
            t.Convention.etat.in_(
                [EtatConvention.EN_SIGNATURE.value, EtatConvention.EN_VIGUEUR.value]
            ),
        )
        .options(selectinload(t.Convention.adhesions).joinedload(t.Adhesion.organisation))
        .order_by(t.Convention.debut.desc().nulls_last(), t.Convention.version.desc())
    )
    vivantes = {en_convention(lue): lue for lue in uow.session.scalars(requete).unique()}
    siennes = [convention for convention in vivantes if _membre(convention, siret, jour)]
    if not siennes:
        raise ConflictError(
            "Votre organisation n’est membre d’aucune convention de groupement vivante.",
            code="hors_convention",
        )
    return vivantes[conventions.en_vigueur(siennes, jour) or siennes[0]]


def _membre(convention: conventions.Convention, siret: str, jour: dt.date) -> bool:
    return convention.etat_au(jour) is not EtatConvention.EXPIREE and any(
        a.siret == siret for a in convention.consultes(jour)
    )


def _verifier(nouveau: NouvelAchat) -> None:
    erreurs = {}
    if not nouveau.objet.strip():
        erreurs["objet"] = "Indiquez ce qui sera acheté."
    if not cpv_valide(nouveau.cpv.partition("-")[0]):
        erreurs["cpv"] = "Indiquez un code CPV à huit chiffres, par exemple 30197630."
    if nouveau.duree_mois < 1 or nouveau.duree_mois > 48:
        erreurs["duree_mois"] = "Un accord-cadre dure de 1 à 48 mois."
    numeros = {lot.numero for lot in nouveau.lots}
    if {article.lot for article in nouveau.articles} - numeros:
        erreurs["articles"] = "Chaque article appartient à un lot décrit."
    codes = [article.code for article in nouveau.articles]
    if len(set(codes)) != len(codes):
        erreurs["articles"] = "Deux articles portent le même code."
    if erreurs:
        raise ValidationError(
            "L’achat ne peut pas être créé\u00a0: " + " ".join(erreurs.values()),
            code="achat_invalide",
            champs=erreurs,
        )
