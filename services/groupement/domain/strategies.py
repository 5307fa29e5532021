"""The four ways to share whole quanta between keys, each share with its figures and its reason."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import partial
from itertools import groupby

from services.groupement.domain.empreintes import decimale
from services.groupement.domain.quanta import sobre
from shared.kernel.repartition import ESPACE, FINE, expliquer, nombre
from shared.kernel.repartition import Part as Calcul


class Strategie(StrEnum):
    """How a total is shared; pro rata is the neutral default between public bodies."""

    PRORATA = "PRORATA"
    PRIORITE = "PRIORITE"
    PLANCHER = "PLANCHER"
    MANUELLE = "MANUELLE"


LIBELLES: Mapping[Strategie, str] = {
    Strategie.PRORATA: "Au prorata des demandes",
    Strategie.PRIORITE: "Par classes de priorité, puis au prorata",
    Strategie.PLANCHER: "Un plancher pour chacun, puis au prorata",
    Strategie.MANUELLE: "Parts fixées à la main, avec un motif",
}


@dataclass(frozen=True, slots=True)
class Demande:
    """What one key asks or weighs; a strategy reads only its own figures.

    `classe`: 1 is served first (PRIORITE). `plancher`: served before the rest (PLANCHER).
    `quantite`: the figure that was decided (MANUELLE).
    """

    cle: str
    poids: Decimal
    classe: int = 1
    plancher: Decimal = Decimal()
    quantite: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one key gets, the figures behind it, and the sentence that says them.

    `exacte` is the share before any rounding, `plancher` what it holds of whole quanta, `rang` the
    place of its remainder and `bonus` the quantum that this place earned. The sentence is written
    only when somebody reads it.
    """

    cle: str
    poids: Decimal
    quantite: Decimal
    exacte: Fraction
    plancher: Decimal
    reste: Fraction
    rang: int
    bonus: Decimal
    dire: Callable[[], str] = field(compare=False, repr=False)

    @property
    def motif(self) -> str:
        return self.dire()

    @property
    def exact(self) -> str:
        """The exact share in digits, 28 significant ones when it never ends."""
        return decimale(self.exacte)


@dataclass(frozen=True, slots=True)
class Partage:
    total: Decimal
    quantum: Decimal
    parts: tuple[Demande, ...]
    motif: str
    unite: str

    def pas(self, valeur: Decimal) -> int:
        """Number of whole quanta in a multiple of the quantum."""
        return int(Fraction(valeur) / Fraction(self.quantum))

    def tombe_juste(self, valeur: Decimal) -> bool:
        return (Fraction(valeur) / Fraction(self.quantum)).denominator == 1

    def quantite(self, pas: int) -> Decimal:
        return sobre(pas * self.quantum)

    def partager(self, pas: int, poids: Sequence[tuple[str, Decimal]]) -> list[Part]:
        """Share a number of quanta by the largest remainder."""
        return [self._part(calcul) for calcul in expliquer(pas, poids).values()]

    def _part(self, calcul: Calcul) -> Part:
        pas = Fraction(self.quantum)
        return Part(
            cle=calcul.cle,
            poids=calcul.poids,
            quantite=self.quantite(calcul.part),
            exacte=calcul.exacte * pas,
            plancher=self.quantite(calcul.plancher),
            reste=calcul.reste * pas,
            rang=calcul.rang,
            bonus=self.quantite(calcul.bonus),
            dire=partial(self._phrase, calcul),
        )

    def _phrase(self, calcul: Calcul) -> str:
        a_partager = nombre(self.quantite(calcul.total))
        unite = f"{ESPACE}{self.unite}" if self.unite else ""
        exacte = nombre(calcul.exacte * Fraction(self.quantum))
        return (
            f"{nombre(calcul.poids)} sur {nombre(calcul.somme)}{ESPACE}: la part exacte de "
            f"{a_partager}{unite} est {exacte}{self._arrondi(calcul)}{FINE}; "
            f"part{ESPACE}: {nombre(self.quantite(calcul.part))}."
        )

    def _arrondi(self, calcul: Calcul) -> str:
        if not calcul.reste:
            return ", sans reste"
        rang = "le plus fort reste" if calcul.rang == 1 else f"le {calcul.rang}ᵉ plus fort reste"
        pas = "une unité" if self.quantum == 1 else f"un pas de {nombre(self.quantum)}"
        nie = "d’unité" if self.quantum == 1 else f"de pas de {nombre(self.quantum)}"
        effet = f"donne {pas} de plus" if calcul.bonus else f"ne donne pas {nie} de plus"
        return f"{FINE}; {rang} ({nombre(calcul.reste * Fraction(self.quantum))}) {effet}"


def _prorata(partage: Partage) -> list[Part]:
    return partage.partager(partage.pas(partage.total), [(d.cle, d.poids) for d in partage.parts])


def _priorite(partage: Partage) -> list[Part]:
    """Serve the classes in order, each up to what it asks; pro rata inside the one that lacks."""
    reste = partage.pas(partage.total)
    faites: list[Part] = []
    rangees = sorted(partage.parts, key=lambda d: (d.classe, d.cle))
    for classe, groupe in groupby(rangees, key=lambda d: d.classe):
        poids = [(d.cle, d.poids) for d in groupe]
        servi = min(reste, sum(partage.pas(p) for _, p in poids))
        entete = _entete(classe, partage, reste, premiere=not faites)
        faites += [_precedee(entete, part) for part in partage.partager(servi, poids)]
        reste -= servi
    return faites


def _precedee(entete: str, part: Part) -> Part:
    return replace(part, dire=lambda: f"{entete} {part.motif}")


def _entete(classe: int, partage: Partage, reste: int, *, premiere: bool) -> str:
    if premiere:
        return f"Classe {classe}, servie la première."
    if not reste:
        return f"Classe {classe}{ESPACE}: il ne reste rien après les classes précédentes."
    disponible = nombre(partage.quantite(reste))
    return f"Classe {classe}{ESPACE}: il reste {disponible} après les classes précédentes."


def _plancher(partage: Partage) -> list[Part]:
    """Serve every floor, then the rest pro rata of what is still asked beyond it."""
    planchers = {d.cle: partage.pas(d.plancher) for d in partage.parts}
    reste = partage.pas(partage.total) - sum(planchers.values())
    if reste < 0:
        return _planchers_reduits(partage)
    au_dela = [(d.cle, d.poids - d.plancher) for d in partage.parts]
    poids = {d.cle: d.poids for d in partage.parts}
    return [
        _au_dessus(part, poids[part.cle], partage.quantite(planchers[part.cle]))
        for part in partage.partager(reste, au_dela)
    ]


def _au_dessus(part: Part, poids: Decimal, plancher: Decimal) -> Part:
    quantite = sobre(part.quantite + plancher)
    return replace(
        part,
        poids=poids,
        quantite=quantite,
        exacte=part.exacte + Fraction(plancher),
        plancher=sobre(part.plancher + plancher),
        dire=lambda: (
            f"Plancher{ESPACE}: {nombre(plancher)}. Au-delà, {part.motif} "
            f"En tout{ESPACE}: {nombre(quantite)}."
        ),
    )


def _planchers_reduits(partage: Partage) -> list[Part]:
    demandes = {d.cle: d.poids for d in partage.parts}
    planchers = [(d.cle, d.plancher) for d in partage.parts]
    somme = nombre(sum((p for _, p in planchers), Decimal()))
    entete = (
        f"La somme des planchers ({somme}) dépasse le total{ESPACE}: chacun est servi au prorata."
    )
    return [
        replace(_precedee(entete, part), poids=demandes[part.cle])
        for part in partage.partager(partage.pas(partage.total), planchers)
    ]


def _manuelle(partage: Partage) -> list[Part]:
    """Take the figures given; the computed share stays beside, so that the gap can be seen."""
    fixees = {d.cle: d.quantite or Decimal() for d in partage.parts}
    return [_fixee(part, fixees[part.cle], partage.motif) for part in _prorata(partage)]


def _fixee(part: Part, quantite: Decimal, motif: str) -> Part:
    return replace(
        part,
        quantite=sobre(quantite),
        dire=lambda: (
            f"Part fixée à la main{ESPACE}: {nombre(quantite)}. "
            f"Motif{ESPACE}: {motif.rstrip('.')}. "
            f"Le prorata aurait donné {nombre(part.quantite)}."
        ),
    )


STRATEGIES: Mapping[Strategie, Callable[[Partage], list[Part]]] = {
    Strategie.PRORATA: _prorata,
    Strategie.PRIORITE: _priorite,
    Strategie.PLANCHER: _plancher,
    Strategie.MANUELLE: _manuelle,
}
