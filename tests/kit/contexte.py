"""Contexts, settings and logged-in clients for the tests."""

import importlib
from typing import Any

from shared.ops.context import ServiceContext
from shared.ops.settings import Settings
from tests.kit.web import ClientWeb


def settings_for(service: str, database_url: str, **overrides: Any) -> Settings:
    """The service's own settings with every default, on a test database."""
    module = importlib.import_module(f"services.{service}.settings")
    environ = {f"DATABASE_URL_{service.upper()}": database_url, **overrides}
    settings: Settings = module.SETTINGS.from_env(service, environ)
    return settings


def client_for(context: ServiceContext, persona: str | None) -> ClientWeb:
    """A client of the service's real app; `persona` is an id of `shared.ops.demo.PERSONAS`."""
    module = importlib.import_module(f"services.{context.settings.service}.app")
    app = module.create_app(context)
    app.test_client_class = ClientWeb
    client: ClientWeb = app.test_client()
    return client.entrer(persona) if persona else client
