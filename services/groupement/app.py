"""The web face of groupement: the group's pages and its API."""

from flask import Flask

from services.groupement.api import achats, commandes, evenements
from services.groupement.api.jetons import jetons_de
from shared.ops.context import ServiceContext
from shared.web.app import create_app as creer


def create_app(context: ServiceContext) -> Flask:
    return creer(
        context,
        pages=[],
        api=[evenements.api, achats.api, commandes.api],
        package="services.groupement",
        jetons=jetons_de(context),
    )
