"""A member's own history over JSON."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from services.groupement.domain.historique import FORMAT
from services.groupement.queries.historique import Instance
from services.groupement.usecases.reprendre_historique import exporter_historique
from shared.web.access import allow, current_user
from shared.web.context import context, reading
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "groupement_historique_api",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Historique du membre",
)


class HistoriqueSchema(ma.Schema):
    format = fields.String(required=True, metadata={"enum": [FORMAT]})
    exporte_le = fields.String(required=True, metadata={"format": "date-time"})
    instance = fields.Dict(required=True)
    membre = fields.Dict(required=True)
    empreinte = fields.String(required=True, metadata={"description": "SHA-256 du contenu"})
    contenu = fields.Dict(required=True)


@api.get("/historique")
@api.response(200, HistoriqueSchema)
@allow("api", "agent", "coordonnateur")
def historique() -> dict[str, Any]:
    """Emporter tout ce que l’instance sait de l’organisation

    Le document suit le schéma `essaim.historique/1` ; une autre instance le reprend par
    `essaim historique importer`.
    """
    reglages = context().settings
    instance = Instance(reglages.instance_siret, reglages.instance_nom)
    with reading() as session:
        return exporter_historique(session, current_user().siret, instance, context().clock)
