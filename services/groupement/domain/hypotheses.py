"""What if: the same consolidation on other inputs, beside the one of today (moonshot M1).

Hypotheses are applied in the order given to the inputs, never to the results. Lines whose inputs
did not change are not computed again. Everything is pure: the same inputs and hypotheses give the
same answer, with the same fingerprint.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import (
    Besoin,
    Decisions,
    LotPrevu,
    mesurer,
)
from services.groupement.domain.mesures import Cle, Groupes, Mesure
from shared.kernel.errors import DomainError


@dataclass(frozen=True, slots=True)
class RetirerMembre:
    """As if a member did not take part."""

    siret: str


@dataclass(frozen=True, slots=True)
class BesoinPrevu:
    """A need that a member might have."""

    article: str
    lieu: str
    quantite: Decimal
    unite: str
    tolerance: Decimal = Decimal()


@dataclass(frozen=True, slots=True)
class AjouterMembre:
    """As if one more member took part, with these needs."""

    siret: str
    besoins: tuple[BesoinPrevu, ...]


@dataclass(frozen=True, slots=True)
class SeparerParLieu:
    """One lot per delivery place inside each lot."""


@dataclass(frozen=True, slots=True)
class RegrouperLots:
    """Several lots in one, under the smallest of their numbers."""

    lots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChangerConditionnement:
    """Order an article by another of its packs, or by its base unit."""

    article: str
    conditionnement: str


@dataclass(frozen=True, slots=True)
class ChangerQuantite:
    """Another need of a member for an article at a place; zero withdraws it."""

    siret: str
    besoin: BesoinPrevu


Hypothese = (
    RetirerMembre
    | AjouterMembre
    | SeparerParLieu
    | RegrouperLots
    | ChangerConditionnement
    | ChangerQuantite
)


@dataclass(frozen=True, slots=True)
class Entrees:
    """What a consolidation is computed from; `par_lieu` cuts each lot by delivery place.

    `traces` are the fingerprints of lines that are already known.
    """

    lots: tuple[LotPrevu, ...]
    catalogue: Mapping[str, Article]
    groupes: Groupes
    decisions: Decisions
    par_lieu: bool = False
    traces: Mapping[Cle, str] = field(default_factory=dict)

    @property
    def membres(self) -> set[str]:
        return {mesure.siret for mesures in self.groupes.values() for mesure in mesures}


def appliquer(entrees: Entrees, hypotheses: Iterable[Hypothese]) -> Entrees:
    """Change the inputs as each hypothesis says; what it cannot mean is refused by name."""
    for hypothese in hypotheses:
        entrees = _appliquer(entrees, hypothese)
    return entrees


def _appliquer(entrees: Entrees, hypothese: Hypothese) -> Entrees:
    match hypothese:
        case RetirerMembre():
            return _retirer(entrees, hypothese)
        case AjouterMembre():
            return _ajouter(entrees, hypothese)
        case SeparerParLieu():
            return replace(entrees, par_lieu=True)
        case RegrouperLots():
            return _regrouper(entrees, hypothese)
        case ChangerConditionnement():
            return _changer_conditionnement(entrees, hypothese)
        case ChangerQuantite():
            return _changer_quantite(entrees, hypothese)


def _retirer(entrees: Entrees, hypothese: RetirerMembre) -> Entrees:
    if hypothese.siret not in entrees.membres:
        raise _refus("membre_absent", f"Le membre {hypothese.siret} n’a aucun besoin à retirer.")
    gardes = {cle: _sans(mesures, hypothese.siret) for cle, mesures in entrees.groupes.items()}
    return _avec(entrees, gardes)


def _sans(mesures: Sequence[Mesure], siret: str) -> Sequence[Mesure]:
    """The same list when the member is not in it: its line then stays as it is."""
    restes = [mesure for mesure in mesures if mesure.siret != siret]
    return restes if len(restes) != len(mesures) else mesures


def _ajouter(entrees: Entrees, hypothese: AjouterMembre) -> Entrees:
    if hypothese.siret in entrees.membres:
        raise _refus("membre_present", f"Le membre {hypothese.siret} participe déjà.")
    ajoutes = mesurer(_besoins(entrees, hypothese.siret, hypothese.besoins), entrees.catalogue)
    groupes = dict(entrees.groupes)
    for cle, mesures in ajoutes.items():
        groupes[cle] = sorted([*groupes.get(cle, ()), *mesures])
    return _avec(entrees, groupes)


def _changer_quantite(entrees: Entrees, hypothese: ChangerQuantite) -> Entrees:
    voulu = hypothese.besoin
    cle = (voulu.article, voulu.lieu)
    mesures = mesurer(_besoins(entrees, hypothese.siret, [voulu]), entrees.catalogue)
    autres = _sans(entrees.groupes.get(cle, ()), hypothese.siret)
    return _avec(entrees, {**entrees.groupes, cle: sorted([*autres, *mesures.get(cle, ())])})


def _besoins(entrees: Entrees, siret: str, besoins: Iterable[BesoinPrevu]) -> list[Besoin]:
    """Needs of a hypothesis: known by the need that they replace, else by what they are."""
    return [
        Besoin(
            _connu(entrees, siret, b) or f"hypothese:{siret}:{b.article}:{b.lieu}",
            siret,
            b.article,
            b.lieu,
            b.quantite,
            b.unite,
            b.tolerance,
        )
        for b in besoins
    ]


def _connu(entrees: Entrees, siret: str, besoin: BesoinPrevu) -> str | None:
    mesures = entrees.groupes.get((besoin.article, besoin.lieu), ())
    return next((m.besoin for m in mesures if m.siret == siret), None)


def _regrouper(entrees: Entrees, hypothese: RegrouperLots) -> Entrees:
    reunis = [lot for lot in entrees.lots if lot.numero in hypothese.lots]
    inconnus = set(hypothese.lots) - {lot.numero for lot in reunis}
    if inconnus or len(reunis) < 2:
        raise _refus("lots_invalides", "Choisissez au moins deux lots de cet achat à regrouper.")
    premier, *autres = sorted(reunis, key=lambda lot: lot.numero)
    unis = replace(premier, objet=" et ".join(lot.objet for lot in (premier, *autres)))
    lots = [unis if lot is premier else lot for lot in entrees.lots if lot not in autres]
    numeros = dict.fromkeys((lot.numero for lot in autres), premier.numero)
    catalogue = {code: _renumerote(a, numeros) for code, a in entrees.catalogue.items()}
    return replace(entrees, lots=tuple(lots), catalogue=catalogue)


def _renumerote(article: Article, numeros: Mapping[int, int]) -> Article:
    return replace(
        article,
        lot=numeros.get(article.lot, article.lot),
        lots_par_lieu=tuple((lieu, numeros.get(n, n)) for lieu, n in article.lots_par_lieu),
    )


def _changer_conditionnement(entrees: Entrees, hypothese: ChangerConditionnement) -> Entrees:
    article = entrees.catalogue.get(hypothese.article)
    if article is None:
        raise _refus(
            "article_inconnu", f"L’article {hypothese.article} ne fait pas partie de cet achat."
        )
    nom = article.unite(hypothese.conditionnement)
    change = replace(article, conditionnement_achat=nom, minimum=_minimum(article, nom))
    return replace(entrees, catalogue={**entrees.catalogue, article.code: change})


def _minimum(article: Article, conditionnement: str) -> Decimal | None:
    """The supplier's minimum is counted in its own pack: it says nothing of another."""
    return article.minimum if conditionnement == article.conditionnement_achat else None


def _avec(entrees: Entrees, groupes: Mapping[Cle, Sequence[Mesure]]) -> Entrees:
    """The same inputs with other needs: their lines have another fingerprint."""
    gardes = {cle: groupes[cle] for cle in sorted(groupes) if groupes[cle]}
    return replace(entrees, groupes=gardes, traces={})


def _refus(code: str, message: str) -> DomainError:
    return DomainError(message, code=f"hypothese_{code}", champs={"hypotheses": message})
