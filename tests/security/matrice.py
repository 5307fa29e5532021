"""Reads `docs/securite/matrice.toml`: who may call what, and when."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MATRICE = Path(__file__).parents[2] / "docs" / "securite" / "matrice.toml"


class Portee(StrEnum):
    """Whose rows a route serves, among those who hold one of its roles."""

    OUVERTE = "ouverte"
    ROLE = "role"
    GROUPEMENT = "groupement"
    CONDUITE = "conduite"
    RESERVEE = "reservee"
    TITULAIRE = "titulaire"
    ORGANISATION = "organisation"
    PARTIES = "parties"
    SUIVIE = "suivie"
    LIEN = "lien"


@dataclass(frozen=True, slots=True)
class Route:
    """One address and method; `etats` are the states of the purchase in which a POST succeeds."""

    methode: str
    chemin: str
    roles: frozenset[str]
    portee: Portee
    etats: frozenset[str] | None

    def __str__(self) -> str:
        return f"{self.methode} {self.chemin}"

    @property
    def api(self) -> bool:
        return "/api/v" in self.chemin


def lire(service: str) -> Iterator[Route]:
    """Every route of a service, one per method."""
    for entree in tomllib.loads(MATRICE.read_text())[service]:
        for methode in entree["methodes"]:
            etats = entree.get("etats") if methode == "POST" else None
            yield Route(
                methode,
                entree["chemin"],
                frozenset(entree["roles"]),
                Portee(entree["portee"]),
                frozenset(etats) if etats is not None else None,
            )
