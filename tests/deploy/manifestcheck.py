"""What schemas do not see in rendered manifests: names that must meet, and rules of hardening.

`check(documents, secrets=…)` returns one sentence per fault; no cluster is needed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Doc = Mapping[str, Any]
API_VERSIONS = {
    "ConfigMap": "v1",
    "Deployment": "apps/v1",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "Service": "v1",
    "ServiceAccount": "v1",
}
_LABEL = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?")
_FACTORS = {
    "": 1, "m": Decimal("0.001"), "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12,
    "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40,
}  # fmt: skip
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_LOCKED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True}


@dataclass(frozen=True)
class Pod:
    """The pod template of a workload, with what is needed to name it in a fault."""

    where: str
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def ports(self) -> dict[str, int]:
        return {p["name"]: p["containerPort"] for c in self.containers for p in c.get("ports", [])}

    def has(self, labels: Mapping[str, str]) -> bool:
        return labels.items() <= self.labels.items()


def check(documents: Sequence[Doc], *, secrets: frozenset[str]) -> list[str]:
    """Every fault found, in the order of the documents."""
    pods = [_pod(d) for d in documents if d["kind"] == "Deployment"]
    names = {(d["kind"], d["metadata"]["name"]) for d in documents}
    faults = [f for d in documents for f in _of_any(d)]
    for document in documents:
        where = _where(document)
        special = {
            "Deployment": _selector,
            "Service": lambda d: _service(d, pods),
            "PodDisruptionBudget": lambda d: _budget(d, pods),
            "NetworkPolicy": lambda d: _policy(d, pods),
            "Ingress": lambda d: _ingress(d, documents),
        }.get(document["kind"])
        faults += [f"{where} : {fault}" for fault in (special(document) if special else ())]
    for pod in pods:
        faults += [f"{pod.where} : {fault}" for fault in _of_pod(pod, names, secrets)]
    return faults


def _where(document: Doc) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def _pod(document: Doc) -> Pod:
    template = document["spec"]["template"]
    return Pod(_where(document), template["metadata"]["labels"], template["spec"])


def _of_any(document: Doc) -> Iterator[str]:
    where, expected = _where(document), API_VERSIONS.get(document["kind"])
    if document["apiVersion"] != expected:
        yield f"{where} : apiVersion {document['apiVersion']}, attendu {expected}"
    for name, value in _labels(document):
        if not isinstance(value, str) or not _LABEL.fullmatch(value):
            yield f"{where} : étiquette {name}={value!r} invalide"


def _labels(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in {"labels", "matchLabels"}:
                yield from value.items()
            yield from _labels(value)
    elif isinstance(node, list):
        for item in node:
            yield from _labels(item)


def _selector(document: Doc) -> Iterator[str]:
    wanted = document["spec"]["selector"]["matchLabels"]
    if not _pod(document).has(wanted):
        yield f"le sélecteur {wanted} ne désigne pas ses propres pods"


def _service(document: Doc, pods: Sequence[Pod]) -> Iterator[str]:
    chosen = [p for p in pods if p.has(document["spec"]["selector"])]
    if not chosen:
        yield "ne désigne aucun pod"
    for port in document["spec"]["ports"]:
        target = port.get("targetPort", port["port"])
        if any(target not in {*p.ports, *p.ports.values()} for p in chosen):
            yield f"targetPort {target} inconnu des pods"


def _budget(document: Doc, pods: Sequence[Pod]) -> Iterator[str]:
    spec = document["spec"]
    if ("minAvailable" in spec) == ("maxUnavailable" in spec):
        yield "il faut minAvailable ou maxUnavailable, pas les deux"
    if not any(p.has(spec["selector"]["matchLabels"]) for p in pods):
        yield "ne protège aucun pod"


def _policy(document: Doc, pods: Sequence[Pod]) -> Iterator[str]:
    spec = document["spec"]
    chosen = [p for p in pods if p.has(spec["podSelector"].get("matchLabels", {}))]
    if not chosen:
        yield "ne s’applique à aucun pod"
    for direction in ("ingress", "egress"):
        for port in (p for rule in spec.get(direction, []) for p in rule.get("ports", [])):
            name = port["port"]
            if not isinstance(name, str):
                continue
            if not _PORT_NAME.fullmatch(name):
                yield f"nom de port {name!r} invalide"
            elif direction == "ingress" and all(name not in p.ports for p in chosen):
                yield f"port {name} inconnu des pods"


def _ingress(document: Doc, documents: Sequence[Doc]) -> Iterator[str]:
    services = {d["metadata"]["name"]: d for d in documents if d["kind"] == "Service"}
    for rule in document["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            backend = path["backend"]["service"]
            target = services.get(backend["name"])
            if target is None:
                yield f"{path['path']} mène à {backend['name']}, qui n’existe pas"
            elif backend["port"].get("name") not in {p["name"] for p in target["spec"]["ports"]}:
                yield f"{path['path']} : port inconnu de {backend['name']}"


def _of_pod(pod: Pod, names: set[tuple[str, str]], secrets: frozenset[str]) -> Iterator[str]:
    yield from _hardening(pod)
    yield from _references(pod, names, secrets)
    volumes = {v["name"] for v in pod.spec.get("volumes", [])}
    known = [c["name"] for c in pod.containers]
    for name in {n for n in known if known.count(n) > 1}:
        yield f"conteneur {name} en double"
    for container in pod.containers:
        label = container["name"]
        for mount in container.get("volumeMounts", []):
            if mount["name"] not in volumes:
                yield f"{label} : volume {mount['name']} absent"
        yield from (f"{label} : {fault}" for fault in _resources(container))
        if container in pod.spec["containers"]:
            yield from (f"{label} : {fault}" for fault in _probes(container))
        if ":" not in container["image"] or container["image"].endswith(":latest"):
            yield f"{label} : image sans version"


def _hardening(pod: Pod) -> Iterator[str]:
    spec = pod.spec
    for flag in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(flag):
            yield f"{flag} est interdit"
    security = spec.get("securityContext", {})
    if not security.get("runAsNonRoot"):
        yield "runAsNonRoot manque"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "seccompProfile RuntimeDefault manque"
    if {"runAsUser", "runAsGroup", "fsGroup"} & set(security):
        yield "un UID ou GID imposé gêne OpenShift"
    if spec.get("automountServiceAccountToken") is not False:
        yield "le jeton du compte de service ne doit pas être monté"
    for container in pod.containers:
        yield from _locking(container)


def _locking(container: Mapping[str, Any]) -> Iterator[str]:
    own = container.get("securityContext", {})
    for key, wanted in _LOCKED.items():
        if own.get(key) is not wanted:
            yield f"{container['name']} : {key} doit valoir {str(wanted).lower()}"
    if own.get("capabilities", {}).get("drop") != ["ALL"]:
        yield f"{container['name']} : capabilities.drop doit être [ALL]"


def _references(pod: Pod, names: set[tuple[str, str]], secrets: frozenset[str]) -> Iterator[str]:
    if ("ServiceAccount", pod.spec.get("serviceAccountName", "")) not in names:
        yield "compte de service absent"
    for container in pod.containers:
        for source in container.get("envFrom", []):
            name = source["configMapRef"]["name"]
            if ("ConfigMap", name) not in names:
                yield f"{container['name']} : ConfigMap {name} absente"
    for volume in pod.spec.get("volumes", []):
        for source in volume.get("projected", {}).get("sources", []):
            if source["secret"]["name"] not in secrets:
                yield f"secret {source['secret']['name']} non documenté"


def _resources(container: Mapping[str, Any]) -> Iterator[str]:
    requests = container.get("resources", {}).get("requests", {})
    limits = container.get("resources", {}).get("limits", {})
    if not {"cpu", "memory"} <= set(requests) or "memory" not in limits:
        yield "demandes de cpu et de mémoire et limite de mémoire obligatoires"
    for text in [*requests.values(), *limits.values()]:
        if _amount(text) is None:
            yield f"quantité {text!r} invalide"
    for name in set(requests) & set(limits):
        asked, limit = _amount(requests[name]), _amount(limits[name])
        if asked is not None and limit is not None and asked > limit:
            yield f"{name} : demande supérieure à la limite"


def _amount(text: Any) -> Decimal | None:
    found = _QUANTITY.fullmatch(str(text))
    return Decimal(found[1]) * _FACTORS[found[2] or ""] if found else None


def _probes(container: Mapping[str, Any]) -> Iterator[str]:
    ports = {p["name"]: p["containerPort"] for p in container.get("ports", [])}
    for probe in _PROBES:
        if probe not in container:
            yield f"{probe} manque"
        elif container[probe]["httpGet"]["port"] not in {*ports, *ports.values()}:
            yield f"{probe} : port {container[probe]['httpGet']['port']} inconnu"
