"""Documentation of the events, written from the contracts and never by hand."""

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

from shared.contracts import asyncapi
from shared.contracts.catalogue import Catalogue, Contract, load

CONTRATS = Path("docs") / "contrats.md"
ASYNCAPI = Path("docs") / "asyncapi.json"

_INTRODUCTION = """\
# Contrats d’événements

Ce document est produit par `essaim contrats` à partir de `shared/contracts/events/` ; ne le
modifiez pas à la main. La même chose pour les machines : [asyncapi.json](asyncapi.json).

Un événement dit un fait passé et porte tout ce que ses lecteurs doivent savoir : personne ne
rappelle l’émetteur. Il voyage en CloudEvents 1.0, mode binaire : les attributs sont des en-têtes
AMQP préfixés par `ce-`, le corps est du JSON. Chaque service émet sur son échange
`<service>.events`, avec le type pour clé de routage. Le logiciel d’un membre écrit ses demandes
sur `essaim.entrant` et lit les réponses dans sa file `essaim.sortant.<SIRET>`.

Dans une version (`.v1`), un champ peut s’ajouter, jamais disparaître ni changer de sens : un
lecteur ignore les champs qu’il ne connaît pas. Ce qui casse devient `.v2`, et les deux versions
sont émises pendant une livraison entière. Montants et quantités sont des textes décimaux, jamais
des nombres flottants ; les dates suivent ISO 8601, les instants sont en UTC.
"""
_EMETTEURS = {
    "membre": "Demandes du logiciel d’un membre",
    "reponse": "Réponses au logiciel d’un membre",
}
_FORMATS = {"uuid": "UUID", "date": "date", "date-time": "instant"}
_MOTIFS = {
    r"^\d{14}$": "SIRET",
    r"^\d{8}(-\d)?$": "code CPV",
    r"^-?\d+\.\d{2}$": "montant",
    r"^-?\d+(\.\d{1,6})?$": "quantité",
    r"^\d+(\.\d+)?$": "taux",
}
_TYPES = {
    "string": "texte",
    "integer": "entier",
    "boolean": "oui ou non",
    "object": "objet",
}
_PLURIELS = {"object": "liste d’objets", "string": "liste de textes", "integer": "liste d’entiers"}


def generer(racine: Path, *, verifier: bool = False) -> list[Path]:
    """Write the documents under `racine` and return those that were out of date.

    With `verifier`, nothing is written: the caller fails when the list is not empty.
    """
    perimes = []
    for chemin, texte in documents(load()).items():
        cible = racine / chemin
        if not cible.exists() or cible.read_text(encoding="utf-8") != texte:
            perimes.append(chemin)
            if not verifier:
                cible.parent.mkdir(parents=True, exist_ok=True)
                cible.write_text(texte, encoding="utf-8")
    return perimes


def documents(catalogue: Catalogue) -> dict[Path, str]:
    """Text of each generated document, by its path from the root of the project."""
    return {CONTRATS: markdown(catalogue), ASYNCAPI: _json(asyncapi.document(catalogue))}


def markdown(catalogue: Catalogue) -> str:
    """One chapter per emitter, one section per event."""
    contrats = sorted(catalogue, key=lambda c: (_chapitre(c), c.type))
    chapitres = [(nom, list(groupe)) for nom, groupe in groupby(contrats, _chapitre)]
    sommaire = "\n".join(
        f"- {_titre(nom)}\n" + "\n".join(f"  - [`{c.type}`](#{_ancre(c)})" for c in groupe)
        for nom, groupe in chapitres
    )
    corps = "\n".join(
        f"## {_titre(nom)}\n\n" + "\n".join(_section(c) for c in groupe)
        for nom, groupe in chapitres
    )
    return f"{_INTRODUCTION}\n## Sommaire\n\n{sommaire}\n\n{corps}"


def _chapitre(contrat: Contract) -> str:
    return "reponse" if contrat.sens == "reponse" else contrat.emitter


def _titre(chapitre: str) -> str:
    return _EMETTEURS.get(chapitre, f"Faits émis par {chapitre}")


def _ancre(contrat: Contract) -> str:
    return contrat.type.replace(".", "")


def _section(contrat: Contract) -> str:
    lignes = "\n".join(
        f"| `{nom}` | {type_} | {'oui' if exige else 'non'} | {precision} |"
        for nom, type_, exige, precision in champs(contrat.schema)
    )
    return (
        f"### {contrat.type}\n\n"
        f"{contrat.resume}\n\n"
        f"- Émetteur : {contrat.emitter}\n"
        f"- Sujet (`ce-subject`) : `{contrat.subject}`\n"
        f"- Abonnés : {', '.join(f'`{a}`' for a in contrat.listeners) or _sans_abonne(contrat)}\n\n"
        f"| champ | type | obligatoire | précision |\n|---|---|---|---|\n{lignes}\n\n"
        f"```json\n{_json(contrat.sample)}```\n"
    )


def _sans_abonne(contrat: Contract) -> str:
    return "le membre qui a demandé" if contrat.sens == "reponse" else "aucun"


def champs(schema: Mapping[str, Any], prefixe: str = "") -> Iterator[tuple[str, str, bool, str]]:
    """Every field, nested ones as `lots[].lignes[].article`: name, type, required, precision."""
    exiges = set(schema.get("required", ()))
    for nom, champ in schema.get("properties", {}).items():
        chemin = f"{prefixe}{nom}"
        yield chemin, _type(champ), nom in exiges, champ.get("description", "").replace("|", r"\|")
        if "items" in champ:
            yield from champs(champ["items"], f"{chemin}[].")
        yield from champs(champ, f"{chemin}.")


def _type(champ: Mapping[str, Any]) -> str:
    types = champ["type"] if isinstance(champ["type"], list) else [champ["type"]]
    noms = [_nom_du_type(champ, type_) for type_ in types if type_ != "null"]
    return " ou ".join([*noms, "vide"] if "null" in types else noms)


def _nom_du_type(champ: Mapping[str, Any], type_: str) -> str:
    if type_ == "array":
        return _PLURIELS.get(champ["items"]["type"], f"liste de {_type(champ['items'])}")
    precis = _FORMATS.get(champ.get("format", "")) or _MOTIFS.get(champ.get("pattern", ""))
    return precis if precis and type_ == "string" else _TYPES[type_]


def _json(contenu: Any) -> str:
    return json.dumps(contenu, ensure_ascii=False, indent=2) + "\n"
