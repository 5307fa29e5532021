"""The web face of paiement: invoices, contracts, cards, parameters."""

from flask import Flask

from services.paiement.api.affaires import api as api_affaires
from services.paiement.api.avances import api as api_avances
from services.paiement.api.cartes import api as api_cartes
from services.paiement.api.decomptes import api as api_decomptes
from services.paiement.api.jetons import jetons_de
from services.paiement.api.routes import api
from services.paiement.api.simulation_carte import api as simulation_carte
from services.paiement.api.simulations import api as simulations
from services.paiement.pages import (
    affaires,
    avances,
    cartes,
    comptes,
    decomptes,
    decp,
    depot,
    ecarts,
    echeances,
    factures,
    gestes,
    liquidations,
    marches,
    ordres,
    parametres,
    reception,
    suivi,
)
from services.paiement.pages.programmes import pages as pages_programmes
from services.paiement.pages.releves import pages as pages_releves
from shared.ops.context import ServiceContext
from shared.web.app import create_app as creer


def create_app(context: ServiceContext) -> Flask:
    """Build the application; `/paiement/factures/deposer` is matched before any gesture."""
    return creer(
        context,
        pages=[
            factures.pages,
            depot.pages,
            affaires.pages,
            ecarts.pages,
            reception.pages,
            gestes.pages,
            echeances.pages,
            marches.pages,
            comptes.pages,
            decp.pages,
            decomptes.pages,
            ordres.pages,
            avances.pages,
            suivi.pages,
            liquidations.pages,
            cartes.pages,
            pages_programmes,
            pages_releves,
            parametres.pages,
        ],
        api=[
            api,
            api_affaires,
            api_avances,
            api_cartes,
            api_decomptes,
            simulation_carte,
            simulations,
        ],
        package="services.paiement",
        jetons=jetons_de(context),
    )
