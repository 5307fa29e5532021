"""The body of a request at the door, as OpenAPI describes it: one shape per event of a member."""

from typing import Any

from services.groupement.domain.acces import DEMANDES
from shared.contracts import catalogue

TEXTE = {"type": "string", "minLength": 1}


def corps_des_demandes() -> dict[str, Any]:
    """`requestBody` of the door, from the contracts themselves."""
    formes = [_enveloppe(type_) for type_ in DEMANDES]
    exemples = {type_: {"value": _exemple(type_)} for type_ in DEMANDES}
    contenu = {"schema": {"oneOf": formes}, "examples": exemples}
    return {"required": True, "content": {"application/cloudevents+json": contenu}}


def _enveloppe(type_: str) -> dict[str, Any]:
    """A structured CloudEvent; extensions travel as strings."""
    donnees = {k: v for k, v in catalogue.load().get(type_).schema.items() if k != "$schema"}
    proprietes = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "format": "uuid"},
        "source": {"type": "string", "pattern": r"^urn:siret:[0-9]{14}:[A-Za-z0-9._-]{1,64}$"},
        "type": {"const": type_},
        "time": {"type": "string", "format": "date-time"},
        "subject": TEXTE,
        "sequence": {"type": "string", "pattern": "^[0-9]{1,9}$"},
        "datacontenttype": {"const": "application/json"},
        "data": donnees,
    }
    return {
        "type": "object",
        "properties": proprietes,
        "required": ["specversion", "id", "source", "type", "time", "data"],
        "additionalProperties": {"type": "string"},
    }


def _exemple(type_: str) -> dict[str, Any]:
    contrat = catalogue.load().get(type_)
    return {
        "specversion": "1.0",
        "id": "0198a3c0-0000-7000-8000-000000000014",
        "source": "urn:siret:90070002200016:finances",
        "type": type_,
        "time": "2026-03-02T08:00:00Z",
        "data": dict(contrat.sample),
    }
