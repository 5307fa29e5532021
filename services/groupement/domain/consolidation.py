"""Consolidation: from the members' needs to lots and lines, a pure function of the set of inputs.

One line per (article, delivery place), in base units, with the needs that compose it. What a last
pack lacks is first taken on the tolerances of those who gave one; what still remains belongs to
nobody and is said so (`non_affecte`). Nothing here depends on the order of the inputs.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from services.groupement.domain.articles import Article
from services.groupement.domain.quanta import exposant, partager
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant

VERSION_CALCUL = 1
"""Changes whenever the computation does: the same inputs then have another fingerprint."""


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
class Composition:
    """What one need brings to a line, in base units; `complement_base` fills the last pack."""

    besoin: str
    siret: str
    quantite_base: Decimal
    complement_base: Decimal


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line of a lot. Σ composition.quantite_base = quantite_base, exactly."""

    lot: int
    article: str
    designation: str
    lieu: str
    unite_base: str
    quantite_base: Decimal
    conditionnement: str
    quantite: Decimal
    non_affecte_base: Decimal
    montant_ht: Montant
    composition: tuple[Composition, ...]


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
    """The result, with the fingerprint of everything it was computed from."""

    lots: tuple[Lot, ...]
    empreinte: str

    @property
    def montant_ht(self) -> Montant:
        return Montant.somme(lot.montant_ht for lot in self.lots)

    @property
    def lignes(self) -> tuple[Ligne, ...]:
        return tuple(ligne for lot in self.lots for ligne in lot.lignes)


def consolider(
    lots: Iterable[LotPrevu], articles: Iterable[Article], besoins: Iterable[Besoin]
) -> Consolidation:
    """Turn needs into lots and lines; needs of zero compose nothing.

    Raises `DomainError`: `aucun_besoin`, `article_inconnu`, or a unit that cannot be converted,
    naming the need.
    """
    lots, besoins = sorted(lots, key=lambda lot: lot.numero), sorted(besoins, key=_cle)
    catalogue = {article.code: article for article in articles}
    mesures = [_mesurer(besoin, catalogue) for besoin in besoins if besoin.quantite]
    if not mesures:
        raise DomainError("Aucun besoin à consolider pour cet achat.", code="aucun_besoin")
    lignes = [
        _ligne(catalogue[code], lieu, list(groupe))
        for (code, lieu), groupe in groupby(mesures, key=lambda m: (m.article, m.lieu))
    ]
    return Consolidation(_lots(lots, lignes), empreinte(lots, catalogue.values(), besoins))


def cout_par_membre(
    consolidation: Consolidation, articles: Iterable[Article]
) -> Mapping[str, Montant]:
    """Estimated cost of each member's own needs, all lots added."""
    catalogue = {article.code: article for article in articles}
    totaux: dict[str, Decimal] = {}
    for ligne in consolidation.lignes:
        for part in ligne.composition:
            cout = catalogue[ligne.article].cout(part.quantite_base)
            totaux[part.siret] = totaux.get(part.siret, Decimal()) + cout
    return {siret: Montant(total) for siret, total in sorted(totaux.items())}


@dataclass(frozen=True, slots=True)
class _Mesure:
    besoin: str
    siret: str
    article: str
    lieu: str
    ferme: Decimal
    tolerance: Decimal


def _cle(besoin: Besoin) -> tuple[str, str, str, str]:
    return (besoin.article, besoin.lieu, besoin.siret, besoin.id)


def _mesurer(besoin: Besoin, catalogue: Mapping[str, Article]) -> _Mesure:
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
    return _Mesure(besoin.id, besoin.siret, article.code, besoin.lieu, ferme, tolerance)


def _ligne(article: Article, lieu: str, mesures: Sequence[_Mesure]) -> Ligne:
    ferme = sum((m.ferme for m in mesures), Decimal())
    quantite = article.en_achat(ferme)
    achete = article.en_base(quantite, article.conditionnement_achat)
    complements = _complements(achete - ferme, mesures)
    return Ligne(
        lot=article.lot,
        article=article.code,
        designation=article.designation,
        lieu=lieu,
        unite_base=article.unite_base,
        quantite_base=ferme,
        conditionnement=article.conditionnement_achat,
        quantite=quantite,
        non_affecte_base=achete - ferme - sum(complements.values(), Decimal()),
        montant_ht=Montant(article.cout(achete)),
        composition=tuple(
            Composition(m.besoin, m.siret, m.ferme, complements[m.besoin]) for m in mesures
        ),
    )


def _complements(manque: Decimal, mesures: Sequence[_Mesure]) -> dict[str, Decimal]:
    """Spread what the last pack lacks over the tolerances, pro rata, never beyond any of them."""
    tolerances = {m.besoin: m.tolerance for m in mesures}
    pris = min(manque, sum(tolerances.values(), Decimal()))
    if not pris:
        return dict.fromkeys(tolerances, Decimal())
    return partager(pris, tolerances, exposant((manque, *tolerances.values())))


def _lots(lots: Sequence[LotPrevu], lignes: Sequence[Ligne]) -> tuple[Lot, ...]:
    inconnus = {ligne.lot for ligne in lignes} - {lot.numero for lot in lots}
    if inconnus:
        raise DomainError(f"Lots non décrits\u00a0: {sorted(inconnus)}.", code="lot_inconnu")
    remplis = (
        Lot(lot.numero, lot.objet, lot.cpv, tuple(x for x in lignes if x.lot == lot.numero))
        for lot in lots
    )
    return tuple(lot for lot in remplis if lot.lignes)


def empreinte(
    lots: Iterable[LotPrevu], articles: Iterable[Article], besoins: Iterable[Besoin]
) -> str:
    """SHA-256 of the canonical inputs: sorted, decimals without trailing zeros."""
    canonique = {
        "calcul": VERSION_CALCUL,
        "lots": sorted([lot.numero, lot.objet, lot.cpv] for lot in lots),
        "articles": sorted(_article(article) for article in articles),
        "besoins": [
            [b.article, b.lieu, b.siret, b.id, _texte(b.quantite), b.unite, _texte(b.tolerance)]
            for b in sorted(besoins, key=_cle)
        ],
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
    ]


def _texte(valeur: Decimal) -> str:
    return format(valeur.normalize(), "f")
