"""The web face of notification: alerts for everybody, the journal for the ops team."""

from flask import Flask

from services.notification.api.routes import api
from services.notification.pages import presentation
from services.notification.pages.alertes import alertes
from services.notification.pages.journal import journal
from services.notification.pages.messages import messages
from shared.ops.context import ServiceContext
from shared.web.app import create_app as build


def create_app(context: ServiceContext) -> Flask:
    app = build(
        context,
        pages=[alertes, journal, messages],
        api=[api],
        package="services.notification",
    )
    presentation.installer(app)
    return app
