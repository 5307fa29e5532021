"""Places of execution: a French département or commune, by its INSEE code.

The directory is the Code officiel géographique 2026 (INSEE, Licence Ouverte).
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

from shared.kernel.textes import normaliser

DONNEES = Path(__file__).parent / "donnees" / "lieux.csv"
_CODE = re.compile(r"(?:\d{2}|2[AB]|9[78]\d)|(?:\d{2}|2[AB])\d{3}")
_ENTRE_PARENTHESES = re.compile(r"\(([0-9AB]{2,5})\)$")
_OUTRE_MER = ("97", "98")


def departement_de(code: str) -> str:
    """Département of a commune code; three digits overseas."""
    return code[:3] if code.startswith(_OUTRE_MER) else code[:2]


def est_departement(code: str) -> bool:
    return code == departement_de(code)


@dataclass(frozen=True, slots=True)
class Lieux:
    """The directory of places, by code and by name."""

    noms: Mapping[str, str]
    codes: Mapping[str, str]

    @classmethod
    def depuis(cls, lignes: Iterable[tuple[str, str]]) -> Self:
        """Build from (code, name), départements first: they win over communes of the same name.

        A name that several communes share finds none of them.
        """
        noms = dict(lignes)
        codes: dict[str, str] = {}
        ambigus: set[str] = set()
        for code, nom in noms.items():
            cle = normaliser(nom)
            if cle in codes and not est_departement(codes[cle]):
                ambigus.add(cle)
            codes.setdefault(cle, code)
        return cls(noms, {cle: code for cle, code in codes.items() if cle not in ambigus})

    def connait(self, code: str) -> bool:
        return code in self.noms

    def trouver(self, saisie: str) -> str | None:
        """Code of a place typed as « 07 », « 07019 », « Aubenas » or « Aubenas (07019) »."""
        texte = saisie.strip()
        entre_parentheses = _ENTRE_PARENTHESES.search(texte)
        code = (entre_parentheses[1] if entre_parentheses else texte).upper()
        if _CODE.fullmatch(code) and code in self.noms:
            return code
        return self.codes.get(normaliser(texte))

    def nom(self, code: str) -> str:
        """Name of a place; what is not in the directory is shown as it was written."""
        return self.noms.get(code, code)

    def complet(self, code: str) -> str:
        """Name followed by the code: « Aubenas (07019) »."""
        return f"{self.noms[code]} ({code})" if code in self.noms else code


@cache
def annuaire() -> Lieux:
    """The directory shipped with the platform, read once."""
    with DONNEES.open(encoding="utf-8", newline="") as fichier:
        lignes = csv.reader(fichier)
        next(lignes)
        return Lieux.depuis((code, nom) for code, nom in lignes)
