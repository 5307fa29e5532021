"""The evaluation of a contract at its end: members mark, the firm receives and may reply (K1)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.clock import PARIS
from shared.kernel.errors import ConflictError, ValidationError

CRITERES = ("Délais", "Qualité", "Relation", "Facturation", "Insertion", "Environnement")
"""Proposed criteria; each convention may have its own."""
PREAVIS = dt.timedelta(days=30)
REPONSE_SOUS = dt.timedelta(days=30)
NOTE_MAX = 5
NOTES = (
    (1, "1 – très insuffisant"),
    (2, "2 – insuffisant"),
    (3, "3 – passable"),
    (4, "4 – bon"),
    (5, "5 – très bon"),
)


class EtatEvaluation(StrEnum):
    """Where an evaluation stands."""

    OUVERTE = "OUVERTE"
    TRANSMISE = "TRANSMISE"
    REPONDUE = "REPONDUE"
    DISPENSEE = "DISPENSEE"


LIBELLES: Mapping[EtatEvaluation, str] = MappingProxyType(
    {
        EtatEvaluation.OUVERTE: "Notes attendues",
        EtatEvaluation.TRANSMISE: "Transmise à l’entreprise",
        EtatEvaluation.REPONDUE: "L’entreprise a répondu",
        EtatEvaluation.DISPENSEE: "Dispense motivée",
    }
)
FAITES = frozenset({EtatEvaluation.TRANSMISE, EtatEvaluation.REPONDUE, EtatEvaluation.DISPENSEE})
"""States in which the contract may be closed."""

_SUIVANTS: Mapping[EtatEvaluation, frozenset[EtatEvaluation]] = MappingProxyType(
    {
        EtatEvaluation.OUVERTE: frozenset({EtatEvaluation.TRANSMISE, EtatEvaluation.DISPENSEE}),
        EtatEvaluation.TRANSMISE: frozenset({EtatEvaluation.REPONDUE}),
    }
)


def franchir(depuis: EtatEvaluation, vers: EtatEvaluation) -> EtatEvaluation:
    """Take one step, or refuse it naming both states."""
    if vers not in _SUIVANTS.get(depuis, frozenset()):
        raise ConflictError(
            f"Une évaluation «\u00a0{LIBELLES[depuis]}\u00a0» ne peut pas devenir "
            f"«\u00a0{LIBELLES[vers]}\u00a0».",
            code="transition_interdite",
        )
    return vers


def ouverture(fin_du_marche: dt.date) -> dt.datetime:
    """When the evaluation opens by itself: thirty days before the end, at midnight in Paris."""
    return dt.datetime.combine(fin_du_marche - PREAVIS, dt.time(), tzinfo=PARIS)


def lire_criteres(texte: str) -> tuple[str, ...]:
    """One criterion per line, each once."""
    criteres = tuple(dict.fromkeys(filter(None, map(str.strip, texte.splitlines()))))
    faute = ""
    if not criteres:
        faute = "Écrivez au moins un critère."
    elif len(criteres) > 12:
        faute = "Douze critères au plus."
    elif any(len(critere) > 60 for critere in criteres):
        faute = "60 caractères au plus par critère."
    if faute:
        raise ValidationError(faute, code="criteres_invalides", champs={"criteres": faute})
    return criteres


def verifier_notes(criteres: Sequence[str], notes: Mapping[str, int]) -> None:
    """Every criterion has its mark from 1 to 5, and nothing else has one."""
    fautes = {
        f"note_{rang}": f"{critere}\u00a0: choisissez une note de 1 à 5."
        for rang, critere in enumerate(criteres)
        if not 1 <= notes.get(critere, 0) <= NOTE_MAX
    }
    if fautes or notes.keys() - set(criteres):
        raise ValidationError(
            "Donnez une note de 1 à 5 à chaque critère.", code="notes_invalides", champs=fautes
        )


def exiger_ouverte(etat: EtatEvaluation) -> None:
    """Marks may change until they are told to the firm."""
    if etat is not EtatEvaluation.OUVERTE:
        raise ConflictError(
            "Cette évaluation n’est plus ouverte\u00a0: les notes ne changent plus.",
            code="evaluation_fermee",
        )


def exiger_a_commande(siret: str, ayant_commande: Iterable[str]) -> None:
    """Those who ordered know how the contract was carried out."""
    if siret not in set(ayant_commande):
        raise ConflictError(
            "Seuls les membres qui ont commandé sur ce marché l’évaluent.",
            code="sans_commande",
        )


def exiger_des_notes(nombre: int) -> None:
    """An evaluation without any mark says nothing to the firm."""
    if not nombre:
        raise ConflictError(
            "Aucun membre n’a encore donné ses notes. Relancez-les, ou motivez une dispense.",
            code="evaluation_sans_note",
        )


def exiger_dans_le_delai(transmise_le: dt.datetime, maintenant: dt.datetime) -> None:
    """The firm has thirty days to reply."""
    if maintenant > transmise_le + REPONSE_SOUS:
        raise ConflictError(
            "Le délai de réponse de 30 jours est écoulé. Écrivez au coordonnateur.",
            code="delai_de_reponse_passe",
        )


@dataclass(frozen=True, slots=True)
class Moyenne:
    """Mean of the marks of a criterion, to the tenth, and how many there are."""

    critere: str
    valeur: Decimal | None
    nombre: int


def moyenne(critere: str, notes: Iterable[int]) -> Moyenne:
    liste = list(notes)
    if not liste:
        return Moyenne(critere, None, 0)
    exacte = Decimal(sum(liste)) / len(liste)
    return Moyenne(critere, exacte.quantize(Decimal("0.1"), ROUND_HALF_UP), len(liste))
