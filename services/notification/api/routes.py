"""Routes of the API under `/notification/api/v1`."""

from collections.abc import Mapping
from typing import Any

from services.notification import queries
from services.notification.domain.criteres import lire_criteres
from services.notification.schemas.api import (
    AbonnementSchema,
    AccuseSchema,
    FiltreSchema,
    PageJournalSchema,
)
from services.notification.usecases.creer_abonnement import Demande, creer_abonnement
from shared.web.access import allow, public
from shared.web.context import reading, transaction
from shared.web.idempotence import idempotent
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "notification_api", __name__, url_prefix="/notification/api/v1", description="Alertes, journal"
)


@api.post("/abonnements")
@idempotent
@api.arguments(AbonnementSchema)
@api.response(202, AccuseSchema)
@public
def abonner(demande: Mapping[str, Any]) -> dict[str, str]:
    """Demander une alerte

    Un message part à l’adresse indiquée ; l’alerte vit quand son titulaire l’a confirmée. La
    réponse est la même que l’adresse soit connue ou non.
    """
    champs = ("cpv", "mots", "lieux", "montant_min", "montant_max")
    criteres = lire_criteres(**{champ: demande[champ] for champ in champs})
    with transaction() as uow:
        creer_abonnement(uow, Demande(demande["courriel"], criteres, demande["nom"]))
    return {
        "etat": "en_attente_de_confirmation",
        "message": "Un message de confirmation part à l’adresse indiquée.",
    }


@api.get("/journal")
@api.arguments(FiltreSchema, location="query")
@api.response(200, PageJournalSchema)
@allow("exploitation")
def journal(filtre: Mapping[str, Any]) -> dict[str, Any]:
    """Lire le journal des événements"""
    choix = queries.FiltreJournal(filtre["type"], filtre["correlation_id"], filtre["sujet"])
    with reading() as session:
        page = queries.evenements(session, choix, filtre["page"], filtre["par"])
    return {
        "total": page.total,
        "page": page.numero,
        "pages": page.pages,
        "par": page.par,
        "evenements": page.items,
    }
