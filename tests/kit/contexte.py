"""Contexts, settings and logged-in clients for the tests."""

import importlib
from typing import Any

from flask.testing import FlaskClient

from shared.ops import demo
from shared.ops.context import ServiceContext
from shared.ops.settings import Settings


def settings_for(service: str, database_url: str, **overrides: Any) -> Settings:
    """The service's own settings with every default, on a test database."""
    module = importlib.import_module(f"services.{service}.settings")
    environ = {f"DATABASE_URL_{service.upper()}": database_url, **overrides}
    settings: Settings = module.SETTINGS.from_env(service, environ)
    return settings


def client_for(context: ServiceContext, persona: str | None) -> FlaskClient:
    """A client of the service's real app; `persona` is an id of `shared.ops.demo.PERSONAS`."""
    module = importlib.import_module(f"services.{context.settings.service}.app")
    client: FlaskClient = module.create_app(context).test_client()
    if persona:
        with client.session_transaction() as session:
            session.update(demo.PERSONAS[persona].en_session())
    return client
