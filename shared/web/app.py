"""The application factory: every service's web face is built here, in the same order."""

import datetime as dt
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask
from flask_smorest import Blueprint as ApiBlueprint
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from shared.ops import health
from shared.ops.context import ServiceContext
from shared.web import (
    access,
    csrf,
    entetes,
    gabarits,
    i18n,
    mesures,
    problems,
    statique,
    theme,
    trace,
)
from shared.web import (
    api as api_web,
)

ICI: Final = Path(__file__).parent
ENVOI_MAX: Final = 12 * 1024 * 1024
DUREE_SESSION: Final = dt.timedelta(hours=12)


def create_app(
    context: ServiceContext,
    *,
    pages: Sequence[Blueprint],
    api: Sequence[ApiBlueprint],
    package: str,
    jetons: access.Jetons | None = None,
) -> Flask:
    """Build the web application of one service.

    `package` is the service's import name: its `templates/` come before the kit's. `jetons`
    resolves a bearer token of the API to its holder. Raise `AccesNonDeclare` when a view does not
    say who may call it, `ValidationError` when the instance's accent cannot be read.
    """
    accent = theme.verifier_accent(context.settings.accent or theme.ACCENT)
    dossier = _dossier(package)
    app = Flask(package, static_folder=None)
    app.extensions["essaim"] = context
    _configurer(app, context, dossier)
    for installer in (trace.installer, mesures.installer, problems.installer):
        installer(app)
    i18n.installer(app, dossier)
    access.installer(app, jetons)
    csrf.installer(app)
    entetes.installer(app, https=context.settings.public_url.startswith("https:"))
    statique.installer(app, accent)
    gabarits.installer(app, context)
    _monter_sante(app, context)
    for blueprint in pages:
        app.register_blueprint(blueprint)
    api_web.installer(app, context.settings.service, api)
    access.verifier_declarations(app)
    return app


def _dossier(package: str) -> Path:
    specification = importlib.util.find_spec(package)
    if specification is None or specification.origin is None:
        raise ImportError(f"Paquet introuvable : {package}")
    return Path(specification.origin).parent


def _configurer(app: Flask, context: ServiceContext, dossier: Path) -> None:
    app.secret_key = context.settings.secret_key
    app.config.update(
        SESSION_COOKIE_NAME="essaim_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=context.settings.public_url.startswith("https:"),
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=DUREE_SESSION,
        MAX_CONTENT_LENGTH=ENVOI_MAX,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        PROPAGATE_EXCEPTIONS=False,
    )
    if context.settings.proxys > 0:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=context.settings.proxys, x_proto=0, x_host=0
        )
    app.jinja_loader = ChoiceLoader(
        [FileSystemLoader(racine / "templates") for racine in (dossier, ICI)]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.undefined = StrictUndefined


def _monter_sante(app: Flask, context: ServiceContext) -> None:
    """Mount the probes; they are open, and name no route of the service."""
    sante = health.blueprint(context)
    app.register_blueprint(sante)
    for endpoint in list(app.view_functions):
        if endpoint.startswith(f"{sante.name}."):
            access.ouvrir(app, endpoint)
