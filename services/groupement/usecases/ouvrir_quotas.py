"""A contract is notified: each member's quota is known."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat, passe
from services.groupement.domain.quotas import LigneAttribuee, Part, repartir_attribution
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    article_de,
    avancer,
    organisations,
)
from services.groupement.usecases.lancer import derniere_consolidation
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class LigneNotifiee:
    """A line of the contract at its award price."""

    ligne_id: uuid.UUID | None
    article: str
    quantite: Decimal
    conditionnement: str
    prix_unitaire_ht: Decimal


@dataclass(frozen=True, slots=True)
class MarcheNotifie:
    """What the group keeps of a notified contract."""

    marche_id: uuid.UUID
    reference: str
    achat_id: uuid.UUID
    lot: int
    objet: str
    titulaire_siret: str
    titulaire_nom: str
    montant_ht: Montant
    duree_mois: int
    date_notification: dt.date
    lignes: tuple[LigneNotifiee, ...]
    titulaire_courriel: str | None = None


def ouvrir_quotas(uow: UnitOfWork, marche: MarcheNotifie) -> None:
    """Split the award between the members by their needs; the same contract again is ignored."""
    achat = achat_verrouille(uow, marche.achat_id)
    if uow.session.get(t.Contrat, marche.marche_id):
        return
    consolidees = _lignes_consolidees(uow, achat, marche.lot)
    contrat = _ecrire_contrat(uow, achat, marche)
    lignes = [_ecrire_ligne(uow, achat, marche, n, consolidees) for n in marche.lignes]
    besoins = {ligne.id: _besoins(uow, ligne.ligne_id) for ligne in lignes}
    parts = repartir_attribution(
        [
            LigneAttribuee(
                str(ligne.id),
                ligne.article,
                ligne.lieu,
                ligne.quantite,
                ligne.prix_unitaire_ht,
                besoins[ligne.id],
            )
            for ligne in lignes
        ],
        marche.montant_ht,
    )
    for part in parts:
        uow.session.add(_quota(uow, part))
    uow.session.flush()
    _faire_avancer(uow, achat)
    _annoncer(uow, achat, contrat, {str(ligne.id): ligne for ligne in lignes}, parts)


def _faire_avancer(uow: UnitOfWork, achat: t.Achat) -> None:
    """The first notified lot means that the purchase was awarded, then notified."""
    if not passe(EtatAchat(achat.etat), EtatAchat.NOTIFIE):
        avancer(uow, achat, EtatAchat.ATTRIBUE)
        avancer(uow, achat, EtatAchat.NOTIFIE)


def _lignes_consolidees(uow: UnitOfWork, achat: t.Achat, lot: int) -> list[t.Ligne]:
    consolidation = derniere_consolidation(uow.session, achat.id)
    requete = sa.select(t.Ligne).where(
        t.Ligne.consolidation_id == consolidation.id, t.Ligne.lot == lot
    )
    return list(uow.session.scalars(requete))


def _ecrire_contrat(uow: UnitOfWork, achat: t.Achat, marche: MarcheNotifie) -> t.Contrat:
    contrat = t.Contrat(
        marche_id=marche.marche_id,
        reference=marche.reference,
        achat_id=achat.id,
        lot=marche.lot,
        objet=marche.objet,
        titulaire_siret=marche.titulaire_siret,
        titulaire_nom=marche.titulaire_nom,
        titulaire_courriel=marche.titulaire_courriel,
        montant_initial_ht=marche.montant_ht,
        montant_ht=marche.montant_ht,
        notifie_le=marche.date_notification,
        fin_le=ajouter_mois(marche.date_notification, marche.duree_mois),
    )
    uow.session.add(contrat)
    uow.session.flush()
    return contrat


def _ecrire_ligne(
    uow: UnitOfWork,
    achat: t.Achat,
    marche: MarcheNotifie,
    notifiee: LigneNotifiee,
    consolidees: list[t.Ligne],
) -> t.ContratLigne:
    origine = _origine(notifiee, consolidees)
    article = article_de(uow.session, achat.id, origine.article)
    ligne = t.ContratLigne(
        id=uow.new_id(),
        marche_id=marche.marche_id,
        ligne_id=origine.id,
        article=origine.article,
        designation=origine.designation,
        lieu=origine.lieu,
        conditionnement=notifiee.conditionnement,
        entier=article.par_paquets,
        quantite=notifiee.quantite,
        prix_unitaire_ht=notifiee.prix_unitaire_ht,
    )
    uow.session.add(ligne)
    uow.session.flush()
    return ligne


def _origine(notifiee: LigneNotifiee, consolidees: list[t.Ligne]) -> t.Ligne:
    """The consolidated line behind a line of the contract, by its id, else by its article."""
    par_id = [ligne for ligne in consolidees if ligne.id == notifiee.ligne_id]
    par_article = [ligne for ligne in consolidees if ligne.article == notifiee.article]
    trouvees = par_id or par_article
    if len(trouvees) != 1:
        raise DomainError(
            f"La ligne {notifiee.article} du marché ne correspond pas à une ligne consolidée.",
            code="ligne_inconnue",
        )
    return trouvees[0]


def _besoins(uow: UnitOfWork, ligne_id: uuid.UUID) -> Mapping[str, Decimal]:
    """Base units asked by each member on a consolidated line."""
    requete = (
        sa.select(t.Composition.siret, sa.func.sum(t.Composition.quantite_base))
        .where(t.Composition.ligne_id == ligne_id)
        .group_by(t.Composition.siret)
    )
    return dict(uow.session.execute(requete).all())


def _quota(uow: UnitOfWork, part: Part) -> t.Quota:
    return t.Quota(
        id=uow.new_id(),
        contrat_ligne_id=uuid.UUID(part.ligne),
        siret=part.siret,
        initiale=part.quantite,
        quantite=part.quantite,
        montant_max_ht=part.montant_max_ht,
    )


def _annoncer(
    uow: UnitOfWork,
    achat: t.Achat,
    contrat: t.Contrat,
    lignes: Mapping[str, t.ContratLigne],
    parts: list[Part],
) -> None:
    membres = organisations(uow.session, (part.siret for part in parts))
    uow.audit("achat.quotas_ouverts", str(achat.id), {"marche_id": contrat.marche_id})
    uow.emit(
        "groupement.achat.attribue.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "objet": achat.objet,
            "marche_id": contrat.marche_id,
            "lot": contrat.lot,
            "titulaire": {"siret": contrat.titulaire_siret, "nom": contrat.titulaire_nom},
            "quotas": [
                {
                    "membre": acteur(membres[part.siret]),
                    "courriel": membres[part.siret].courriel,
                    "article": lignes[part.ligne].article,
                    "quantite": part.quantite,
                    "conditionnement": lignes[part.ligne].conditionnement,
                    "montant_max_ht": part.montant_max_ht,
                }
                for part in parts
            ],
        },
    )
