"""The case of an invoice and the messages of its statuses, for software."""

import uuid
from typing import Any

from flask import Response

from services.paiement.pages.acces import perimetre
from services.paiement.queries import affaires, statuts
from services.paiement.queries.affaires import Vue
from services.paiement.schemas.affaires import AffaireSchema
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "paiement_affaires", __name__, url_prefix="/paiement/api/v1", description="Affaires"
)


@api.get("/factures/<uuid:facture_id>/affaire")
@api.response(200, AffaireSchema)
@api.alt_response(404, description="Facture inconnue de l’appelant")
@allow("finances", "coordonnateur", "entreprise")
def affaire(facture_id: uuid.UUID) -> dict[str, Any]:
    """Délai réglementaire et délai vécu d’une dette, factures rejetées comprises"""
    with reading() as session:
        return _presenter(affaires.lire(session, facture_id, perimetre(), context().clock))


@api.get("/factures/<uuid:facture_id>/statuts/<int:rang>.xml")
@api.doc(responses={"200": {"description": "Message CDAR", "content": {"application/xml": {}}}})
@api.alt_response(404, description="Facture ou étape inconnue de l’appelant")
@allow("finances", "coordonnateur", "entreprise")
def message(facture_id: uuid.UUID, rang: int) -> Response:
    """Lire une étape comme message de statut CDAR de la réforme française"""
    with reading() as session:
        xml = statuts.message(session, facture_id, rang, perimetre())
    return Response(xml, content_type="application/xml")


def _presenter(vue: Vue) -> dict[str, Any]:
    return {
        "id": vue.id,
        "premier_depot_le": vue.delais.premier_depot,
        "payee_le": vue.delais.payee_le,
        "delai_reglementaire_jours": vue.delais.reglementaire,
        "delai_vecu_jours": vue.delais.vecu,
        "factures": [
            {
                "id": f.id,
                "numero": f.numero,
                "etat": f.etat,
                "deposee_le": f.deposee_le,
                "montant_ttc": f.montant_ttc,
                "lien": f.lien_affaire,
            }
            for f in vue.factures
        ],
        "detentions": [
            {
                "detenteur": d.detenteur,
                "du": d.du,
                "au": d.au,
                "secondes": int(d.duree.total_seconds()),
            }
            for d in vue.detentions
        ],
    }
