"""What-ifs open to everybody: pure computations, nothing is read nor written.

The same kernels serve the group's own pages, so that a simulation and a real sharing never differ.
"""

from collections.abc import Mapping
from typing import Any

from services.groupement.api import (
    simulations_consolidation,
    simulations_lots,
    simulations_quotas,
)
from services.groupement.api.simulations_schemas import (
    ConsolidationDemande,
    ConsolidationSimuleeSchema,
    HeuresDemande,
    HeuresSchema,
    LotsDemande,
    LotsSchema,
    QuotasDemande,
    QuotasSimulesSchema,
    RepartitionDemande,
    RepartitionSchema,
)
from services.groupement.domain.empreintes import condenser, decimale, texte
from services.groupement.domain.heures_insertion import heures_exactes, phrase
from services.groupement.domain.repartition import Demande, Strategie, empreinte, repartir
from shared.kernel.montant import Montant
from shared.web.access import public
from shared.web.limites import par_minute
from shared.web.ouverte import BlueprintOuvert

CHAMPS_DES_HEURES = ("montant_ht", "part_main_oeuvre", "effort", "cout_horaire")
api = BlueprintOuvert(
    "groupement_simulations",
    __name__,
    url_prefix="/groupement/api/v1/simulations",
    description="Simulations publiques, sans état",
)


@api.post("/repartition")
@par_minute("simulations_par_minute")
@api.arguments(RepartitionDemande)
@api.response(200, RepartitionSchema)
@api.doc(security=[])
@public
def repartition(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Partager une quantité entre des clés

    `prorata` partage tout le total selon les poids. `priorite` et `plancher` lisent les poids comme
    des quantités demandées, que personne ne dépasse. `manuelle` vérifie des parts déjà fixées. Les
    parts reviennent dans l’ordre de la demande.
    """
    strategie = Strategie(demande["methode"].upper())
    total, quantum, motif = demande["total"], demande["quantum"], demande["motif"].strip()
    parts = [Demande(**{**part, "classe": int(part["classe"])}) for part in demande["parts"]]
    return {
        "parts": repartir(total, quantum, parts, strategie, motif=motif),
        "total": total,
        "empreinte": empreinte(total, quantum, parts, strategie, motif),
    }


@api.post("/consolidation")
@par_minute("simulations_par_minute")
@api.arguments(ConsolidationDemande)
@api.response(200, ConsolidationSimuleeSchema)
@api.doc(security=[])
@public
def consolidation(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Consolider des besoins en lignes, par article et par lieu

    Toutes les quantités d’une ligne sont en unité de base. `commandee` compte des paquets entiers ;
    une tolérance ne remplit que le dernier paquet d’une quantité demandée fermement. Ce qui n’est
    servi à personne est la différence entre `commandee` et la somme des `servie`.
    """
    return simulations_consolidation.simuler(demande)


@api.post("/lots")
@par_minute("simulations_par_minute")
@api.arguments(LotsDemande)
@api.response(200, LotsSchema)
@api.doc(security=[])
@public
def lots(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Découper des lignes en lots, et dire ce que le droit en fait

    `famille` : un lot par groupe CPV ; `lieu` : un lot par lieu ; `montant` : des lots sous
    `plafond` ; `unique` : un seul, avec `motif` et `precision`. La procédure se lit sur la somme.
    """
    return simulations_lots.simuler(demande)


@api.post("/quotas")
@par_minute("simulations_par_minute")
@api.arguments(QuotasDemande)
@api.response(200, QuotasSimulesSchema)
@api.doc(security=[])
@public
def quotas(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Partager un marché attribué entre ses membres, en quantités et en euros

    La somme des quantités d’une ligne est sa quantité ; la somme des montants est `montant_ht`.
    """
    return simulations_quotas.simuler(demande)


@api.post("/heures-insertion")
@par_minute("simulations_par_minute")
@api.arguments(HeuresDemande)
@api.response(200, HeuresSchema)
@api.doc(security=[])
@public
def heures_insertion(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Compter les heures d’insertion dues par un marché

    montant × part de main-d’œuvre × effort ÷ coût horaire, arrondi à l’heure inférieure. Les parts
    sont entre 0 et 1.
    """
    montant, *autres = (demande[champ] for champ in CHAMPS_DES_HEURES)
    valeurs = (Montant(montant), *autres)
    exactes = heures_exactes(*valeurs)
    return {
        "heures": int(exactes),
        "exact": decimale(exactes),
        "motif": phrase(*valeurs),
        "empreinte": condenser(["heures-insertion", *map(texte, (montant, *autres))]),
    }
