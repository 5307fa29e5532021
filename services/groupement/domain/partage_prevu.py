"""How members agreed to share a delivery that falls short: classes with reasons, or floors.

The convention holds these figures, the engine applies them. A floor that is a share of what a
member waits for is rounded up to whole packs: rounding never breaks it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.groupement.domain.quanta import exposant, sobre
from services.groupement.domain.repartition import Regle
from services.groupement.domain.strategies import Strategie
from shared.kernel.repartition import ESPACE, FINE, nombre

CLASSE_MAX = 9


@dataclass(frozen=True, slots=True)
class Priorite:
    """The class of a member, 1 being served first, and why the others agree to it."""

    siret: str
    classe: int
    motif: str


@dataclass(frozen=True, slots=True)
class Plancher:
    """What each member gets first of an article: packs, or a percentage of what it waits for.

    Without an article, it holds for all those that no other floor names.
    """

    article: str = ""
    quantite: Decimal | None = None
    pourcentage: Decimal | None = None

    def pour(self, attendu: Decimal, pas: Decimal) -> Decimal:
        """The floor of a member, in whole steps, never above what it waits for."""
        exact = Fraction(attendu) * Fraction(self.pourcentage or 0) / 100
        voulu = exact if self.quantite is None else Fraction(self.quantite)
        return min(attendu, sobre(math.ceil(voulu / Fraction(pas)) * pas))

    @property
    def mesure(self) -> str:
        """« 2 conditionnements » or « 50 % de ce qu’il attend »."""
        if self.quantite is None:
            return f"{nombre(self.pourcentage or Decimal())}{ESPACE}% de ce qu’il attend"
        pluriel = "s" if self.quantite >= 2 else ""
        return f"{nombre(self.quantite)} conditionnement{pluriel}"


USUEL = Plancher(quantite=Decimal(1))
"""The floor of an article that no clause names."""


@dataclass(frozen=True, slots=True)
class PartagePrevu:
    """The strategy of a convention with its classes and floors."""

    strategie: Strategie = Strategie.PRORATA
    priorites: Sequence[Priorite] = ()
    planchers: Sequence[Plancher] = ()

    def plancher(self, article: str) -> Plancher:
        """The floor of an article: its own, else that of all articles, else one pack."""
        nommes = {p.article.casefold(): p for p in self.planchers}
        return nommes.get(article.casefold()) or nommes.get("") or USUEL

    def regle(self, article: str, attendus: Mapping[str, Decimal]) -> Regle:
        """The rule for one delivery, of an article that these members wait for."""
        if self.strategie is Strategie.PRIORITE:
            return self._par_classes(attendus)
        if self.strategie is Strategie.PLANCHER:
            return self._par_planchers(self.plancher(article), attendus)
        return Regle(self.strategie)

    def _par_classes(self, membres: Iterable[str]) -> Regle:
        rangs = {p.siret: p for p in self.priorites}
        return Regle(
            Strategie.PRIORITE,
            classes={p.siret: p.classe for p in self.priorites},
            raisons={
                siret: _raison(rangs[siret])
                if siret in rangs
                else "La convention ne vous donne pas de classe : vous êtes servi ensuite."
                for siret in membres
            },
        )

    def _par_planchers(self, plancher: Plancher, attendus: Mapping[str, Decimal]) -> Regle:
        pas = Decimal(1).scaleb(exposant(attendus.values()))
        dit = f"Plancher de la convention{ESPACE}: {plancher.mesure}."
        return Regle(
            Strategie.PLANCHER,
            planchers={siret: plancher.pour(x, pas) for siret, x in attendus.items()},
            raisons=dict.fromkeys(attendus, dit),
        )


def _raison(priorite: Priorite) -> str:
    motif = priorite.motif.strip().rstrip(".")
    return f"Votre classe dans la convention{ESPACE}: {priorite.classe}, {motif}."


def fautes(partage: PartagePrevu, membres: AbstractSet[str]) -> Iterable[tuple[str, str]]:
    """What does not hold in the classes and floors of a draft, by field."""
    if partage.strategie is Strategie.PRIORITE and not partage.priorites:
        yield "priorites", "Donnez une classe à un membre au moins, avec sa raison."
    if faute := _faute_de_classe(partage.priorites, membres):
        yield "priorites", faute
    if faute := _faute_de_plancher(partage.planchers):
        yield "planchers", faute


def _faute_de_classe(priorites: Sequence[Priorite], membres: AbstractSet[str]) -> str:
    sirets = [p.siret for p in priorites]
    if set(sirets) - membres or len(set(sirets)) != len(sirets):
        return "Chaque membre a une classe au plus."
    if any(not 1 <= p.classe <= CLASSE_MAX for p in priorites):
        return f"Les classes vont de 1 à {CLASSE_MAX}{FINE}; la première est servie d’abord."
    if any(not p.motif.strip() for p in priorites):
        return "Chaque classe donnée à un membre se motive."
    return ""


def _faute_de_plancher(planchers: Sequence[Plancher]) -> str:
    articles = [p.article.strip().casefold() for p in planchers]
    if len(set(articles)) != len(articles):
        return "Un article a un seul plancher."
    if any((p.quantite is None) == (p.pourcentage is None) for p in planchers):
        return "Un plancher est un nombre de conditionnements ou un pourcentage, l’un ou l’autre."
    if any(p.quantite is not None and p.quantite <= 0 for p in planchers):
        return "Un plancher est un nombre de conditionnements supérieur à zéro."
    if any(p.pourcentage is not None and not 0 < p.pourcentage <= 100 for p in planchers):
        return "Un plancher en pourcentage va de 0 à 100, zéro exclu."
    return ""
