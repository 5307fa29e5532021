"""What a member's own software asks: the same rules as the forms, answered by an event."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.acces import exiger_autorise
from services.groupement.domain.articles import Article
from services.groupement.domain.besoins import Canal, declarer
from services.groupement.domain.clauses import exiger_evenement_prevu
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.commun import (
    achat_de_reference,
    article_de,
    clauses_de,
    organisation,
)
from services.groupement.usecases.creer_acces import evenements_autorises
from services.groupement.usecases.creer_achat import (
    NouvelAchat,
    convention_du_membre,
    creer_achat,
)
from services.groupement.usecases.declarer_besoin import declarer_besoin
from services.groupement.usecases.ordonner_demande import exiger_la_plus_recente
from services.groupement.usecases.passer_commande import (
    NouvelleCommande,
    passer_commande,
    reste_du_quota,
)
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Demande:
    """Who asks (the SIRET proved at the door), under which ids; `sequence` 0 when not numbered."""

    id: uuid.UUID
    type: str
    siret: str
    reference_membre: str
    source: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class AchatDemande:
    """A purchase that a member would like to make with the others."""

    objet: str
    famille: str
    cpv: str
    nature: Nature
    lieu: str
    montant_estime_ht: Montant | None
    souhaite_le: dt.date | None
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class BesoinDemande:
    """A need, absolute: it replaces the one before."""

    achat_reference: str
    article: str
    quantite: Decimal
    unite: str
    tolerance: Decimal
    lieu: str | None


@dataclass(frozen=True, slots=True)
class ParticipationDemande:
    """Whether the member takes part, and the most it may commit; replaces the answer before."""

    achat_reference: str
    reponse: Reponse
    engagement_max_ht: Montant | None


@dataclass(frozen=True, slots=True)
class CommandeDemande:
    """An order within the member's quota."""

    achat_reference: str
    article: str
    quantite: Decimal
    lieu: str | None


def demander_achat(uow: UnitOfWork, demande: Demande, voulu: AchatDemande) -> None:
    """Create the purchase as a project; the same reference of the member gives the same one."""
    _exiger_acces(uow, demande)
    exiger_evenement_prevu(convention_du_membre(uow, demande.siret).clauses, demande.type)
    achat = _achat_deja_cree(uow, demande) or creer_achat(
        uow,
        NouvelAchat(
            demandeur=demande.siret,
            objet=voulu.objet,
            famille=voulu.famille,
            cpv=voulu.cpv,
            nature=voulu.nature,
            lieu=voulu.lieu,
            lots=_lots(voulu),
            articles=voulu.articles,
            montant_estime_ht=voulu.montant_estime_ht,
            publication_prevue_le=voulu.souhaite_le,
            reference_membre=demande.reference_membre,
        ),
    )
    _accepter(
        uow,
        demande,
        "membre.achat.acceptee.v1",
        {"achat_id": achat.id, "achat_reference": achat.reference},
    )


def demander_besoin(uow: UnitOfWork, demande: Demande, voulu: BesoinDemande) -> None:
    """Declare the need as the form would; without a place, at the member's usual one."""
    _exiger_acces(uow, demande)
    achat_id = achat_de_reference(uow.session, voulu.achat_reference)
    exiger_evenement_prevu(clauses_de(uow.session, achat_id), demande.type)
    article = article_de(uow.session, achat_id, voulu.article)
    lieu = voulu.lieu or organisation(uow.session, demande.siret).lieu_livraison
    _ordonner(uow, demande, f"besoin:{voulu.achat_reference}:{article.code}:{lieu}")
    declaration = declarer(article, voulu.quantite, voulu.unite, voulu.tolerance, lieu)
    besoin = declarer_besoin(uow, achat_id, demande.siret, declaration, Canal.EVENEMENT).besoin
    _accepter(
        uow,
        demande,
        "membre.besoin.acceptee.v1",
        {
            "besoin_id": besoin.id,
            "achat_reference": voulu.achat_reference,
            "quantite_base": besoin.quantite_base,
            "unite_base": article.unite_base,
        },
    )


def demander_participation(uow: UnitOfWork, demande: Demande, voulue: ParticipationDemande) -> None:
    """Answer the call as the form would; the answer says until when it may change."""
    _exiger_acces(uow, demande)
    achat_id = achat_de_reference(uow.session, voulue.achat_reference)
    exiger_evenement_prevu(clauses_de(uow.session, achat_id), demande.type)
    _ordonner(uow, demande, f"participation:{voulue.achat_reference}")
    repondre(
        uow, NouvelleReponse(achat_id, demande.siret, voulue.reponse, voulue.engagement_max_ht)
    )
    _accepter(
        uow,
        demande,
        "membre.participation.acceptee.v1",
        {
            "achat_id": achat_id,
            "achat_reference": voulue.achat_reference,
            "reponse": voulue.reponse.value,
            "engagement_max_ht": voulue.engagement_max_ht,
            "cloture_le": uow.session.get_one(t.Achat, achat_id).cloture_le,
        },
    )


def demander_commande(uow: UnitOfWork, demande: Demande, voulue: CommandeDemande) -> None:
    """Order as the form would; the answer says what remains."""
    _exiger_acces(uow, demande)
    achat_id = achat_de_reference(uow.session, voulue.achat_reference)
    exiger_evenement_prevu(clauses_de(uow.session, achat_id), demande.type)
    commande = passer_commande(
        uow,
        NouvelleCommande(
            achat_id=achat_id,
            siret=demande.siret,
            article=voulue.article,
            quantite=voulue.quantite,
            lieu=voulue.lieu,
            canal=Canal.EVENEMENT,
            reference_membre=demande.reference_membre,
        ),
    )
    _accepter(
        uow,
        demande,
        "membre.commande.acceptee.v1",
        {
            "commande_id": commande.id,
            "commande_reference": commande.reference,
            "montant_ht": commande.montant_ht,
            "reste": reste_du_quota(uow.session, commande.quota_id, uow.clock.today()),
        },
    )


def _exiger_acces(uow: UnitOfWork, demande: Demande) -> None:
    exiger_autorise(demande.type, evenements_autorises(uow.session, demande.siret))


def _ordonner(uow: UnitOfWork, demande: Demande, objet: str) -> None:
    exiger_la_plus_recente(uow, demande.source, objet, demande.sequence, demande.id)


def _achat_deja_cree(uow: UnitOfWork, demande: Demande) -> t.Achat | None:
    return uow.session.scalars(
        sa.select(t.Achat).where(
            t.Achat.demandeur == demande.siret,
            t.Achat.reference_membre == demande.reference_membre,
        )
    ).one_or_none()


def _lots(voulu: AchatDemande) -> tuple[LotPrevu, ...]:
    """One lot per number; it is named after its article, or after the purchase if it has more."""
    lots = []
    for numero in sorted({article.lot for article in voulu.articles}):
        siens = [article for article in voulu.articles if article.lot == numero]
        objet = siens[0].designation if len(siens) == 1 else f"{voulu.objet} – lot {numero}"
        lots.append(LotPrevu(numero, objet, voulu.cpv.partition("-")[0]))
    return tuple(lots)


def _accepter(uow: UnitOfWork, demande: Demande, type_: str, donnees: Mapping[str, Any]) -> None:
    entete = {"demande_id": demande.id, "reference_membre": demande.reference_membre}
    uow.emit(type_, subject=str(demande.id), data={**entete, **donnees}, destinataire=demande.siret)
