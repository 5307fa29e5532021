"""Probes: what each says when well, when ill, and where the measures may be read."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from shared.db.migrate import SchemaOutOfDate
from shared.ops import health
from shared.ops.health import OK, Check, Probes
from shared.ops.version import VERSION


def failing(error: Exception) -> Callable[[], str]:
    def run() -> str:
        raise error

    return run


WELL = Check("base", lambda: OK)
AWAY = Check("base", failing(OperationalError("SELECT 1", {}, Exception("refusé"))))
LATE = Check("base", failing(SchemaOutOfDate("schéma en 0001, attendu 0002")))


def test_alive_depends_on_nothing_outside():
    probes = Probes("groupement", ready=[AWAY])
    assert probes.answer("/livez").status == 200
    assert probes.answer("/readyz").status == 503


def test_health_details_what_is_well():
    answer = Probes("groupement", ready=[WELL]).answer("/health")
    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(answer.body)["verifications"] == {"base": "ok"}


@pytest.mark.parametrize(
    ("check", "said"), [(AWAY, "ne répond pas"), (LATE, "schéma en 0001, attendu 0002")]
)
def test_health_is_a_problem_document_when_something_is_wrong(check: Check, said: str):
    answer = Probes("groupement", ready=[check]).answer("/health")
    body = json.loads(answer.body)
    assert (answer.status, answer.content_type) == (503, "application/problem+json")
    assert body["type"] == "urn:essaim:probleme:indisponible"
    assert said in body["detail"]


def test_an_unexpected_failure_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        Probes("x", ready=[Check("bug", failing(ZeroDivisionError()))]).answer("/readyz")


def test_a_stuck_worker_is_not_alive():
    probes = Probes("x", live=[Check("boucles", lambda: "sans signe de vie : relais")], ready=[])
    answer = probes.answer("/livez")
    assert (answer.status, answer.body) == (503, b"boucles\n")


def wsgi(path: str) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    application = health.wsgi(Probes("x", ready=[WELL]))
    body = application({"PATH_INFO": path}, lambda status, headers: told.extend([status, headers]))
    return told[0], dict(told[1]), b"".join(body)


def test_the_wsgi_face_answers_the_four_paths_only():
    for path in health.PATHS:
        assert wsgi(path)[0] == "200 OK"
    status, headers, body = wsgi("/autre")
    assert status == "404 Not Found"
    assert headers["Content-Length"] == str(len(body))


def test_measures_tell_the_version():
    text = Probes("x", ready=[]).answer("/metrics").body.decode()
    assert f'essaim_build_info{{version="{VERSION}"}} 1.0' in text


@pytest.mark.parametrize(("production", "status"), [(False, 200), (True, 404)])
def test_the_public_port_shows_no_measures_in_production(production: bool, status: int):
    settings = SimpleNamespace(service="groupement", production=production)
    app = Flask("essai")
    app.register_blueprint(health.blueprint(SimpleNamespace(settings=settings, database=None)))
    client = app.test_client()
    assert client.get("/metrics").status_code == status
    assert client.get("/livez").status_code == 200
