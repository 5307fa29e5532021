"""Applying another cutting: where every article goes, place by place, and whose answer it keeps.

A member's answer follows what it asked for: nothing is bought for it that it had refused, nothing
is dropped that it had accepted. Where a new lot mixes both, its answer is asked again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.groupement.domain.achats import LIBELLES, EtatAchat
from services.groupement.domain.allotissement import (
    GROUPE_CPV,
    Decoupage,
    LigneALotir,
    LotPropose,
)
from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import Consolidation, LotPrevu
from services.groupement.domain.mesures import Cle
from services.groupement.domain.suivi import Reponse
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

MAX_LOTS = 99
DECOUPABLES = frozenset({EtatAchat.RECENSEMENT_CLOS, EtatAchat.CONSOLIDE})
_SEPARATEUR = "\t"


@dataclass(frozen=True, slots=True)
class Coupe:
    """What makes the lots: `plafond` is the most a lot may reach, by amount."""

    methode: Decoupage
    plafond: Montant | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a purchase is cut: its lots, and the articles with the lots they belong to."""

    lots: tuple[LotPrevu, ...]
    articles: Mapping[str, Article]

    def lot(self, cle: Cle) -> int:
        """The lot of an article delivered at a place."""
        article, lieu = cle
        return self.articles[article].lot_a(lieu)

    @property
    def trace(self) -> dict[str, Any]:
        """The cutting as it is kept, without what articles are."""
        return {
            "lots": [{"numero": x.numero, "objet": x.objet, "cpv": x.cpv} for x in self.lots],
            "articles": {
                code: {"lot": article.lot, "lieux": dict(article.lots_par_lieu)}
                for code, article in sorted(self.articles.items())
            },
        }


def replacer(article: Article, place: Mapping[str, Any] | None) -> Article:
    """The article in the lots where a trace says it was; where it is when the trace is silent."""
    if place is None:
        return article
    return replace(article, lot=place["lot"], lots_par_lieu=tuple(sorted(place["lieux"].items())))


def lots_traces(trace: Mapping[str, Any]) -> list[LotPrevu]:
    """The lots that a trace names."""
    return [LotPrevu(lot["numero"], lot["objet"], lot["cpv"]) for lot in trace["lots"]]


def lignes_a_lotir(
    consolidation: Consolidation, articles: Mapping[str, Article]
) -> list[LigneALotir]:
    """The lines of a consolidation, each with the CPV of its own article."""
    return [
        LigneALotir(
            _SEPARATEUR.join((ligne.article, ligne.lieu)),
            articles[ligne.article].cpv,
            ligne.lieu,
            ligne.montant_ht,
        )
        for ligne in consolidation.lignes
    ]


def planifier(proposes: Sequence[LotPropose], articles: Mapping[str, Article]) -> Plan:
    """Put every article in the lots of a proposal.

    An article's own lot is the one that holds most of its amount: a place not known yet joins it.
    An article nobody asked for follows its family (CPV group), else joins the first lot.
    """
    if len(proposes) > MAX_LOTS:
        message = f"Ce découpage donnerait {len(proposes)} lots, il en faut {MAX_LOTS} au plus."
        raise ValidationError(message, code="trop_de_lots", champs={"decoupage": message})
    places: dict[str, dict[str, tuple[Montant, int]]] = {}
    for lot in proposes:
        for ligne in lot.lignes:
            article, _, lieu = ligne.cle.partition(_SEPARATEUR)
            places.setdefault(article, {})[lieu] = (ligne.montant_ht, lot.numero)
    lots = tuple(LotPrevu(lot.numero, lot.objet, lot.cpv) for lot in proposes)
    return Plan(
        lots,
        {
            code: _placer(article, places[code])
            if code in places
            else replace(article, lot=_lot_de_famille(article, proposes), lots_par_lieu=())
            for code, article in articles.items()
        },
    )


def _placer(article: Article, lieux: Mapping[str, tuple[Montant, int]]) -> Article:
    montants: dict[int, Montant] = {}
    for montant, lot in lieux.values():
        montants[lot] = montants.get(lot, Montant.zero()) + montant
    principal = min(montants, key=lambda lot: (-montants[lot].centimes, lot))
    ailleurs = {lieu: lot for lieu, (_, lot) in lieux.items() if lot != principal}
    return replace(article, lot=principal, lots_par_lieu=tuple(sorted(ailleurs.items())))


def _lot_de_famille(article: Article, proposes: Sequence[LotPropose]) -> int:
    famille = article.cpv[:GROUPE_CPV]
    numeros = (
        lot.numero
        for lot in proposes
        if any(ligne.cpv[:GROUPE_CPV] == famille for ligne in lot.lignes)
    )
    return min(numeros, default=proposes[0].numero)


def exiger_decoupable(etat: EtatAchat) -> None:
    """Lots change between the closing of the call and the launch: neither before nor after."""
    if etat in DECOUPABLES:
        return
    raise ConflictError(
        f"Les lots ne se redécoupent qu’entre la clôture du recensement et le lancement\u00a0: "
        f"cet achat est «\u00a0{LIBELLES[etat]}\u00a0».",
        code="lots_figes",
    )


def exiger_autre(avant: Plan, apres: Plan) -> None:
    """Refuse to apply the cutting that is already in place."""
    if avant.trace["articles"] == apres.trace["articles"] and len(avant.lots) == len(apres.lots):
        message = "Ce découpage est déjà celui de l’achat."
        raise ConflictError(message, code="decoupage_identique", champs={"decoupage": message})


@dataclass(frozen=True, slots=True)
class Participant:
    """What a member answered, lot by lot, and what it asks for by article and place."""

    siret: str
    declines: frozenset[int]
    demandes: frozenset[Cle] = frozenset()


@dataclass(frozen=True, slots=True)
class Reponses:
    """Answers by member and new lot; `redemandees` are those that the member must give again."""

    par_lot: Mapping[str, Mapping[int, Reponse]]
    redemandees: Mapping[str, tuple[int, ...]]


def reporter(avant: Plan, apres: Plan, participants: Iterable[Participant]) -> Reponses:
    """Carry each answer to the new lots; out until it answers, where it must be asked again."""
    anciens = _anciens_lots(avant, apres)
    par_lot: dict[str, dict[int, Reponse]] = {}
    redemandees: dict[str, tuple[int, ...]] = {}
    for membre in sorted(participants, key=lambda x: x.siret):
        dits = {n: _sens(membre, avant, apres, n, anciens[n]) for n in anciens}
        par_lot[membre.siret] = {
            n: Reponse.PARTICIPE if sens == {True} else Reponse.DECLINE for n, sens in dits.items()
        }
        if partages := tuple(sorted(n for n, sens in dits.items() if len(sens) > 1)):
            redemandees[membre.siret] = partages
    return Reponses(par_lot, redemandees)


def _sens(
    membre: Participant, avant: Plan, apres: Plan, numero: int, anciens: frozenset[int]
) -> set[bool]:
    """Was the member in, for what it asks of the new lot? Else in only if it refused none of it."""
    siennes = {avant.lot(cle) for cle in membre.demandes if apres.lot(cle) == numero}
    if siennes:
        return {lot not in membre.declines for lot in siennes}
    return {not anciens & membre.declines}


def _anciens_lots(avant: Plan, apres: Plan) -> dict[int, frozenset[int]]:
    """The old lots that each new lot takes something from."""
    venus: dict[int, set[int]] = {lot.numero: set() for lot in apres.lots}
    for code, article in apres.articles.items():
        jadis = avant.articles[code]
        lieux = {lieu for lieu, _ in (*article.lots_par_lieu, *jadis.lots_par_lieu)}
        venus[article.lot].add(jadis.lot)
        for lieu in lieux:
            venus[article.lot_a(lieu)].add(jadis.lot_a(lieu))
    return {numero: frozenset(lots) for numero, lots in venus.items()}


Dire = Callable[[str], str]


def dire_redemandees(redemandees: Mapping[str, Sequence[int]], nom: Dire) -> list[str]:
    """One sentence for each member that must answer again."""
    return [
        f"{nom(siret)}\u00a0: le lot {lots[0]} mêle des besoins acceptés et des besoins refusés."
        if len(lots) == 1
        else f"{nom(siret)}\u00a0: les lots {', '.join(map(str, lots))} mêlent des besoins "
        "acceptés et des besoins refusés."
        for siret, lots in sorted(redemandees.items())
    ]
