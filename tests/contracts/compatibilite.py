"""What breaks somebody when a contract changes within its version.

A fact or an answer is read by others: whatever they may rely on must stay. A request is written by
others: whatever they send today must still be accepted.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_STRUCTURE = {"$schema", "properties", "required", "items", "description"}


def ruptures(sens: str, avant: Mapping[str, Any], apres: Mapping[str, Any]) -> list[str]:
    """Name every field whose change breaks a reader (or, for a request, a writer)."""
    return list(_ruptures(sens, avant, apres, "données"))


def _ruptures(
    sens: str, avant: Mapping[str, Any], apres: Mapping[str, Any], nom: str
) -> Iterator[str]:
    contraintes = (avant.keys() | apres.keys()) - _STRUCTURE
    if any(avant.get(c) != apres.get(c) for c in contraintes):
        yield f"{nom} : contrainte changée"
    anciens, nouveaux = set(avant.get("required", ())), set(apres.get("required", ()))
    if sens == "demande":
        yield from (f"{nom}.{c} : devient obligatoire" for c in sorted(nouveaux - anciens))
    else:
        yield from (f"{nom}.{c} : n’est plus assuré" for c in sorted(anciens - nouveaux))
    champs = apres.get("properties", {})
    for champ, schema in avant.get("properties", {}).items():
        if champ not in champs:
            yield f"{nom}.{champ} : disparaît"
        else:
            yield from _ruptures(sens, schema, champs[champ], f"{nom}.{champ}")
    if "items" in avant:
        yield from _ruptures(sens, avant["items"], apres.get("items", {}), f"{nom}[]")
