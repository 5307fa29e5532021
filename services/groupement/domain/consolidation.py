"""Consolidation: from the members' needs to lots and lines, a pure function of the set of inputs.

One line per (article, delivery place), in base units, with the needs that compose it. Nothing here
depends on the order of the inputs. `consolider` takes needs as declared; `releve` takes what a
database has already summed, and gives the same (a property of the tests).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from services.groupement.domain.articles import Article
from services.groupement.domain.lignes import (
    Composition,
    Decision,
    Ligne,
    chiffrer,
    composer,
)
from services.groupement.domain.mesures import (
    Cle,
    Mesure,
    cumuler,
    micros,
    traces,
)
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from shared.kernel.repartition import ESPACE

__all__ = ["Composition", "Decision", "Ligne"]

VERSION_CALCUL = 2
"""Changes whenever the computation does: the same inputs then have another fingerprint."""
Decisions = Mapping[Cle, Decision]


@dataclass(frozen=True, slots=True)
class LotPrevu:
    """A lot as the coordinator cut it."""

    numero: int
    objet: str
    cpv: str


@dataclass(frozen=True, slots=True)
class Besoin:
    """A need as declared: `quantite` is firm, `tolerance` is what the member accepts on top."""

    id: str
    siret: str
    article: str
    lieu: str
    quantite: Decimal
    unite: str
    tolerance: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot with its lines; only line totals are rounded."""

    numero: int
    objet: str
    cpv: str
    lignes: tuple[Ligne, ...]

    @property
    def montant_ht(self) -> Montant:
        return Montant.somme(ligne.montant_ht for ligne in self.lignes)


@dataclass(frozen=True, slots=True)
class Consolidation:
    """The result, with the fingerprint of everything it was computed from.

    `retirees` are the lines that the coordinator chose not to buy, below a supplier's minimum.
    """

    lots: tuple[Lot, ...]
    empreinte: str
    retirees: tuple[Ligne, ...] = ()

    @property
    def montant_ht(self) -> Montant:
        return Montant.somme(lot.montant_ht for lot in self.lots)

    @property
    def lignes(self) -> tuple[Ligne, ...]:
        return tuple(ligne for lot in self.lots for ligne in lot.lignes)

    @property
    def a_decider(self) -> tuple[Ligne, ...]:
        """Lines below a supplier's minimum, of which nothing has been decided."""
        return tuple(ligne for ligne in self.lignes if ligne.a_decider)


def consolider(
    lots: Iterable[LotPrevu],
    articles: Iterable[Article],
    besoins: Iterable[Besoin],
    decisions: Decisions | None = None,
) -> Consolidation:
    """Turn needs into lots and lines; needs of zero compose nothing.

    Raises `DomainError`: `aucun_besoin`, `article_inconnu`, or a unit that cannot be converted,
    naming the need.
    """
    catalogue = {article.code: article for article in articles}
    groupes = mesurer(besoins, catalogue)
    choisies = decisions or {}
    if not groupes:
        raise DomainError("Aucun besoin à consolider pour cet achat.", code="aucun_besoin")
    lignes = []
    for cle, mesures in groupes.items():
        ligne = chiffrer(catalogue[cle[0]], cle[1], cumuler(mesures), choisies.get(cle))
        lignes.append(replace(ligne, composition=composer(ligne, mesures)))
    return assembler(lots, catalogue, lignes, traces(groupes), choisies)


def mesurer(besoins: Iterable[Besoin], catalogue: Mapping[str, Article]) -> dict[Cle, list[Mesure]]:
    """Needs in base units, grouped by line and sorted; those of zero are left out."""
    groupes: dict[Cle, list[Mesure]] = {}
    for besoin in besoins:
        mesure = _mesurer(besoin, catalogue)
        if mesure.ferme:
            groupes.setdefault((besoin.article, besoin.lieu), []).append(mesure)
    return {cle: sorted(groupes[cle]) for cle in sorted(groupes)}


def assembler(
    lots: Iterable[LotPrevu],
    catalogue: Mapping[str, Article],
    lignes: Sequence[Ligne],
    tracees: Mapping[Cle, str],
    decisions: Decisions,
) -> Consolidation:
    """Put lines in their lots, and sign what they were computed from."""
    prevus = sorted(lots, key=lambda lot: lot.numero)
    gardees = [ligne for ligne in lignes if not ligne.retiree]
    return Consolidation(
        lots=_lots(prevus, gardees),
        empreinte=empreinte(prevus, catalogue.values(), tracees, decisions),
        retirees=tuple(ligne for ligne in lignes if ligne.retiree),
    )


def cout_par_membre(
    consolidation: Consolidation, articles: Iterable[Article]
) -> Mapping[str, Montant]:
    """Estimated cost of what each member is served: firm needs and complements, all lots added."""
    catalogue = {article.code: article for article in articles}
    totaux: dict[str, Decimal] = {}
    for ligne in consolidation.lignes:
        for part in ligne.composition:
            cout = catalogue[ligne.article].cout(part.quantite_base + part.complement_base)
            totaux[part.siret] = totaux.get(part.siret, Decimal()) + cout
    return {siret: Montant(total) for siret, total in sorted(totaux.items())}


def exiger_decide(consolidation: Consolidation) -> None:
    """Refuse to go on while a line below a minimum waits for a decision."""
    attente = consolidation.a_decider
    if attente:
        noms = ", ".join(f"{ligne.designation} ({ligne.lieu})" for ligne in attente[:5])
        raise DomainError(
            f"Sous le minimum du fournisseur, à décider avant de consolider{ESPACE}: {noms}.",
            code="minimum_a_decider",
            lignes=[[ligne.article, ligne.lieu] for ligne in attente],
        )


def _mesurer(besoin: Besoin, catalogue: Mapping[str, Article]) -> Mesure:
    article = catalogue.get(besoin.article)
    if article is None:
        raise DomainError(
            f"L’article {besoin.article} ne fait pas partie de cet achat.",
            code="article_inconnu",
            besoin=besoin.id,
        )
    try:
        ferme = article.en_base(besoin.quantite, besoin.unite)
        tolerance = article.en_base(besoin.tolerance, besoin.unite)
    except DomainError as erreur:
        raise DomainError(
            f"Besoin {besoin.id} ({besoin.unite})\u00a0: {erreur.message}",
            code=erreur.code,
            besoin=besoin.id,
            unite=besoin.unite,
        ) from erreur
    return Mesure(besoin.siret, besoin.id, micros(ferme), micros(tolerance))


def _lots(lots: Sequence[LotPrevu], lignes: Sequence[Ligne]) -> tuple[Lot, ...]:
    par_lot: dict[int, list[Ligne]] = {lot.numero: [] for lot in lots}
    inconnus = {ligne.lot for ligne in lignes} - set(par_lot)
    if inconnus:
        raise DomainError(f"Lots non décrits\u00a0: {sorted(inconnus)}.", code="lot_inconnu")
    for ligne in lignes:
        par_lot[ligne.lot].append(ligne)
    return tuple(
        Lot(lot.numero, lot.objet, lot.cpv, tuple(par_lot[lot.numero]))
        for lot in lots
        if par_lot[lot.numero]
    )


def empreinte(
    lots: Iterable[LotPrevu],
    articles: Iterable[Article],
    tracees: Mapping[Cle, str],
    decisions: Decisions | None = None,
) -> str:
    """SHA-256 of the canonical inputs: lots, articles, decisions, and the needs of each line."""
    canonique = {
        "calcul": VERSION_CALCUL,
        "lots": sorted([lot.numero, lot.objet, lot.cpv] for lot in lots),
        "articles": sorted(_article(article) for article in articles),
        "decisions": sorted([*cle, decision.value] for cle, decision in (decisions or {}).items()),
        "besoins": sorted([*cle, trace] for cle, trace in tracees.items()),
    }
    texte = json.dumps(canonique, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return f"sha256:{hashlib.sha256(texte.encode()).hexdigest()}"


def _article(article: Article) -> list[object]:
    contenances = sorted([c.nom, _texte(c.contient)] for c in article.conditionnements)
    return [
        article.code,
        article.designation,
        article.lot,
        article.unite_base,
        _texte(article.prix_estime_ht),
        contenances,
        article.conditionnement_achat,
        "" if article.minimum is None else _texte(article.minimum),
        *([sorted(map(list, article.lots_par_lieu))] if article.lots_par_lieu else []),
    ]


def _texte(valeur: Decimal) -> str:
    return format(valeur.normalize(), "f")
