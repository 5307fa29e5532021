"""The web face of groupement: the group's pages and its API."""

from flask import Flask

from services.groupement.api import achats, commandes, evenements, simulations
from services.groupement.api import conventions as conventions_api
from services.groupement.api import execution as execution_api
from services.groupement.api import historique as historique_api
from services.groupement.api import hypotheses as hypotheses_api
from services.groupement.api import insertion as insertion_api
from services.groupement.api import lots as lots_api
from services.groupement.api import opportunites as opportunites_api
from services.groupement.api.jetons import jetons_de
from services.groupement.gateways.guetteur import Guetteur
from services.groupement.pages import (
    accueil,
    adhesion,
    appels,
    besoins,
    besoins_suivi,
    conduite,
    conduite_convention,
    consolidation,
    convention,
    conventions,
    evaluations,
    execution,
    flux,
    historique,
    innovation,
    insertion,
    livraisons,
    lots,
    opportunites,
    organisations,
    parts,
    pilotage,
    programmation,
    recensement,
    relances,
    sejours,
    tableur,
)
from services.groupement.pages import (
    achats as achats_pages,
)
from services.groupement.pages import hypotheses as hypotheses_pages
from services.groupement.pages.vues import vocabulaire
from shared.ops.context import ServiceContext
from shared.web.app import create_app as creer


def create_app(context: ServiceContext) -> Flask:
    app = creer(
        context,
        pages=[
            accueil.pages,
            achats_pages.pages,
            conduite.pages,
            consolidation.pages,
            lots.pages,
            adhesion.pages,
            hypotheses_pages.pages,
            appels.pages,
            besoins.pages,
            besoins_suivi.pages,
            tableur.pages,
            recensement.pages,
            flux.pages,
            relances.pages,
            execution.pages,
            parts.pages,
            pilotage.pages,
            livraisons.pages,
            conventions.pages,
            convention.pages,
            sejours.pages,
            conduite_convention.pages,
            organisations.pages,
            programmation.pages,
            opportunites.pages,
            insertion.pages,
            evaluations.pages,
            innovation.pages,
            historique.pages,
        ],
        api=[
            evenements.api,
            achats.api,
            hypotheses_api.api,
            lots_api.api,
            commandes.api,
            execution_api.api,
            opportunites_api.api,
            conventions_api.api,
            historique_api.api,
            insertion_api.api,
            simulations.api,
        ],
        package="services.groupement",
        jetons=jetons_de(context),
    )
    places = max(1, context.settings.web_threads // 2)
    app.extensions[flux.CLE] = Guetteur(context.transactions, places)
    app.jinja_env.globals.update(vocabulaire())
    return app
