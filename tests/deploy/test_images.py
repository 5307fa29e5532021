"""Dockerfile and compose.yaml: linted, and in step with what the project really is."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.ops.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SERVICES = ("publication", "groupement", "paiement", "notification")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_dockerfile_is_clean():
    done = subprocess.run(
        [BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_image_runs_as_a_numeric_user_under_tini():
    assert re.search(r"^USER \d+$", DOCKERFILE, re.MULTILINE)
    assert 'ENTRYPOINT ["/usr/bin/tini"' in DOCKERFILE


def test_what_the_image_copies_is_let_through():
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    copied = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    assert {path.split("/")[0] for path in copied} <= let_through


def test_the_image_sets_known_variables_only():
    known = {f.metadata["name"] for f in Settings.__dataclass_fields__.values() if f.metadata}
    block = DOCKERFILE[DOCKERFILE.rindex("ENV SERVICE") : DOCKERFILE.index("USER 10001")]
    names = set(re.findall(r"([A-Z_]+)=", block))
    python = {"SERVICE", "PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert names - python <= known


@pytest.mark.parametrize("tool", ["compose.yaml", "deploy"])
def test_yaml_is_clean(tool: str):
    done = subprocess.run(
        [BIN / "yamllint", "--strict", tool], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_compose_runs_both_processes_of_each_service(service: str):
    api, worker = (COMPOSE["services"][f"{service}-{role}"] for role in ("api", "worker"))
    assert worker["command"] == ["worker"]
    assert "command" not in api
    assert api["image"] == worker["image"] == f"essaim-{service}"
    assert COMPOSE["services"][f"{service}-migrate"]["build"]["args"] == {"SERVICE": service}
    for part in (api, worker):
        wanted = part["depends_on"][f"{service}-migrate"]
        assert wanted == {"condition": "service_completed_successfully"}


def test_compose_depends_on_services_that_exist():
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert (
                (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
            )


@pytest.mark.parametrize("service", SERVICES)
def test_the_environment_of_compose_is_readable(service: str):
    environ = COMPOSE["services"][f"{service}-api"]["environment"]
    settings = Settings.from_env(service, environ)
    assert settings.database_url == f"postgresql+psycopg2://{service}:{service}@postgres/{service}"
    assert settings.amqp_url
    assert (
        f"CREATE DATABASE {service} OWNER {service};"
        in (ROOT / "deploy" / "compose" / "bases.sql").read_text()
    )
