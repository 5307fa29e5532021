"""The catalogue as an AsyncAPI 3.0 document, for those who plug their own software in."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.catalogue import Catalogue, Contract

ENTREE = "essaim.entrant"
SORTIE = "essaim.sortant"
VERSION = "1.0.0"

_ENTETES: dict[str, tuple[str, str]] = {
    "ce-specversion": ("1.0", "Version de CloudEvents, toujours 1.0"),
    "ce-id": ("0198a3c0-0000-7000-8000-000000000001", "UUID de l’événement, jamais réutilisé"),
    "ce-source": ("urn:siret:90070001400013:groupement", "Qui parle : SIRET et service"),
    "ce-type": ("groupement.besoin.declare.v1", "Type et version, comme la clé de routage"),
    "ce-time": ("2026-03-02T08:00:00Z", "Instant du fait, en UTC"),
    "ce-subject": ("0198a3c0-0000-7000-8000-000000000002", "L’objet dont on parle"),
    "ce-sequence": ("3", "Version de l’objet : 1, 2, 3… sans trou"),
    "ce-correlationid": ("0198a3c0-0000-7000-8000-000000000003", "Le même pour tout un flux"),
    "ce-causationid": ("0198a3c0-0000-7000-8000-000000000004", "L’événement qui a causé celui-ci"),
    "ce-traceparent": ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Trace W3C"),
    "ce-destinataire": ("90070002200016", "SIRET du membre à qui la réponse est due"),
}
_OBLIGATOIRES = ["ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time"]


def document(catalogue: Catalogue) -> dict[str, Any]:
    """Describe every event seen from the platform: what it sends, what it receives."""
    contrats = sorted(catalogue, key=lambda c: c.type)
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {
            "rabbitmq": {
                "host": "localhost:5672",
                "protocol": "amqp",
                "protocolVersion": "0-9-1",
                "description": "Le RabbitMQ de l’instance ; AMQPS hors de la machine.",
            }
        },
        "channels": _canaux(contrats),
        "operations": {_nom_operation(c): _operation(c, contrats) for c in contrats},
        "components": {
            "messages": {c.type: _message(c) for c in contrats},
            "schemas": {"enveloppe": _enveloppe()},
            "correlationIds": {"flux": {"location": "$message.header#/ce-correlationid"}},
        },
    }


def _info() -> dict[str, Any]:
    return {
        "title": "Essaim, contrats d’événements",
        "version": VERSION,
        "description": (
            "Enveloppe CloudEvents 1.0 en mode binaire (en-têtes « ce- ») ; corps JSON ; montants "
            "et quantités en texte décimal. Dans une version, un champ peut s’ajouter, jamais "
            "disparaître : ignorez les champs inconnus."
        ),
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    }


def _canaux(contrats: list[Contract]) -> dict[str, Any]:
    canaux = {c.type: _canal(c) for c in contrats if c.sens != "reponse"}
    reponses = [c for c in contrats if c.sens == "reponse"]
    canaux[SORTIE] = {
        "address": "{siret}",
        "title": "Réponses à un membre",
        "description": f"File « {SORTIE}.<SIRET> », liée par le SIRET du membre.",
        "parameters": {"siret": {"description": "SIRET du membre, 14 chiffres"}},
        "messages": {c.type: _ref(f"components/messages/{c.type}") for c in reponses},
        "bindings": _liaison(SORTIE),
    }
    return canaux


def _canal(contrat: Contract) -> dict[str, Any]:
    echange = ENTREE if contrat.sens == "demande" else f"{contrat.emitter}.events"
    return {
        "address": contrat.type,
        "summary": contrat.resume,
        "messages": {contrat.type: _ref(f"components/messages/{contrat.type}")},
        "bindings": _liaison(echange),
    }


def _liaison(echange: str) -> dict[str, Any]:
    return {
        "amqp": {
            "is": "routingKey",
            "exchange": {"name": echange, "type": "topic", "durable": True, "autoDelete": False},
            "bindingVersion": "0.3.0",
        }
    }


def _nom_operation(contrat: Contract) -> str:
    verbe = "recevoir" if contrat.sens == "demande" else "emettre"
    return f"{verbe}.{contrat.type}"


def _operation(contrat: Contract, contrats: list[Contract]) -> dict[str, Any]:
    canal = SORTIE if contrat.sens == "reponse" else contrat.type
    operation: dict[str, Any] = {
        "action": "receive" if contrat.sens == "demande" else "send",
        "channel": _ref(f"channels/{canal}"),
        "summary": contrat.resume,
        "messages": [_ref(f"channels/{canal}/messages/{contrat.type}")],
        "x-abonnes": list(contrat.listeners),
    }
    if contrat.sens == "demande":
        operation["reply"] = {
            "channel": _ref(f"channels/{SORTIE}"),
            "messages": [
                _ref(f"channels/{SORTIE}/messages/{r.type}")
                for r in contrats
                if r.sens == "reponse" and _famille(r) == _famille(contrat)
            ],
        }
    return operation


def _famille(contrat: Contract) -> str:
    """`membre.besoin.declare.v1` and `membre.besoin.refusee.v1` are one conversation."""
    return contrat.type.split(".")[1]


def _message(contrat: Contract) -> dict[str, Any]:
    return {
        "name": contrat.type,
        "title": contrat.resume,
        "contentType": "application/json",
        "headers": _ref("components/schemas/enveloppe"),
        "payload": _sans_dialecte(contrat.schema),
        "correlationId": _ref("components/correlationIds/flux"),
        "examples": [{"name": "exemple", "payload": dict(contrat.sample)}],
    }


def _sans_dialecte(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords in use mean the same in AsyncAPI's own dialect."""
    return {cle: valeur for cle, valeur in schema.items() if cle != "$schema"}


def _enveloppe() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Attributs CloudEvents 1.0, tous en texte.",
        "properties": {
            nom: {"type": "string", "description": sens, "examples": [exemple]}
            for nom, (exemple, sens) in _ENTETES.items()
        },
        "required": _OBLIGATOIRES,
    }


def _ref(chemin: str) -> dict[str, str]:
    return {"$ref": f"#/{chemin}"}
