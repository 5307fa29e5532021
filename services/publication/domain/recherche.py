"""What one may ask of the list of notices, and how words are compared.

Every criterion is a conjunction: adding one can only keep or shrink the result.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.kernel.textes import normaliser

MOTS_MAX = 12


class Etat(StrEnum):
    """Which notices are listed by their stage."""

    OUVERTS = "ouverts"
    CLOS = "clos"
    TOUS = "tous"


class Tri(StrEnum):
    """Order of the results."""

    RECENTS = "recents"
    CLOTURE = "cloture"
    MONTANT = "montant"
    PERTINENCE = "pertinence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteres:
    """A search. Dates are Paris days, both included; an amount left out matches nothing else."""

    q: str = ""
    cpv: str = ""
    lieu: str = ""
    acheteur: str = ""
    natures: tuple[Nature, ...] = ()
    montant_min: Montant | None = None
    montant_max: Montant | None = None
    cloture_du: dt.date | None = None
    cloture_au: dt.date | None = None
    etat: Etat = Etat.OUVERTS
    groupes: bool = False
    tri: Tri = Tri.RECENTS

    @property
    def mots(self) -> tuple[str, ...]:
        return mots(self.q)


def mots(texte: str) -> tuple[str, ...]:
    """Distinct words of a search, in order; beyond a dozen they add nothing but time."""
    return tuple(dict.fromkeys(normaliser(texte).split()))[:MOTS_MAX]
