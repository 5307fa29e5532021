"""The purchase's journal in words: each recorded action as a person reads it."""

from collections.abc import Callable, Mapping
from typing import Any

from services.groupement.domain import journal_convention, journal_execution
from services.groupement.domain.achats import LIBELLES, EtatAchat

ACTIONS: Mapping[str, str] = {
    "achat.cree": "Achat créé",
    "achat.article": "Article décrit",
    "achat.consolide": "Besoins consolidés",
    "achat.opportunite": "Achat né d’une opportunité de grouper",
    "achat.perimetre_fige": "Périmètre des membres figé",
    "achat.quotas_ouverts": "Parts des membres ouvertes",
    "decoupage.applique": "Lots redécoupés",
    "besoins.valides": "Besoins validés par leur membre",
    "recensement.prolonge": "Recensement prolongé\u00a0: minimum non atteint",
    "recensement.relance": "Membres en attente relancés",
    "recensement.repondu": "Réponse d’un membre",
    "insertion.clause_fixee": "Clause d’insertion fixée",
    "insertion.heures_declarees": "Heures d’insertion déclarées",
    "insertion.heures_validees": "Heures d’insertion validées",
    "insertion.heures_ecartees": "Heures d’insertion écartées",
    "evaluation.ouverte": "Évaluation du marché ouverte",
    "evaluation.notee": "Notes d’un membre sur le marché",
    "evaluation.transmise": "Évaluation transmise à l’entreprise",
    "evaluation.repondue": "Réponse de l’entreprise à l’évaluation",
    "evaluation.dispensee": "Marché dispensé d’évaluation",
    "innovation.signalee": "Qualification du marché au titre de l’innovation",
}


def phrase(action: str, details: Mapping[str, Any]) -> str:
    """Say an action with what matters of it."""
    if action in journal_convention.CONVENTION:
        return journal_convention.phrase(action, details)
    if action == "achat.etat":
        texte = f"Passage à «\u00a0{LIBELLES[EtatAchat(details['vers'])]}\u00a0»"
        return f"{texte}\u00a0: {details['motif']}" if details.get("motif") else texte
    if action in journal_execution.PHRASES:
        return journal_execution.phrase(action, details)
    texte = ACTIONS.get(action, action)
    if action == "recensement.repondu":
        sens = "participe" if details["reponse"] == "PARTICIPE" else "ne participe pas"
        return f"{details['membre']['nom']} {sens}"
    if action in _PRECISIONS:
        return f"{texte}\u00a0: {_PRECISIONS[action](details)}"
    return texte


_PRECISIONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "achat.article": lambda details: details["code"],
    "decoupage.applique": lambda details: f"{details['lots']} en tout. {details['motif']}",
}
