"""The web face of publication: the single window at `/`, its API, the instance's own pages."""

from flask import Flask

from services.publication.api.avis import api
from services.publication.pages import consultations, flux, programmation, public, suites
from shared.ops.context import ServiceContext
from shared.web import login
from shared.web import pages as instance
from shared.web.app import create_app as creer


def create_app(context: ServiceContext) -> Flask:
    """Build the application; this service also holds `/connexion` and the legal pages."""
    return creer(
        context,
        pages=[
            public.pages,
            flux.pages,
            programmation.pages,
            consultations.pages,
            suites.pages,
            login.blueprint(context),
            instance.blueprint(context),
        ],
        api=[api],
        package="services.publication",
    )
