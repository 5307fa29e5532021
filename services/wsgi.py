"""The four web applications behind one address, each by the paths that it declares."""

from collections.abc import Iterator

from flask import Flask

from services.plateforme import SERVICES
from shared.ops import health
from shared.ops.health import Probes
from shared.ops.service import Service
from shared.web.composite import Composite

ROOT = "publication"
_COMMON = ("kit.", "sante.")


def create() -> Composite:
    """Build the four applications; `publication` answers every path that nobody else claims."""
    services = [Service(name) for name in SERVICES]
    contexts = [service.context("api") for service in services]
    apps = {s.name: s.create_app(c) for s, c in zip(services, contexts, strict=True)}
    probes = health.wsgi(Probes("plateforme", ready=health.database_checks(contexts)))
    routes = {f"/{segment}": apps[name] for segment, name in owners(apps).items() if name != ROOT}
    return Composite(apps[ROOT], {**routes, **dict.fromkeys(health.PATHS, probes)})


def owners(apps: dict[str, Flask]) -> dict[str, str]:
    """First segment of the path → the only service that serves it; raise if two claim it."""
    claimed: dict[str, str] = {}
    for name, app in apps.items():
        for segment in set(_segments(app)):
            if claimed.setdefault(segment, name) != name:
                raise ValueError(f"/{segment} est servi par {claimed[segment]} et par {name}.")
    return claimed


def _segments(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        first = rule.rule.split("/")[1]
        if first and not first.startswith("<") and not rule.endpoint.startswith(_COMMON):
            yield first
