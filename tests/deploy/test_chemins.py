"""Ingress, compose and the single process agree on which service answers which path."""

import re
from pathlib import Path

import pytest
import yaml
from flask import Flask

from services import wsgi
from services.plateforme import SERVICES
from shared.ops.service import Service

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def apps() -> dict[str, Flask]:
    """The real applications; building them opens no connection."""
    return {name: Service(name).create_app(Service(name).context("api")) for name in SERVICES}


@pytest.fixture(scope="module")
def elsewhere(apps: dict[str, Flask]) -> dict[str, str]:
    """Paths that do not belong to the service of the root."""
    return {f"/{path}": s for path, s in wsgi.owners(apps).items() if s != wsgi.ROOT}


def test_the_ingress_sends_each_path_to_its_service(elsewhere: dict[str, str]):
    for file in (ROOT / "deploy" / "k8s" / "overlays").glob("*/ingress.yaml"):
        ingress = yaml.safe_load(file.read_text())
        paths = ingress["spec"]["rules"][0]["http"]["paths"]
        sent = {p["path"]: p["backend"]["service"]["name"].removesuffix("-api") for p in paths}
        assert sent == {"/": wsgi.ROOT, **elsewhere}


def test_compose_sends_each_path_to_its_service(elsewhere: dict[str, str]):
    text = (ROOT / "deploy" / "compose" / "nginx.conf").read_text()
    sent = dict(re.findall(r"location (/\w*) \{ proxy_pass http://(\w+)-api:8000; \}", text))
    assert sent == {"/": wsgi.ROOT, **elsewhere}


def test_two_services_may_not_claim_the_same_path():
    apps = {name: Flask(name, static_folder=None) for name in ("publication", "paiement")}
    for app in apps.values():
        app.add_url_rule("/factures/<numero>", "facture", lambda numero: numero)
    with pytest.raises(ValueError, match="/factures"):
        wsgi.owners(apps)


def test_one_process_answers_for_all(apps: dict[str, Flask]):
    composite = wsgi.create()
    for path, service in {
        "/": "publication",
        "/groupement/achats": "groupement",
        "/groupements": "publication",
        "/paiement": "paiement",
        "/alertes/nouvelle": "notification",
    }.items():
        chosen = composite.choisir(path)
        assert isinstance(chosen, Flask)
        assert chosen.import_name == f"services.{service}"
    assert not isinstance(composite.choisir("/metrics"), Flask)
