"""Consolidating from sums, one line at a time: nothing of a line is kept but its result."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import (
    Consolidation,
    Decisions,
    LotPrevu,
    assembler,
)
from services.groupement.domain.lignes import Ligne, chiffrer, completer
from services.groupement.domain.mesures import Cle, Cumul, Mesure, micros
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant


@dataclass(frozen=True, slots=True)
class Somme:
    """One line: its sums, the fingerprint of its needs, and those that give a tolerance."""

    article: str
    lieu: str
    cumul: Cumul
    trace: str
    tolerants: Sequence[Mesure]


@dataclass(slots=True)
class Releve:
    """Receives the lines in any order; gives what `consolider` gives on the same needs.

    `complements` is what each member pays for those that it accepted, in 10⁻¹² euro.
    """

    catalogue: Mapping[str, Article]
    decisions: Decisions
    lignes: dict[Cle, Ligne] = field(default_factory=dict)
    traces: dict[Cle, str] = field(default_factory=dict)
    complements: dict[str, int] = field(default_factory=dict)

    def noter(self, somme: Somme) -> None:
        """Compute one line, and what members pay for the complements that they accepted."""
        cle, article = (somme.article, somme.lieu), self.catalogue[somme.article]
        ligne = chiffrer(article, somme.lieu, somme.cumul, self.decisions.get(cle))
        self.lignes[cle], self.traces[cle] = ligne, somme.trace
        if ligne.retiree:
            return
        prix = micros(article.prix_estime_ht)
        for mesure, pris in completer(micros(ligne.complement_base), somme.tolerants).items():
            self.complements[mesure.siret] = self.complements.get(mesure.siret, 0) + pris * prix

    def consolider(self, lots: Iterable[LotPrevu]) -> Consolidation:
        """The whole, once every line is known; compositions are left empty."""
        if not self.lignes:
            raise DomainError("Aucun besoin à consolider pour cet achat.", code="aucun_besoin")
        lignes = [self.lignes[cle] for cle in sorted(self.lignes)]
        return assembler(lots, self.catalogue, lignes, self.traces, self.decisions)

    def couts(self, fermes: Mapping[str, Decimal]) -> dict[str, Montant]:
        """What each member would pay: its firm needs, and its complements; rounded once."""
        return {
            siret: Montant(fermes[siret] + Decimal(self.complements.get(siret, 0)).scaleb(-12))
            for siret in sorted(fermes)
        }
