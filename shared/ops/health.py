"""Probes: alive, ready, healthy, measured; for a web application and for a worker.

`/livez` depends on nothing outside the process. `/readyz` is for traffic: database and schema.
`/health` says the same with its details, as `application/problem+json` when something is wrong.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from json import dumps
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from shared.db import migrate
from shared.ops import metrics
from shared.ops.context import ServiceContext
from shared.ops.version import VERSION

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger("essaim.sante")
PATHS = ("/livez", "/readyz", "/health", "/metrics")
OK = "ok"


@dataclass(frozen=True, slots=True)
class Check:
    """`run` raises, or returns why this part is not well, or `OK`."""

    name: str
    run: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    content_type: str
    body: bytes


class Probes:
    """The four answers of one process; `live` and `ready` list what each depends on."""

    def __init__(self, name: str, *, ready: Sequence[Check], live: Sequence[Check] = ()) -> None:
        metrics.BUILD_INFO.labels(VERSION).set(1)
        self._name = name
        self._live = live
        self._ready = ready

    def answer(self, path: str) -> Answer:
        """Answer one of `PATHS`; 404 for any other."""
        match path:
            case "/livez":
                return self._short(self._live)
            case "/readyz":
                return self._short(self._ready)
            case "/health":
                return self._detailed()
            case "/metrics":
                return Answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(REGISTRY))
            case _:
                return _NOT_FOUND

    def _short(self, checks: Sequence[Check]) -> Answer:
        ill = [name for name, said in _run(checks).items() if said != OK]
        status = HTTPStatus.SERVICE_UNAVAILABLE if ill else HTTPStatus.OK
        return Answer(status, "text/plain; charset=utf-8", f"{', '.join(ill) or OK}\n".encode())

    def _detailed(self) -> Answer:
        checks = _run([*self._live, *self._ready])
        well = all(said == OK for said in checks.values())
        body: dict[str, Any] = {"service": self._name, "version": VERSION, "verifications": checks}
        if well:
            return _json(HTTPStatus.OK, "application/json", {"status": OK} | body)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        problem = {
            "type": "urn:essaim:probleme:indisponible",
            "title": "Service indisponible",
            "status": status.value,
            "detail": " ; ".join(f"{k} : {v}" for k, v in checks.items() if v != OK),
        }
        return _json(status, "application/problem+json", problem | body)


def _json(status: HTTPStatus, content_type: str, body: Mapping[str, Any]) -> Answer:
    return Answer(status, content_type, dumps(body, ensure_ascii=False).encode())


def _run(checks: Sequence[Check]) -> dict[str, str]:
    return {check.name: _one(check) for check in checks}


def _one(check: Check) -> str:
    try:
        return check.run()
    except migrate.SchemaOutOfDate as error:
        return str(error)
    except SQLAlchemyError as error:
        _log.warning("sonde %s : %s", check.name, error)
        return "la base de données ne répond pas"


def database_checks(contexts: Sequence[ServiceContext]) -> list[Check]:
    """One check per service: its database answers and holds the tables that this code expects."""
    return [Check(f"base-{c.settings.service}", _schema_check(c)) for c in contexts]


def _schema_check(context: ServiceContext) -> Callable[[], str]:
    """Once found, a schema never goes back: later calls only ask the database for an answer."""
    found: list[str] = []

    def run() -> str:
        if found:
            with context.database.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        else:
            migrate.check(context.database.engine, context.settings.service)
            found.append(OK)
        return OK

    return run


def blueprint(context: ServiceContext) -> Blueprint:
    """The probes of one service's web application: never the broker, the outbox absorbs it."""
    probes = Probes(context.settings.service, ready=database_checks([context]))
    routes = Blueprint("sante", __name__)
    public = (
        PATHS[:-1] if context.settings.production else PATHS
    )  # measures have a port of their own
    for path in public:
        routes.add_url_rule(path, path[1:], _view(probes, path))
    return routes


def _view(probes: Probes, path: str) -> Callable[[], Response]:
    def view() -> Response:
        answer = probes.answer(path)
        return Response(answer.body, answer.status, content_type=answer.content_type)

    return view


def wsgi(probes: Probes) -> Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]:
    """The same answers without Flask, for a worker or in front of several applications."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer = probes.answer(environ.get("PATH_INFO", ""))
        start_response(
            f"{answer.status.value} {answer.status.phrase}",
            [
                ("Content-Type", answer.content_type),
                ("Content-Length", str(len(answer.body))),
                ("Cache-Control", "no-store"),
            ],
        )
        return [answer.body]

    return application


_NOT_FOUND = Answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"inconnu\n")
