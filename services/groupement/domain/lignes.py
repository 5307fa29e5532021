"""One line of a lot: packs to order, minimum of the supplier, what tolerances complete.

A pack is ordered only for needs that are firm. What the last pack lacks is taken on the tolerances
of those who gave one, pro rata; what still remains belongs to nobody and is said so. Below the
minimum that a supplier accepts, nothing is decided in silence: see `Decision`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from services.groupement.domain.articles import Article
from services.groupement.domain.mesures import MICRO, Cumul, Mesure, micros, quantite
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from shared.kernel.repartition import ESPACE, nombre, plus_fort_reste


class Decision(StrEnum):
    """What the coordinator decides of a line below the supplier's minimum."""

    COMPLETER = "COMPLETER"
    MINIMUM = "MINIMUM"
    RETIRER = "RETIRER"


LIBELLES_DECISION: Mapping[str, str] = {
    Decision.COMPLETER: "Compléter par les tolérances des membres",
    Decision.MINIMUM: "Commander le minimum, le surplus n’étant affecté à personne",
    Decision.RETIRER: "Retirer la ligne de la consultation et prévenir les membres",
}


@dataclass(frozen=True, slots=True)
class Composition:
    """What one need brings to a line, in base units; `complement_base` fills the last pack."""

    besoin: str
    siret: str
    quantite_base: Decimal
    complement_base: Decimal


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line of a lot. Σ composition.quantite_base = quantite_base, exactly.

    `minimum` is the supplier's, in packs, when the firm needs do not reach it; `decision` is then
    what the coordinator chose, None as long as nothing is decided.
    """

    lot: int
    article: str
    designation: str
    lieu: str
    unite_base: str
    quantite_base: Decimal
    conditionnement: str
    quantite: Decimal
    complement_base: Decimal
    non_affecte_base: Decimal
    montant_ht: Montant
    besoins: int
    minimum: Decimal | None = None
    decision: Decision | None = None
    choix: tuple[Decision, ...] = ()
    composition: tuple[Composition, ...] = ()

    @property
    def a_decider(self) -> bool:
        return self.minimum is not None and self.decision is None

    @property
    def retiree(self) -> bool:
        return self.decision is Decision.RETIRER


def chiffrer(article: Article, lieu: str, cumul: Cumul, decision: Decision | None = None) -> Ligne:
    """Compute a line from the sums of its needs (its composition is left empty)."""
    paquets, achete = _acheter(article, cumul.ferme)
    sous = article.minimum is not None and paquets < article.minimum
    choix = _choix(article, cumul) if sous else ()
    retenue = _retenir(article, lieu, decision, choix)
    if retenue in {Decision.COMPLETER, Decision.MINIMUM} and article.minimum is not None:
        paquets, achete = article.minimum, _en_micros(article, article.minimum)
    manque = achete - cumul.ferme
    complement = min(manque, cumul.tolerance)
    return Ligne(
        lot=article.lot_a(lieu),
        article=article.code,
        designation=article.designation,
        lieu=lieu,
        unite_base=article.unite_base,
        quantite_base=quantite(cumul.ferme),
        conditionnement=article.conditionnement_achat,
        quantite=paquets,
        complement_base=quantite(complement),
        non_affecte_base=quantite(manque - complement),
        montant_ht=Montant(article.cout(quantite(achete))),
        besoins=cumul.besoins,
        minimum=article.minimum if sous else None,
        decision=retenue,
        choix=choix,
    )


def completer(complement: int, mesures: Sequence[Mesure]) -> dict[Mesure, int]:
    """Spread what is taken on the tolerances, pro rata, never beyond any of them."""
    if not complement:
        return {}
    tolerants = sorted(mesure for mesure in mesures if mesure.tolerance)
    pas = _pas(complement, tolerants)
    poids = [(f"{rang:09d}", mesure.tolerance) for rang, mesure in enumerate(tolerants)]
    parts = plus_fort_reste(complement // pas, poids)
    return {m: part * pas for m, part in zip(tolerants, parts.values(), strict=True)}


def composer(ligne: Ligne, mesures: Sequence[Mesure]) -> tuple[Composition, ...]:
    """What each need brings to the line, its share of the complement included."""
    complements = completer(micros(ligne.complement_base), mesures)
    return tuple(
        Composition(m.besoin, m.siret, quantite(m.ferme), quantite(complements.get(m, 0)))
        for m in mesures
    )


def _pas(complement: int, tolerants: Sequence[Mesure]) -> int:
    """The step of sharing: whole units, else the last useful decimal of the figures."""
    commun = math.gcd(complement, *(m.tolerance for m in tolerants))
    pas = MICRO
    while commun % pas:
        pas //= 10
    return pas


def _acheter(article: Article, ferme: int) -> tuple[Decimal, int]:
    """Packs to order for the firm needs, and what they hold."""
    if not article.par_paquets:
        return article.en_achat(quantite(ferme)), ferme
    contenance = article.micros_par_paquet
    if contenance.denominator == 1:
        paquets = -(-ferme // contenance.numerator)
        return Decimal(paquets), paquets * contenance.numerator
    arrondi = article.en_achat(quantite(ferme))
    return arrondi, _en_micros(article, arrondi)


def _en_micros(article: Article, paquets: Decimal) -> int:
    exact = Fraction(paquets) * article.micros_par_paquet
    if exact.denominator != 1:
        raise DomainError(
            f"{article.designation}{ESPACE}: {nombre(paquets)} {article.conditionnement_achat} ne "
            f"font pas un nombre exact de {article.unite_base}.",
            code="quantite_trop_precise",
            article=article.code,
        )
    return int(exact)


def _choix(article: Article, cumul: Cumul) -> tuple[Decision, ...]:
    """What may be decided: tolerances complete only if they reach the minimum together."""
    assez = cumul.ferme + cumul.tolerance >= _en_micros(article, article.minimum or Decimal())
    return (Decision.COMPLETER, Decision.RETIRER) if assez else (Decision.MINIMUM, Decision.RETIRER)


def _retenir(
    article: Article, lieu: str, decision: Decision | None, choix: Sequence[Decision]
) -> Decision | None:
    """Ignore a decision that the line does not call for; refuse one that it cannot bear."""
    if not choix or decision is None or decision in choix:
        return decision if choix else None
    raise DomainError(
        f"{article.designation}, {lieu}{ESPACE}: les tolérances ne permettent pas ce choix, "
        "décidez à nouveau.",
        code="decision_impossible",
        article=article.code,
        lieu=lieu,
    )
