"""The rows of « Déclarer mes besoins »: what is known, drafted or taken from last year."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.articles import Article, nom_de_lieu
from services.groupement.domain.besoins import (
    Conflit,
    Declaration,
    Precisions,
    fourchette,
    lire_declaration,
    mesurer,
)
from services.groupement.pages.formulaires import CHAMPS_BESOIN, formulaire_des_besoins
from services.groupement.pages.vues import refuser, siret
from services.groupement.queries import besoins as lectures
from services.groupement.queries.achats import achat_visible
from services.groupement.queries.precedents import Precedent, precedents
from services.groupement.usecases.commun import en_article, organisation
from services.groupement.usecases.declarer_besoin import en_connu
from services.groupement.usecases.transmettre_besoins import Saisie, auteur_de
from shared.kernel.errors import DomainError
from shared.web.forms import Form

RANGEES_MAX = 500
A_RETIRER = (
    "Pour ne plus demander cet article, utilisez « Retirer ce besoin » : le motif est gardé."
)


@dataclass(frozen=True, slots=True)
class Rangee:
    """One row of the form: an article at a place, already declared or not."""

    rang: int
    article: Article
    besoin: t.Besoin | None
    premiere: bool
    valeurs: Mapping[str, str] = field(default_factory=dict)
    conflit: Conflit | None = None

    @property
    def unites(self) -> list[tuple[str, str]]:
        return [(nom, nom) for nom in self.article.bareme.noms]

    @property
    def detaillee(self) -> bool:
        """Tell whether the row says more than a quantity, so that it is shown open."""
        return any(self.valeurs.get(champ) for champ in ("du", "au", "imputation"))

    @property
    def version(self) -> int:
        return self.besoin.version if self.besoin else 0


@dataclass(frozen=True, slots=True)
class Fiche:
    """What the page shows: the purchase, the member's rows, its draft and what it asked before."""

    achat: t.Achat
    rangees: list[Rangee]
    historiques: Mapping[uuid.UUID, Sequence[t.Increment]]
    brouillon: t.Brouillon | None
    precedents: Mapping[str, list[Precedent]]

    @property
    def initiale(self) -> dict[str, str]:
        return {f"{nom}-{r.rang}": v for r in self.rangees for nom, v in r.valeurs.items()}

    @property
    def annee_precedente(self) -> int | None:
        return next((p.annee for liste in self.precedents.values() for p in liste), None)


def dresser(
    session: Session, achat_id: uuid.UUID, *, ajouter: str = "", reprendre: bool = False
) -> Fiche:
    """Rows of the member: its known needs, its draft, one empty row per article not declared."""
    achat = achat_visible(session, achat_id, siret())
    siens = lectures.de_l_organisation(session, siret(), achat_id)
    brouillon = session.get(t.Brouillon, (achat_id, siret()))
    passes = precedents(session, siret(), achat)
    lieu = organisation(session, siret()).lieu_livraison
    rangees: list[Rangee] = []
    for lu in achat.articles:
        article = en_article(lu)
        lignes = [dict(x) for x in brouillon.lignes if x["article"] == lu.code] if brouillon else []
        repris = passes.get(lu.code, []) if reprendre else []
        blocs = _blocs([b for b in siens if b.article == lu.code], lignes, repris)
        if not blocs or ajouter == lu.code:
            blocs.append((None, {}))
        for numero, (besoin, valeurs) in enumerate(blocs):
            proposees = _proposees(article, besoin, lieu) | valeurs
            rangees.append(Rangee(len(rangees), article, besoin, numero == 0, proposees))
    historiques = lectures.historiques(session, siret(), achat_id)
    return Fiche(achat, rangees, historiques, brouillon, passes)


def _blocs(
    connus: Sequence[t.Besoin],
    lignes: Sequence[Mapping[str, str]],
    repris: Sequence[Precedent],
) -> list[tuple[t.Besoin | None, dict[str, str]]]:
    """Known needs first, each with its line of the draft; then drafted places, else last year's."""
    par_lieu = {nom_de_lieu(ligne["lieu"]): dict(ligne) for ligne in lignes}
    blocs: list[tuple[t.Besoin | None, dict[str, str]]] = [
        (besoin, par_lieu.pop(besoin.lieu, {})) for besoin in connus
    ]
    blocs += [(None, ligne) for ligne in par_lieu.values()]
    lieux = {besoin.lieu for besoin in connus} | {nom_de_lieu(x["lieu"]) for x in lignes}
    blocs += [
        (
            None,
            {
                "quantite": passe.texte,
                "unite": passe.unite,
                "lieu": passe.lieu,
                "imputation": passe.imputation,
            },
        )
        for passe in repris
        if passe.lieu not in lieux
    ]
    return blocs


def _proposees(article: Article, besoin: t.Besoin | None, lieu: str) -> dict[str, str]:
    """Last values of a known need; an empty row proposes the usual pack and place."""
    if besoin is None:
        usuelles = {"unite": article.conditionnement_achat, "lieu": lieu, "version": "0"}
        return dict.fromkeys(CHAMPS_BESOIN, "") | usuelles
    return {
        "quantite": fourchette(besoin.quantite, besoin.tolerance) if besoin.quantite else "",
        "unite": besoin.unite,
        "lieu": besoin.lieu,
        "du": besoin.souhaite_du.isoformat() if besoin.souhaite_du else "",
        "au": besoin.souhaite_au.isoformat() if besoin.souhaite_au else "",
        "imputation": besoin.imputation or "",
        "version": str(besoin.version),
    }


def postees(form: Form, fiche: Fiche) -> list[Rangee]:
    """The rows as they were sent; each says its article and place.

    So needs declared meanwhile by another way cannot shift what was typed.
    """
    articles = {r.article.code: r.article for r in fiche.rangees}
    connus = {(r.besoin.article, r.besoin.lieu): r.besoin for r in fiche.rangees if r.besoin}
    rangees: list[Rangee] = []
    vus: set[str] = set()
    for rang in range(RANGEES_MAX):
        article = articles.get(str(form.value(f"article-{rang}")))
        if article is None:
            continue
        valeurs = {champ: str(form.value(f"{champ}-{rang}")).strip() for champ in CHAMPS_BESOIN}
        besoin = connus.get((article.code, nom_de_lieu(valeurs["lieu"])))
        rangee = Rangee(rang, article, besoin, article.code not in vus, valeurs)
        rangees.append(replace(rangee, conflit=_en_suspens(rangee)))
        vus.add(article.code)
    return rangees


def _en_suspens(rangee: Rangee) -> Conflit | None:
    """A comparison that was shown and in which nothing was chosen yet."""
    besoin, valeurs = rangee.besoin, rangee.valeurs
    if besoin is None or not valeurs["conflit"] or valeurs["choix"]:
        return None
    try:
        return Conflit(en_connu(besoin), auteur_de(besoin), _declaration(rangee))
    except DomainError:
        return None


def nombre_de_rangees(envoyes: Mapping[str, str]) -> int:
    """How many rows were sent."""
    rangs = [cle.removeprefix("article-") for cle in envoyes if cle.startswith("article-")]
    return min(RANGEES_MAX, max((int(r) + 1 for r in rangs if r.isdecimal()), default=0))


def formulaire(envoyes: Mapping[str, str]) -> Form:
    return formulaire_des_besoins(nombre_de_rangees(envoyes)).bind(envoyes)


def lire(form: Form, rangees: Sequence[Rangee]) -> list[Saisie]:
    """Declarations of the rows that say something; errors go where they belong in the form."""
    saisies = []
    for rangee in rangees:
        if rangee.valeurs.get("conflit") and not rangee.valeurs.get("choix"):
            refuser(form, f"choix-{rangee.rang}", "Choisissez la valeur à garder.")
        elif rangee.valeurs.get("choix") != "autre" and (lue := _lire(form, rangee)):
            version = rangee.valeurs.get("version", "")
            saisies.append(Saisie(lue, int(version) if version.isdecimal() else None))
    return saisies


def _lire(form: Form, rangee: Rangee) -> Declaration | None:
    valeurs, besoin = rangee.valeurs, rangee.besoin
    if not valeurs["quantite"] or valeurs["quantite"] == "0":
        if besoin and besoin.quantite:
            refuser(form, f"quantite-{rangee.rang}", A_RETIRER)
        return None
    try:
        return _declaration(rangee)
    except DomainError as refus:
        for champ, message in refus.champs.items():
            refuser(form, f"{'du' if champ == 'souhaite' else champ}-{rangee.rang}", message)
        return None


def _declaration(rangee: Rangee) -> Declaration:
    valeurs = rangee.valeurs
    lue = lire_declaration(
        rangee.article,
        valeurs["quantite"],
        valeurs["unite"],
        valeurs["lieu"],
        Precisions(souhaite=_souhaite(valeurs), imputation=valeurs["imputation"]),
    )
    mesurer(lue, rangee.article)
    return lue


def _souhaite(valeurs: Mapping[str, str]) -> str:
    du, au = valeurs["du"] or valeurs["au"], valeurs["au"] or valeurs["du"]
    return f"{du} - {au}" if du else ""
