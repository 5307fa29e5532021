"""How each bank lays out its statements: data in `*.toml`, one file per layout."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DOSSIER = Path(__file__).parent / "banques"
CANONIQUE = "essaim"


@dataclass(frozen=True, slots=True)
class Format:
    """One layout: `colonnes` gives, for each field, the heading that the bank writes.

    `genres` translates the values of the column `type`; without that column every row is an
    operation. `centimes` says that amounts are written as whole numbers of cents.
    """

    code: str
    nom: str
    encodage: str
    separateur: str
    date: str
    decimale: str
    centimes: bool
    colonnes: Mapping[str, str]
    genres: Mapping[str, str]
    niveaux: Mapping[str, str]


@cache
def formats() -> Mapping[str, Format]:
    """Every layout by its code, the canonical one first."""
    lus = [_lire(fichier) for fichier in sorted(DOSSIER.glob("*.toml"))]
    return {f.code: f for f in sorted(lus, key=lambda f: (f.code != CANONIQUE, f.nom))}


def _lire(fichier: Path) -> Format:
    lu = tomllib.loads(fichier.read_text(encoding="utf-8"))
    return Format(
        code=fichier.stem,
        nom=lu["nom"],
        encodage=lu.get("encodage", "utf-8"),
        separateur=lu.get("separateur", ";"),
        date=lu.get("date", "%Y-%m-%d"),
        decimale=lu.get("decimale", "."),
        centimes=lu.get("centimes", False),
        colonnes=lu["colonnes"],
        genres=lu.get("genres", {}),
        niveaux=lu["niveaux"],
    )
