"""deploy/k8s: rendered, valid for several versions, coherent; and the checker sees mutants."""

import copy
import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.ops.settings import Settings
from tests.deploy.manifestcheck import check

ROOT = Path(__file__).resolve().parents[2]
K8S = ROOT / "deploy" / "k8s"
BIN = Path(sys.executable).parent
OVERLAYS = sorted(p.name for p in (K8S / "overlays").iterdir())
SERVICES = ("publication", "groupement", "paiement", "notification")
SECRETS = frozenset(
    ["essaim", *(f"essaim-{s}" for s in SERVICES), *(f"essaim-{s}-db-owner" for s in SERVICES)]
)
Docs = list[dict[str, Any]]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each overlay as one file of manifests."""
    folder = tmp_path_factory.mktemp("rendus")
    files = {}
    for name in OVERLAYS:
        done = subprocess.run(
            [BIN / "kubectl", "kustomize", K8S / "overlays" / name],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        files[name] = folder / f"{name}.yaml"
        files[name].write_text(done.stdout)
    return files


@pytest.fixture(scope="module")
def documents(rendered: dict[str, Path]) -> dict[str, Docs]:
    return {name: list(yaml.safe_load_all(path.read_text())) for name, path in rendered.items()}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("version", ["1.30", "1.33", "1.37"])
def test_schemas_are_respected(rendered: dict[str, Path], overlay: str, version: str):
    done = subprocess.run(
        [BIN / "kubernetes-validate", "-k", version, "--strict", rendered[overlay]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "find schema" not in done.stdout + done.stderr


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_manifests_are_coherent(documents: dict[str, Docs], overlay: str):
    assert check(documents[overlay], secrets=SECRETS) == []


def test_the_secrets_are_those_that_the_guide_asks_for():
    guide = (K8S / "README.md").read_text()
    for name in ("`essaim`", "`essaim-<service>`", "`essaim-<service>-db-owner`"):
        assert name in guide


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_configuration_is_one_that_production_accepts(
    documents: dict[str, Docs], overlay: str, tmp_path: Path
):
    """Only known variables, and with the secrets' files beside, `Settings` accepts them all."""
    (config,) = (d["data"] for d in documents[overlay] if d["kind"] == "ConfigMap")
    known = {
        field.metadata["name"]
        for service in SERVICES
        for field in settings_class(service).__dataclass_fields__.values()
        if field.metadata
    }
    assert set(config) <= known
    contents = {
        "database-url": "postgresql://h/b", "amqp-url": "amqp://h/v",
        "secret-key": "k" * 40, "smtp-url": "smtp://h",
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_text(content)
    for pod in (
        d["spec"]["template"]["spec"] for d in documents[overlay] if d["kind"] == "Deployment"
    ):
        for container in pod["containers"]:
            env = {e["name"]: tmp_path / Path(e["value"]).name for e in container["env"]}
            environ = {**config, **{name: str(path) for name, path in env.items()}}
            for service in SERVICES:
                assert settings_class(service).from_env(service, environ).production


def settings_class(service: str) -> type[Settings]:
    found: type[Settings] = importlib.import_module(f"services.{service}.settings").SETTINGS
    return found


def first(documents: Docs, kind: str, name: str = "") -> dict[str, Any]:
    return next(d for d in documents if d["kind"] == kind and d["metadata"]["name"].endswith(name))


def pod(documents: Docs) -> dict[str, Any]:
    spec: dict[str, Any] = first(documents, "Deployment", "-api")["spec"]["template"]["spec"]
    return spec


def container(documents: Docs) -> dict[str, Any]:
    found: dict[str, Any] = pod(documents)["containers"][0]
    return found


MUTANTS: dict[str, Callable[[Docs], Any]] = {
    "selector": lambda d: first(d, "Deployment")["spec"]["selector"]["matchLabels"].update(x="y"),
    "probe port": lambda d: container(d)["livenessProbe"]["httpGet"].update(port="web"),
    "probe removed": lambda d: container(d).pop("readinessProbe"),
    "quantity": lambda d: container(d)["resources"]["limits"].update(memory="384MB"),
    "target port": lambda d: first(d, "Service")["spec"]["ports"][0].update(targetPort="web"),
    "service without pods": lambda d: first(d, "Service")["spec"]["selector"].update(x="y"),
    "runs as root": lambda d: pod(d)["securityContext"].pop("runAsNonRoot"),
    "fixed uid": lambda d: pod(d)["securityContext"].update(runAsUser=10001),
    "label value": lambda d: first(d, "Service")["metadata"]["labels"].update(x="-non valide-"),
    "budget min and max": lambda d: first(d, "PodDisruptionBudget")["spec"].update(minAvailable=1),
    "budget without pods": lambda d: first(d, "PodDisruptionBudget")["spec"]["selector"].update(
        matchLabels={"x": "y"}
    ),
    "config map": lambda d: container(d)["envFrom"][0]["configMapRef"].update(name="absente"),
    "policy port": lambda d: first(d, "NetworkPolicy", "entree")["spec"]["ingress"][0].update(
        ports=[{"port": "HTTP_1"}]
    ),
    "policy unknown port": lambda d: first(d, "NetworkPolicy", "entree")["spec"]["ingress"][
        0
    ].update(ports=[{"port": "web"}]),
    "mount": lambda d: container(d)["volumeMounts"][0].update(name="absent"),
    "duplicate container": lambda d: pod(d)["containers"].append(container(d)),
    "escalation": lambda d: container(d)["securityContext"].update(allowPrivilegeEscalation=True),
    "writable root": lambda d: container(d)["securityContext"].pop("readOnlyRootFilesystem"),
    "capabilities": lambda d: container(d)["securityContext"].pop("capabilities"),
    "host network": lambda d: pod(d).update(hostNetwork=True),
    "request above limit": lambda d: container(d)["resources"]["requests"].update(memory="2Gi"),
    "no limit": lambda d: container(d)["resources"].pop("limits"),
    "removed api version": lambda d: first(d, "PodDisruptionBudget").update(
        apiVersion="policy/v1beta1"
    ),
    "ingress backend": lambda d: first(d, "Ingress")["spec"]["rules"][0]["http"]["paths"][0][
        "backend"
    ]["service"].update(name="absent"),
    "latest": lambda d: container(d).update(image="essaim:latest"),
    "service account": lambda d: pod(d).update(serviceAccountName="autre"),
    "secret": lambda d: pod(d)["volumes"][0]["projected"]["sources"][1]["secret"].update(
        name="secret-inconnu"
    ),
    "token": lambda d: pod(d).pop("automountServiceAccountToken"),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_checker_sees_a_mutant(documents: dict[str, Docs], mutant: str):
    changed = copy.deepcopy(documents["departement"])
    MUTANTS[mutant](changed)
    assert check(changed, secrets=SECRETS) != []
