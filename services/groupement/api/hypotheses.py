"""« Et si… » over JSON: one call, the consolidation before and after."""

import uuid
from collections.abc import Mapping
from typing import Any

from services.groupement.api.schemas_hypotheses import (
    DetailQuery,
    HypothesesSchema,
    SimulationSchema,
)
from services.groupement.domain.comparaison import Bilan, EcartLigne, EcartMembre, Simulation
from services.groupement.queries.achats import achat_visible
from services.groupement.queries.besoins import ids_de
from services.groupement.queries.hypotheses import entrees, supposer
from services.groupement.usecases.consolider import cadre
from shared.web.access import allow, current_user
from shared.web.context import context, reading
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "groupement_hypotheses",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Hypothèses sur une consolidation",
)


@api.post("/achats/<uuid:achat_id>/hypotheses")
@api.arguments(DetailQuery, location="query")
@api.arguments(HypothesesSchema)
@api.response(200, SimulationSchema)
@allow("api", "agent", "coordonnateur")
def supposer_(
    detail: Mapping[str, Any], corps: Mapping[str, Any], achat_id: uuid.UUID
) -> dict[str, Any]:
    """Comparer la consolidation d’aujourd’hui avec celle d’autres hypothèses

    Rien n’est écrit. Le coordonnateur suppose et voit pour tous ; un membre suppose de lui-même et
    ne voit que sa part.
    """
    siret = current_user().siret
    ici = context()
    with reading() as session:
        achat = achat_visible(session, achat_id, siret)
        vue = None if achat.coordonnateur == siret else siret
        seuils = cadre(session, achat, ici.parametres, ici.clock.today())
        simulation = supposer(seuils, entrees(session, achat), corps["hypotheses"], vue)
        siens = None if vue is None else ids_de(session, achat_id, vue)
    return _simulation(simulation, detail["detail"], vue, siens)


def _simulation(
    simulation: Simulation, detail: int, siret: str | None, siens: set[str] | None
) -> dict[str, Any]:
    """The comparison as one organisation may see it (None: as the coordinator does)."""
    membres = [m for m in simulation.membres if siret in {None, m.siret}]
    besoins = [b for b in simulation.besoins if siens is None or b in siens]
    return {
        "phrase": simulation.phrase,
        "ecart_ht": simulation.ecart,
        "avant": _bilan(simulation.avant),
        "apres": _bilan(simulation.apres),
        "membres": [_membre(membre, detail) for membre in membres],
        "lignes_changees": len(simulation.lignes),
        "lignes": [_ligne(ecart) for ecart in simulation.lignes[:detail]],
        "besoins_changes": len(besoins),
        "besoins": besoins[:detail],
    }


def _bilan(bilan: Bilan) -> dict[str, Any]:
    groupe = bilan.verification.groupe
    return {
        "montant_estime_ht": bilan.consolidation.montant_ht,
        "procedure": groupe.procedure.value,
        "publicite": groupe.publicite.value,
        "explication": groupe.explication,
        "empreinte": bilan.consolidation.empreinte,
        "lots": [
            {
                "numero": lot.numero,
                "objet": lot.objet,
                "cpv": lot.cpv,
                "montant_estime_ht": lot.montant_ht,
                "lignes": len(lot.lignes),
            }
            for lot in bilan.consolidation.lots
        ],
    }


def _membre(membre: EcartMembre, detail: int) -> dict[str, Any]:
    return {
        "siret": membre.siret,
        "avant": membre.avant,
        "apres": membre.apres,
        "ecart": membre.ecart,
        "parts_changees": len(membre.parts),
        "parts": membre.parts[:detail],
    }


def _ligne(ecart: EcartLigne) -> dict[str, Any]:
    connue = ecart.apres or ecart.avant
    return {
        "article": connue and connue.article,
        "lieu": connue and connue.lieu,
        "unite_base": connue and connue.unite_base,
        "avant": ecart.avant,
        "apres": ecart.apres,
    }
