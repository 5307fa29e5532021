"""What-if of a purchase by card, open to everybody: the check of the pages, nothing is kept."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from services.paiement.domain import carte as regle
from services.paiement.domain.carte import (
    Carte,
    Controle,
    Depenses,
    LigneBudget,
    MarcheVise,
    Operation,
)
from services.paiement.schemas.cartes import CarteDemande, DecisionSimulee
from shared.kernel.montant import PLAFOND, Montant
from shared.web.access import public
from shared.web.context import context
from shared.web.limites import par_minute
from shared.web.ouverte import BlueprintOuvert

api = BlueprintOuvert(
    "paiement_simulation_carte",
    __name__,
    url_prefix="/paiement/api/v1/simulations",
    description="Simulations publiques, sans état",
)
SANS_FIN = dt.date.max
SANS_LIMITE = Montant(PLAFOND - 1)
RESULTATS = {True: "respecte", False: "echec", None: "non_examine"}


@api.post("/carte")
@par_minute("simulations_par_minute")
@api.arguments(CarteDemande)
@api.response(200, DecisionSimulee)
@api.alt_response(422, description="Saisie à corriger")
@api.doc(security=[])
@public
def carte(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Dire si une opération par carte d’achat serait autorisée

    Les contrôles se suivent dans l’ordre ; le premier échec donne `motif`, les suivants ne sont pas
    examinés.
    """
    lue, operation = demande["carte"], demande["operation"]
    decision = regle.autoriser(_carte(lue), _operation(operation), _depenses(lue))
    return {
        "autorisee": decision.autorisee,
        "motif": decision.motif,
        "explication": decision.explication,
        "controles": [_controle(controle) for controle in decision.controles],
    }


def _carte(lue: Mapping[str, Any]) -> Carte:
    return Carte(
        etat=lue["etat"],
        porteur_actif=lue["porteur_actif"],
        expire_le=lue["expire_le"] or SANS_FIN,
        plafond_transaction=lue["plafond_transaction"],
        plafond_periode=lue["plafond_periode"],
        plafond_fournisseur=lue["plafond_fournisseur"],
        familles_exclues=tuple(lue["familles_exclues"]),
        mcc_exclus=tuple(lue["mcc_exclus"]),
        budget_annuel=lue["budget_annuel"],
    )


def _depenses(lue: Mapping[str, Any]) -> Depenses:
    """Without a total of the year, the year has spent what the month has."""
    periode, fournisseur = Montant(lue["depense_periode"]), Montant(lue["depense_fournisseur"])
    return Depenses(periode, fournisseur, lue["depense_annee"] or periode)


def _operation(lue: Mapping[str, Any]) -> Operation:
    marche, ligne = lue["marche"], lue["ligne"]
    return Operation(
        le=lue["le"] or context().clock.today(),
        montant=lue["montant"],
        siret=lue["siret"],
        fournisseur_reference=lue["fournisseur_reference"],
        cpv=lue["cpv"],
        mcc=lue["mcc"],
        marche=_marche(marche) if marche else None,
        ligne=LigneBudget(**ligne) if ligne else None,
        sur_stock=lue["sur_stock"],
        motif_travaux=lue["motif_travaux"],
    )


def _marche(lu: Mapping[str, Any]) -> MarcheVise:
    reste = SANS_LIMITE if lu["reste"] is None else lu["reste"]
    return MarcheVise(lu["reference"], lu["travaux"], lu["avance"], reste)


def _controle(controle: Controle) -> dict[str, str]:
    return {
        "nom": controle.nom,
        "resultat": RESULTATS[controle.passe],
        "explication": controle.explication,
    }
