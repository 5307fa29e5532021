"""What the coordinator chooses of minimums before consolidating, and what it has seen."""

import datetime as dt
from collections.abc import Mapping

from services.groupement.domain.consolidation import Decisions
from services.groupement.domain.lignes import Decision
from services.groupement.domain.mesures import Cle
from services.groupement.usecases.consolider import Vu

MAX_DECISIONS = 500


def lire_decisions(saisie: Mapping[str, str]) -> Decisions:
    """`decision-3` goes with `article-3` and `lieu-3`; a line without a choice is left out."""
    lues: dict[Cle, Decision] = {}
    for rang in range(MAX_DECISIONS):
        choix = saisie.get(f"decision-{rang}")
        if choix in set(Decision):
            cle = (saisie.get(f"article-{rang}", ""), saisie.get(f"lieu-{rang}", ""))
            lues[cle] = Decision(choix)
    return lues


def lire_vu(saisie: Mapping[str, str]) -> Vu:
    """What the page showed, and when."""
    try:
        le = dt.datetime.fromisoformat(saisie.get("vu_le", ""))
    except ValueError:
        le = None
    return Vu(saisie.get("empreinte", ""), le if le and le.tzinfo else None)
