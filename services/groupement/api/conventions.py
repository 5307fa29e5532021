"""Conventions for members' own software: their versions, clauses and members."""

import uuid
from typing import Any

from services.groupement import tables as t
from services.groupement.api.schemas_convention import ConventionSchema, ConventionsSchema
from services.groupement.queries import conventions as lectures
from services.groupement.usecases.commun import en_convention
from shared.web.access import allow, current_user
from shared.web.context import context, reading
from shared.web.stricte import BlueprintStrict

LECTEURS = ("api", "agent", "coordonnateur")
api = BlueprintStrict(
    "groupement_conventions_api",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Conventions de groupement, leurs clauses et leurs membres",
)


@api.get("/conventions")
@api.response(200, ConventionsSchema)
@allow(*LECTEURS)
def lister() -> dict[str, Any]:
    """Lister les versions des conventions de l’organisation"""
    with reading() as session:
        siennes = lectures.visibles(session, current_user().siret)
        return {"conventions": [_montrer(convention) for convention in siennes]}


@api.get("/conventions/<uuid:convention_id>")
@api.response(200, ConventionSchema)
@allow(*LECTEURS)
def lire(convention_id: uuid.UUID) -> dict[str, Any]:
    """Lire une version, ses clauses, sa commission d’appel d’offres et ses membres"""
    with reading() as session:
        return _montrer(lectures.visible(session, convention_id, current_user().siret))


def _montrer(convention: t.Convention) -> dict[str, Any]:
    jour = context().clock.today()
    lue = en_convention(convention)
    champs = {c.key: getattr(convention, c.key) for c in t.Convention.__table__.columns}
    membres = [
        {
            "siret": sejour.siret,
            "nom": adhesion.nom,
            "forme": sejour.organisation.forme,
            "etat": adhesion.etat(jour).value,
            "deliberation_le": sejour.deliberation_le,
            "deliberation_numero": sejour.deliberation_numero,
            "effet_le": sejour.effet_le,
            "fin_le": sejour.fin_le,
        }
        for sejour, adhesion in zip(convention.adhesions, lue.adhesions, strict=True)
    ]
    return {
        **champs,
        "etat": lue.etat_au(jour).value,
        "commission": lectures.commission(convention, jour),
        "membres": membres,
    }
