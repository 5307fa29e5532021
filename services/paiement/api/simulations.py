"""What-ifs open to everybody: the kernels of the pages, on the case of the body; nothing is kept.

The legal parameters are those of the instance, with those that its administrators entered.
"""

from collections.abc import Mapping
from typing import Any

from services.paiement.domain import avance as regle_avance
from services.paiement.domain import resorption as regle_resorption
from services.paiement.domain.avance import Marche, Politique
from services.paiement.domain.horloge import Etape
from services.paiement.domain.simulation import CasDelai, simuler_delai
from services.paiement.schemas.simulations import (
    AvanceDemande,
    AvanceSchema,
    DelaiDemande,
    DelaiSchema,
    ResorptionDemande,
    ResorptionSchema,
)
from services.paiement.usecases.lois import lois
from shared.kernel.errors import ValidationError
from shared.kernel.parametres import Parametres
from shared.web.access import public
from shared.web.context import reading
from shared.web.limites import par_minute
from shared.web.ouverte import BlueprintOuvert

api = BlueprintOuvert(
    "paiement_simulations",
    __name__,
    url_prefix="/paiement/api/v1/simulations",
    description="Simulations publiques, sans état",
)
SANS_PARAMETRE = "Saisie à corriger, ou paramètre légal manquant"


def _parametres() -> Parametres:
    with reading() as session:
        return lois(session)


@api.post("/delai")
@par_minute("simulations_par_minute")
@api.arguments(DelaiDemande)
@api.response(200, DelaiSchema)
@api.alt_response(422, description=SANS_PARAMETRE)
@api.doc(security=[])
@public
def delai(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Dire le délai de paiement d’une facture, et ce que coûte son retard

    Un semestre dont le taux n’est pas renseigné donne 422, `type` finissant par
    `parametre-manquant`. `taux` est en pourcentage ; sans retard il est vide.
    """
    try:
        simule = simuler_delai(CasDelai(**demande), _parametres())
    except ValidationError as refus:
        raise _dans_l_interruption(refus) from refus
    return {
        "depart": simule.horloge.depart,
        "echeance": simule.horloge.echeance,
        "jours_retard": simule.interets.jours_retard,
        "taux": simule.interets.taux,
        "interets": simule.interets.montant,
        "indemnite": simule.interets.indemnite,
        "etapes": [_etape(etape) for etape in simule.etapes],
    }


def _dans_l_interruption(refus: ValidationError) -> ValidationError:
    """Every refusal of the clock is about the interruption: name its fields where they are."""
    champs = {f"interruption.{nom}": dit for nom, dit in refus.champs.items()}
    return ValidationError(refus.message, code=refus.code, champs=champs)


def _etape(etape: Etape) -> dict[str, Any]:
    return {
        "libelle": f"{etape.libelle}\u00a0: {etape.phrase}",
        "date": etape.le,
        "reference": etape.reference,
    }


@api.post("/avance")
@par_minute("simulations_par_minute")
@api.arguments(AvanceDemande)
@api.response(200, AvanceSchema)
@api.alt_response(422, description=SANS_PARAMETRE)
@api.doc(security=[])
@public
def avance(demande: Mapping[str, Any]) -> regle_avance.Proposition:
    """Dire si une avance est due, à quel taux, sur quelle assiette

    Montants et durée sont ceux de la `nature` : le marché, la tranche, le bon de commande, le
    minimum de l’accord-cadre. `politique` est ce que le marché accorde au-delà de la loi.
    """
    politique = demande["politique"]
    cas = Marche(
        date_lancement=demande["date_lancement"],
        acheteur=demande["acheteur"],
        montant_ht=demande["montant_ht"],
        taux_tva=demande["taux_tva"],
        duree_mois=demande["duree_mois"],
        titulaire_pme=demande["titulaire_pme"],
        depenses_reelles=demande["depenses_reelles_eur"],
        sous_traite_ht=demande["sous_traite_ht"],
        politique=Politique(**politique) if politique else None,
        forme=demande["nature"],
    )
    return regle_avance.proposer(cas, _parametres())


@api.post("/resorption")
@par_minute("simulations_par_minute")
@api.arguments(ResorptionDemande)
@api.response(200, ResorptionSchema)
@api.alt_response(422, description=SANS_PARAMETRE)
@api.doc(security=[])
@public
def resorption(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Dire ce qui est déjà remboursé d’une avance, pour chaque montant exécuté

    `fin` est la clause du marché ; sans elle, le régime de la date de lancement s’applique.
    """
    cas = regle_resorption.Cas(
        date_lancement=demande["date_lancement"],
        base_ttc=demande["montant_ttc"],
        avance=demande["avance"],
        taux=demande["taux_avance"],
        clause_fin=demande["fin"],
    )
    regle = regle_resorption.regle(cas, _parametres())
    return {
        "recuperations": [
            {"execute_ttc": execute, "cumul": regle.cumul(execute)}
            for execute in demande["executions_ttc_cumulees"]
        ]
    }
