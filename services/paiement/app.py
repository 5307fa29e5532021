"""The web face of paiement: invoices, contracts, cards, parameters."""

from flask import Flask

from services.paiement.api.jetons import jetons_de
from services.paiement.api.routes import api
from services.paiement.pages import cartes, depot, factures, gestes, marches, parametres
from shared.ops.context import ServiceContext
from shared.web.app import create_app as creer


def create_app(context: ServiceContext) -> Flask:
    """Build the application; `/paiement/factures/deposer` is matched before any gesture."""
    return creer(
        context,
        pages=[
            factures.pages,
            depot.pages,
            gestes.pages,
            marches.pages,
            cartes.pages,
            parametres.pages,
        ],
        api=[api],
        package="services.paiement",
        jetons=jetons_de(context),
    )
