"""The follow-up of a call for needs: members × families, as levels that print without colour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.montant import Montant


class Reponse(StrEnum):
    """What a member answered to the call; silence at the deadline means out (D3)."""

    PARTICIPE = "PARTICIPE"
    DECLINE = "DECLINE"
    SILENCE = "SILENCE"


LIBELLES_REPONSE: Mapping[Reponse, str] = {
    Reponse.PARTICIPE: "Participe",
    Reponse.DECLINE: "Ne participe pas",
    Reponse.SILENCE: "Sans réponse\u00a0: hors de l’achat",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One cell: the estimated amount, or why there is none."""

    montant: Montant
    attendu: bool
    consulte: bool

    @property
    def en_attente(self) -> bool:
        return self.consulte and self.attendu


@dataclass(frozen=True, slots=True)
class Carte:
    """Members in rows, families in columns."""

    membres: tuple[tuple[str, str], ...]
    familles: tuple[str, ...]
    cases: Mapping[tuple[str, str], Case]

    def total(self, famille: str) -> Montant:
        return Montant.somme(self.cases[siret, famille].montant for siret, _ in self.membres)

    def total_membre(self, siret: str) -> Montant:
        return Montant.somme(self.cases[siret, famille].montant for famille in self.familles)

    @property
    def montant(self) -> Montant:
        return Montant.somme(case.montant for case in self.cases.values())

    @property
    def maxi(self) -> Montant:
        """Amount of the darkest cell: levels are relative to it."""
        return max((case.montant for case in self.cases.values()), default=Montant.zero())

    @property
    def attendus(self) -> int:
        return sum(case.consulte for case in self.cases.values())

    @property
    def recus(self) -> int:
        return sum(case.consulte and not case.attendu for case in self.cases.values())


@dataclass(frozen=True, slots=True)
class Situation:
    """What one member said about the purchases of one family."""

    siret: str
    famille: str
    montant: Montant
    repondu: bool


def dresser(
    membres: Iterable[tuple[str, str]], familles: Iterable[str], situations: Iterable[Situation]
) -> Carte:
    """Lay every situation in its cell; a family waits until each call is answered."""
    membres, familles = tuple(membres), tuple(familles)
    vues: dict[tuple[str, str], list[Situation]] = {}
    for situation in situations:
        vues.setdefault((situation.siret, situation.famille), []).append(situation)
    cases = {
        (siret, famille): Case(
            Montant.somme(s.montant for s in vues.get((siret, famille), [])),
            any(not s.repondu for s in vues.get((siret, famille), [])),
            (siret, famille) in vues,
        )
        for siret, _ in membres
        for famille in familles
    }
    return Carte(membres, familles, cases)
