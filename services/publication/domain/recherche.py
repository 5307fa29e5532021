"""What one may ask of the list of notices, and how words are compared.

Every criterion is a conjunction: adding one can only keep or shrink the result.
"""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_SEPARATEURS = re.compile(r"[^a-z0-9]+")
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


def normaliser(texte: str) -> str:
    """Lower case, no accent, words separated by one space: the form both sides are compared in.

    Done here rather than by a database extension, which a server may not offer.
    """
    plat = unicodedata.normalize("NFKD", texte.translate(_LIGATURES)).casefold()
    sans_accent = "".join(c for c in plat if not unicodedata.combining(c))
    return _SEPARATEURS.sub(" ", sans_accent).strip()


def mots(texte: str) -> tuple[str, ...]:
    """Distinct words of a search, in order; beyond a dozen they add nothing but time."""
    return tuple(dict.fromkeys(normaliser(texte).split()))[:MOTS_MAX]
