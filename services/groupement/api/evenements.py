"""The inbound door over HTTP: the same CloudEvents as on AMQP, the same answers."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import request

from services.groupement.api.cloudevents import corps_des_demandes
from services.groupement.api.schemas import AccuseSchema, FluxQuery, FluxSchema, SortSchema
from services.groupement.domain.acces import exiger_autorise
from services.groupement.queries.porte import Sort, sort_de_la_demande
from services.groupement.usecases.creer_acces import evenements_autorises
from shared.messaging import door
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.stricte import BlueprintStrict

RACINE = "/groupement/api/v1/evenements"
api = BlueprintStrict(
    "groupement_evenements",
    __name__,
    url_prefix=RACINE,
    description="Demandes des logiciels des membres, et leurs réponses",
)


@api.post("")
@api.response(202, AccuseSchema)
@api.doc(requestBody=corps_des_demandes())
@allow("api")
def deposer() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Déposer une demande

    Corps : un CloudEvent structuré de type `membre.achat.demande.v1`,
    `membre.participation.declare.v1`, `membre.besoin.declare.v1` ou `membre.commande.demande.v1`.
    La réponse se lit à l’adresse `Location`, dans le flux ci-dessous, ou sur la file AMQP du
    membre. Le même identifiant ne compte qu’une fois ; une réponse ou un besoin de `sequence`
    inférieure à celle déjà prise en compte est refusé (`demande_depassee`).
    """
    siret = current_user().siret
    with transaction() as uow:
        event = door.receive(
            uow,
            request.get_data(),
            content_type=request.content_type,
            headers=dict(request.headers),
            siret=siret,
        )
        exiger_autorise(event.type, evenements_autorises(uow.session, siret))
    return {"id": event.id, "etat": "recue"}, 202, {"Location": f"{RACINE}/{event.id}"}


@api.get("")
@api.arguments(FluxQuery, location="query")
@api.response(200, FluxSchema)
@allow("api")
def flux(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lire les réponses adressées au membre, dans l’ordre, après un curseur"""
    evenements, suivant = door.answers(
        context().database,
        current_user().siret,
        after=demande["apres"],
        limit=demande["limite"],
    )
    return {"evenements": evenements, "suivant": suivant}


@api.get("/<uuid:demande_id>")
@api.response(200, SortSchema)
@allow("api")
def sort(demande_id: uuid.UUID) -> Sort:
    """Savoir ce qu’est devenue une demande"""
    with reading() as session:
        return sort_de_la_demande(session, demande_id, current_user().siret)
