"""Advances of a contract, with what came back and what will."""

import uuid
from typing import Any

from services.paiement.pages.acces import siret
from services.paiement.queries import avances as lectures
from services.paiement.queries import marches
from services.paiement.queries.avances import AvanceSuivie
from services.paiement.schemas.avances import AvancesSchema
from services.paiement.usecases.lois import lois
from shared.web.access import allow
from shared.web.context import reading
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "paiement_avances", __name__, url_prefix="/paiement/api/v1", description="Avances des marchés"
)
COPIES = (
    "id",
    "forme",
    "cible",
    "etat",
    "obligatoire",
    "garantie",
    "garantie_recue_le",
    "taux",
    "assiette_ttc",
    "montant",
    "payable_avant_le",
    "versee_le",
    "motifs",
    "recuperations",
)


@api.get("/marches/<uuid:marche_id>/avances")
@api.response(200, AvancesSchema)
@api.alt_response(404, description="Marché inconnu de l’appelant")
@allow("finances", "coordonnateur", "agent", "entreprise")
def avances(marche_id: uuid.UUID) -> dict[str, Any]:
    """Lire les avances d’un marché, leur échéancier et ce qui est déjà remboursé"""
    with reading() as session:
        marches.compte(session, marche_id, siret())  # refuses what the caller may not see
        suivies = lectures.du_marche(session, marche_id, lois(session))
        return {"avances": [_presenter(suivie) for suivie in suivies]}


def _presenter(suivie: AvanceSuivie) -> dict[str, Any]:
    return {nom: getattr(suivie.avance, nom) for nom in COPIES} | {
        "rendu": suivie.rendu,
        "reste": suivie.reste,
        "echeancier": suivie.paliers,
    }
