"""The journal of a convention in words: its own life, and who came, signed and left."""

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

CONVENTION: Mapping[str, str] = MappingProxyType(
    {
        "convention.creee": "Projet de convention préparé",
        "convention.clauses": "Clauses modifiées",
        "convention.mise_en_signature": "Clauses soumises à signature",
        "convention.en_vigueur": "Entrée en vigueur le {le}",
        "convention.suspendue": "Convention suspendue\u00a0: {motif}",
        "convention.retablie": "Suspension levée",
        "convention.resiliee": "Convention résiliée\u00a0: {motif}",
        "convention.expiree": "Convention terminée le {le}",
        "adhesion.invitee": "{membre} est invité",
        "adhesion.enregistree": "Délibération enregistrée pour {membre}, effet le {effet_le}",
        "adhesion.signee": "{membre} signe, effet le {effet_le}",
        "adhesion.retrait_notifie": "{membre} notifie son retrait, effet le {effet_le}\u00a0: "
        "{motif}",
        "adhesion.retiree": "{membre} quitte le groupement le {le}",
    }
)


def phrase(action: str, details: Mapping[str, Any]) -> str:
    """Say an action with the member, the day and the reason that matter."""
    modele = CONVENTION.get(action)
    if modele is None:
        return action
    mots = {cle: _lire(valeur) for cle, valeur in details.items()}
    mots["membre"] = details.get("membre", {}).get("nom", "")
    return modele.format_map(mots)


def _lire(valeur: Any) -> str:
    """A day the French way; anything else as it is."""
    try:
        return f"{dt.date.fromisoformat(str(valeur)):%d/%m/%Y}"
    except ValueError:
        return str(valeur)
