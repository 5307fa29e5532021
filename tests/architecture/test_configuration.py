"""Every variable is documented, and every service starts from an empty environment."""

import importlib

import pytest

from shared.ops.settings import Settings
from tests.architecture.imports import ROOT, SERVICES


def settings_of(service: str) -> type[Settings]:
    module = importlib.import_module(f"services.{service}.settings")
    found: type[Settings] = module.SETTINGS
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_from_an_empty_environment(service: str):
    settings = settings_of(service).from_env(service, {})
    assert settings.service == service
    assert settings.env == "demo"


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_is_documented(service: str):
    text = (ROOT / "docs" / "exploitation" / "configuration.md").read_text(encoding="utf-8")
    declared = settings_of(service).__dataclass_fields__.values()
    names = {f.metadata["name"] for f in declared if "name" in f.metadata}
    assert {name for name in names if name not in text} == set()
