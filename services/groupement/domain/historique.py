"""A member's history as one document: its seal, its merge with another, its sheets.

`contenu` is plain JSON. Lists are keyed by `id`: two histories of the same member merge by it, so
that a history taken over and exported again is the same history.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.kernel.errors import ConflictError, ValidationError

FORMAT = "essaim.historique/1"
LISTES = ("agents", "conventions", "achats", "previsions", "journal")
COMPLEMENTS: Mapping[str, str] = {
    "avis_evaluation": "Avis d’évaluation",
    "brouillon": "Brouillons de besoins",
    "definition_besoins": "Définition des besoins",
    "note_evaluation": "Notes d’évaluation",
    "part_frais": "Frais et remises partagés",
    "participation_lot": "Réponses par lot",
    "relance": "Relances reçues",
    "reponse_substitution": "Réponses aux substitutions",
    "transfert_quota": "Transferts de parts",
}
"""Sheets of the tables that name a member; any other one keeps its own name."""
Contenu = dict[str, Any]
Feuille = tuple[str, list[str], list[list[str]]]


def empreinte(contenu: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical content: keys sorted, no spaces, UTF-8."""
    canonique = json.dumps(contenu, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(canonique.encode()).hexdigest()}"


def exiger_intact(document: Mapping[str, Any]) -> None:
    """Refuse a document whose content is not the one that was sealed."""
    if empreinte(document["contenu"]) != document["empreinte"]:
        raise ValidationError(
            "Le contenu de cet historique a été modifié depuis son export\u00a0: son empreinte ne "
            "correspond pas. Demandez un nouvel export à l’instance d’origine.",
            code="empreinte_fausse",
        )
    if document["contenu"]["organisation"]["siret"] != document["membre"]["siret"]:
        raise ConflictError(
            "Le contenu de cet historique n’est pas celui du membre annoncé.",
            code="membre_incoherent",
        )


def fusionner(contenus: Sequence[Contenu]) -> Contenu:
    """One content out of several, the first ones first in case of doubt."""
    premier = contenus[0]
    fusion: Contenu = {"organisation": premier["organisation"]}
    for nom in LISTES:
        par_id: dict[str, Any] = {}
        for contenu in contenus:
            for element in contenu[nom]:
                par_id.setdefault(str(element["id"]), element)
        fusion[nom] = [par_id[cle] for cle in sorted(par_id)]
    fusion["complements"] = _complements(contenus)
    return fusion


def _complements(contenus: Sequence[Contenu]) -> dict[str, list[Any]]:
    """Other rows of the member, by table; a row that two histories hold counts once."""
    lignes: dict[str, dict[str, Any]] = {}
    for contenu in contenus:
        for table, siennes in contenu["complements"].items():
            connues = lignes.setdefault(table, {})
            for ligne in siennes:
                connues.setdefault(json.dumps(ligne, sort_keys=True), ligne)
    return {table: [siennes[cle] for cle in sorted(siennes)] for table, siennes in lignes.items()}


def sans_autrui(elements: Iterable[Any], autres: Iterable[str]) -> list[Any]:
    """Leave out what names another member by its SIRET."""
    interdits = tuple(autres)
    return [e for e in elements if not any(siret in json.dumps(e) for siret in interdits)]


def feuilles(contenu: Mapping[str, Any]) -> list[Feuille]:
    """The same content as sheets of a workbook; what is nested names what it belongs to."""
    achats = contenu["achats"]
    besoins = _enfants(achats, "besoins")
    quotas = _enfants(achats, "quotas")
    commandes = [c for quota in quotas for c in _enfants([quota], "commandes")]
    plates = (
        ("Organisation", [contenu["organisation"]]),
        ("Agents", contenu["agents"]),
        ("Conventions", contenu["conventions"]),
        ("Adhésions", _enfants(contenu["conventions"], "adhesions", "nom")),
        ("Achats", achats),
        ("Réponses", _enfants(achats, "participations")),
        ("Besoins", besoins),
        ("Mouvements", _enfants(besoins, "increments", "article")),
        ("Compositions", _enfants(achats, "compositions")),
        ("Parts", quotas),
        ("Commandes", commandes),
        ("Réceptions", _enfants(commandes, "receptions")),
        ("Paiements", _enfants(achats, "paiements")),
        ("Programmation", contenu["previsions"]),
        ("Journal", contenu["journal"]),
        *((COMPLEMENTS.get(n, n), lues) for n, lues in sorted(contenu["complements"].items())),
    )
    return [_feuille(nom, lignes) for nom, lignes in plates]


def _enfants(
    parents: Iterable[Mapping[str, Any]], nom: str, cle: str = "reference"
) -> list[dict[str, Any]]:
    return [
        {f"{cle} (origine)": parent.get(cle, ""), **enfant}
        for parent in parents
        for enfant in parent[nom]
    ]


def _feuille(nom: str, lignes: Sequence[Mapping[str, Any]]) -> Feuille:
    colonnes = list(
        dict.fromkeys(cle for n in lignes for cle, v in n.items() if not isinstance(v, list))
    )
    return nom, colonnes, [[_texte(ligne.get(cle)) for cle in colonnes] for ligne in lignes]


def _texte(valeur: Any) -> str:
    if valeur is None:
        return ""
    if isinstance(valeur, str):
        return valeur
    return json.dumps(valeur, ensure_ascii=False)
