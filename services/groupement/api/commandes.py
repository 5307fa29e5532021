"""Quotas and call-off orders over JSON."""

import uuid
from collections.abc import Mapping
from typing import Any

from services.groupement import tables as t
from services.groupement.api.schemas import (
    AchatFiltre,
    AnnulationSchema,
    CommandeSchema,
    CommandesSchema,
    NouvelleCommandeSchema,
    PageQuery,
    QuotasSchema,
)
from services.groupement.domain.besoins import Canal
from services.groupement.queries import execution
from services.groupement.queries.execution import PartVue
from services.groupement.usecases.annuler_commande import annuler_commande
from services.groupement.usecases.passer_commande import NouvelleCommande, passer_commande
from shared.web.access import allow, current_user
from shared.web.context import reading, transaction
from shared.web.idempotence import idempotent
from shared.web.pagination import paginate
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "groupement_commandes",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Parts et commandes",
)


@api.get("/quotas")
@api.arguments(AchatFiltre, location="query")
@api.response(200, QuotasSchema)
@allow("api", "agent", "coordonnateur")
def quotas(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister les parts de l’organisation, avec ce qui est commandé, reçu et restant"""
    with reading() as session:
        parts = execution.parts(session, siret=current_user().siret, achat_id=demande["achat_id"])
    return {"quotas": [_part(part) for part in parts]}


def _part(part: PartVue) -> dict[str, Any]:
    return {
        "id": part.quota.id,
        "achat_id": part.contrat.achat_id,
        "marche_id": part.contrat.marche_id,
        "marche_reference": part.contrat.reference,
        "article": part.ligne.article,
        "lieu": part.ligne.lieu,
        "conditionnement": part.ligne.conditionnement,
        "prix_unitaire_ht": part.ligne.prix_unitaire_ht,
        "quantite": part.quota.quantite,
        "commande": part.commande,
        "recu": part.recu,
        "reste": part.reste,
        "montant_max_ht": part.quota.montant_max_ht,
    }


@api.get("/commandes")
@api.arguments(PageQuery, location="query")
@api.response(200, CommandesSchema)
@allow("api", "agent", "coordonnateur")
def lister(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister les commandes de l’organisation"""
    requete = execution.commandes(current_user().siret)
    with reading() as session:
        page = paginate(session, requete, demande["page"], demande["par"])
        items = [_commande(commande) for commande in page.items]
    return {"total": page.total, "page": page.numero, "pages": page.pages, "commandes": items}


@api.get("/commandes/<uuid:commande_id>")
@api.response(200, CommandeSchema)
@allow("api", "agent", "coordonnateur")
def lire(commande_id: uuid.UUID) -> dict[str, Any]:
    """Lire une commande de l’organisation"""
    with reading() as session:
        return _commande(execution.commande_de(session, commande_id, current_user().siret))


@api.post("/commandes")
@idempotent
@api.arguments(NouvelleCommandeSchema)
@api.response(201, CommandeSchema)
@allow("api", "agent")
def passer(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Commander dans la limite de sa part

    Refus 409 `quota_depasse` avec la quantité restante dans `details.reste`.
    """
    siret = current_user().siret
    with transaction() as uow:
        nouvelle = NouvelleCommande(**demande, siret=siret, canal=Canal.API)
        commande = passer_commande(uow, nouvelle)
        return _commande(execution.commande_de(uow.session, commande.id, siret))


@api.post("/commandes/<uuid:commande_id>/annulation")
@idempotent
@api.arguments(AnnulationSchema)
@api.response(200, CommandeSchema)
@allow("api", "agent")
def annuler(demande: Mapping[str, Any], commande_id: uuid.UUID) -> dict[str, Any]:
    """Annuler une commande dont rien n’a été livré"""
    siret = current_user().siret
    with transaction() as uow:
        annuler_commande(uow, commande_id, siret, demande["motif"])
        return _commande(execution.commande_de(uow.session, commande_id, siret))


def _commande(commande: t.Commande) -> dict[str, Any]:
    ligne = commande.quota.ligne
    return {
        **{c.key: getattr(commande, c.key) for c in t.Commande.__table__.columns},
        "achat_id": ligne.contrat.achat_id,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "lieu": ligne.lieu,
        "conditionnement": ligne.conditionnement,
    }
