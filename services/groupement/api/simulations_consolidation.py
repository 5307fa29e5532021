"""From the body of a simulation to the consolidation kernel and back, faults named by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from services.groupement.domain import consolidation as calcul
from services.groupement.domain.articles import Article, nom_de_lieu
from services.groupement.domain.empreintes import condenser, texte
from services.groupement.domain.mesures import MICRO, micros
from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.quantites import Conditionnement
from shared.kernel.repartition import ESPACE

LOT = calcul.LotPrevu(1, "", "")
PLAFOND = 10**12
TROP_GRAND = "Cette quantité dépasse mille milliards d’unités de base, le plus qui se compte."


def simuler(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Consolidate what the body holds; nothing is kept."""
    articles = _articles(demande["articles"])
    besoins = _besoins(demande["besoins"], articles)
    lignes = _consolider(articles, besoins) if any(b.quantite for b in besoins) else []
    return {
        "lignes": [_ligne(ligne, articles[ligne.article]) for ligne in lignes],
        "empreinte": _empreinte(demande["articles"], besoins),
    }


def _consolider(
    articles: Mapping[str, Article], besoins: Sequence[calcul.Besoin]
) -> Sequence[calcul.Ligne]:
    try:
        return calcul.consolider([LOT], articles.values(), besoins).lignes
    except DomainError as erreur:
        raise _refus({"besoins": erreur.message}) from erreur


def _empreinte(articles: Sequence[Mapping[str, Any]], besoins: Sequence[calcul.Besoin]) -> str:
    """Of the inputs as given: a purchase signs its needs in base units, a what-if its own words."""
    decrits = sorted(
        [
            a["code"],
            a["cpv"],
            a["unite_base"],
            sorted([nom, texte(contient)] for nom, contient in a["conditionnements"].items()),
            a["commande_par"] or "",
        ]
        for a in articles
    )
    declares = sorted(
        [b.id, b.siret, b.article, b.lieu, texte(b.quantite), b.unite, texte(b.tolerance)]
        for b in besoins
    )
    return condenser(["consolidation", decrits, declares])


def _ligne(ligne: calcul.Ligne, article: Article) -> dict[str, Any]:
    return {
        "article": ligne.article,
        "lieu": ligne.lieu,
        "unite": ligne.unite_base,
        "quantite": ligne.quantite_base,
        "commandee": article.en_base(ligne.quantite, ligne.conditionnement),
        "composition": [
            {
                "besoin": part.besoin,
                "membre": part.siret,
                "quantite": part.quantite_base,
                "servie": part.quantite_base + part.complement_base,
            }
            for part in ligne.composition
        ],
    }


def _articles(demandes: Sequence[Mapping[str, Any]]) -> dict[str, Article]:
    articles: dict[str, Article] = {}
    champs: dict[str, str] = {}
    for i, demande in enumerate(demandes):
        if demande["code"] in articles:
            champs[f"articles.{i}.code"] = _double(demande["code"])
            continue
        try:
            articles[demande["code"]] = _article(demande)
        except _Faute as faute:
            champs[f"articles.{i}.{faute.champ}"] = faute.message
    if champs:
        raise _refus(champs)
    return articles


class _Faute(Exception):
    def __init__(self, champ: str, message: str) -> None:
        super().__init__(message)
        self.champ, self.message = champ, message


def _article(demande: Mapping[str, Any]) -> Article:
    base, contenances = demande["unite_base"], demande["conditionnements"]
    try:
        sans_achat = _compte(demande, base, contenances)
    except DomainError as erreur:
        raise _Faute("conditionnements", erreur.message) from erreur
    for nom, contenance in contenances.items():
        if sans_achat.bareme.contenance(nom) != contenance:
            message = f"«{ESPACE}{nom}{ESPACE}» désigne déjà l’unité de base."
            raise _Faute(f"conditionnements.{nom}", message)
    try:
        return _compte(demande, demande["commande_par"] or base, contenances)
    except DomainError as erreur:
        raise _Faute("commande_par", erreur.message) from erreur


def _compte(demande: Mapping[str, Any], achat: str, contenances: Mapping[str, Decimal]) -> Article:
    base = demande["unite_base"]
    return Article(
        code=demande["code"],
        designation=demande["code"],
        lot=LOT.numero,
        unite_base=base,
        prix_estime_ht=Decimal(),
        conditionnements=tuple(Conditionnement(n, c, base) for n, c in contenances.items()),
        conditionnement_achat=achat,
    )


def _besoins(
    demandes: Sequence[Mapping[str, Any]], articles: Mapping[str, Article]
) -> list[calcul.Besoin]:
    """Check every need, then hand them over; all faults are named at once."""
    controle = _Controle(articles)
    for i, demande in enumerate(demandes):
        controle.examiner(i, demande)
    if controle.champs:
        raise _refus(controle.champs)
    return [
        calcul.Besoin(
            id=demande["id"],
            siret=demande["membre"],
            article=demande["article"],
            lieu=nom_de_lieu(demande["lieu"]),
            quantite=demande["quantite"],
            unite=demande["unite"],
            tolerance=demande["tolerance"],
        )
        for demande in demandes
    ]


@dataclass
class _Controle:
    """Faults of the needs; what a unit holds is looked up once per article."""

    articles: Mapping[str, Article]
    champs: dict[str, str] = field(default_factory=dict)
    vus: set[str] = field(default_factory=set)
    rapports: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    refus: dict[tuple[str, str], str] = field(default_factory=dict)
    pas: dict[str, int] = field(default_factory=dict)

    def examiner(self, i: int, demande: Mapping[str, Any]) -> None:
        if demande["id"] in self.vus:
            self.champs[f"besoins.{i}.id"] = _double(demande["id"])
        self.vus.add(demande["id"])
        article = self.articles.get(demande["article"])
        if article is None:
            inconnu = f"L’article «{ESPACE}{demande['article']}{ESPACE}» n’est pas décrit."
            self.champs[f"besoins.{i}.article"] = inconnu
            return
        refus = self._refus_de_l_unite(article, demande["unite"])
        if refus:
            fautive = f"Besoin {demande['id']}, unité «{ESPACE}{demande['unite']}{ESPACE}»"
            self.champs[f"besoins.{i}.unite"] = f"{fautive}{ESPACE}: {refus}"
            return
        for nom in ("quantite", "tolerance"):
            self._mesurer(f"besoins.{i}.{nom}", article, demande, nom)

    def _mesurer(self, champ: str, article: Article, demande: Mapping[str, Any], nom: str) -> None:
        """On whole numbers: millionths of the stated unit times what this unit holds."""
        haut, bas = self.rapports[article.code, demande["unite"]]
        base = micros(demande[nom]) * haut
        if base >= PLAFOND * MICRO * bas:
            self.champs[champ] = TROP_GRAND
        elif base % (bas * self.pas[article.code]):
            self.champs[champ] = _pourquoi(article, demande, nom)

    def _refus_de_l_unite(self, article: Article, unite: str) -> str:
        cle = (article.code, unite)
        if cle not in self.rapports and cle not in self.refus:
            self.pas[article.code] = MICRO if article.indivisible else 1
            try:
                self.rapports[cle] = article.bareme.contenance(unite).as_integer_ratio()
            except DomainError as erreur:
                self.refus[cle] = erreur.message
        return self.refus.get(cle, "")


def _pourquoi(article: Article, demande: Mapping[str, Any], nom: str) -> str:
    try:
        article.en_base(demande[nom], demande["unite"])
    except DomainError as erreur:
        return f"Besoin {demande['id']}{ESPACE}: {erreur.message}"
    raise AssertionError(f"{nom} of need {demande['id']} was expected to be refused")


def _double(nom: str) -> str:
    return f"«{ESPACE}{nom}{ESPACE}» figure deux fois."


def _refus(champs: Mapping[str, str]) -> ValidationError:
    premier = next(iter(champs.values()))
    return ValidationError(premier, code="consolidation_impossible", champs=champs)
