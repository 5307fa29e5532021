"""« Déclarer mes besoins » : every article on one page, a range, a unit, a place."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.groupement import tables as t
from services.groupement.domain.articles import Article, nom_de_lieu
from services.groupement.domain.besoins import (
    Canal,
    Changement,
    Declaration,
    fourchette,
    lire_declaration,
    mesurer,
)
from services.groupement.pages.formulaires import ReponseForm, formulaire_des_besoins
from services.groupement.pages.vues import Vue, refuser, rendu, siret
from services.groupement.queries import besoins as lectures
from services.groupement.queries.achats import achat_visible
from services.groupement.usecases.commun import en_article, organisation
from services.groupement.usecases.declarer_besoin import declarer_besoin
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.forms import Form

pages = Blueprint(
    "groupement_besoins", __name__, url_prefix="/groupement/achats/<uuid:achat_id>/besoins"
)


@dataclass(frozen=True, slots=True)
class Rangee:
    """One row of the form: an article at a place, already declared or not."""

    rang: int
    article: Article
    besoin: t.Besoin | None
    premiere: bool

    @property
    def unites(self) -> list[tuple[str, str]]:
        return [(nom, nom) for nom in self.article.bareme.noms]


@dataclass(frozen=True, slots=True)
class Fiche:
    """What the page shows: the purchase, the member's rows and its usual place."""

    achat: t.Achat
    rangees: list[Rangee]
    lieu: str
    historiques: Mapping[uuid.UUID, Sequence[t.Increment]]

    @property
    def initiale(self) -> dict[str, str]:
        """Last values prefilled; an empty row proposes the usual pack and place."""
        valeurs = {}
        for rangee in self.rangees:
            connu, rang = rangee.besoin, rangee.rang
            valeurs[f"unite-{rang}"] = (
                connu.unite if connu else rangee.article.conditionnement_achat
            )
            valeurs[f"lieu-{rang}"] = connu.lieu if connu else self.lieu
            valeurs[f"quantite-{rang}"] = (
                fourchette(connu.quantite, connu.tolerance) if connu and connu.quantite else ""
            )
        return valeurs


def dresser(session: Session, achat_id: uuid.UUID, ajouter: str = "") -> Fiche:
    """Rows of the member: its known needs, one empty row per new article, one more on request."""
    achat = achat_visible(session, achat_id, siret())
    siens = lectures.de_l_organisation(session, siret(), achat_id)
    rangees: list[Rangee] = []
    for lu in achat.articles:
        article = en_article(lu)
        connus: list[t.Besoin | None] = [b for b in siens if b.article == lu.code]
        if not connus or ajouter == lu.code:
            connus.append(None)
        for numero, besoin in enumerate(connus):
            rangees.append(Rangee(len(rangees), article, besoin, numero == 0))
    return Fiche(
        achat,
        rangees,
        organisation(session, siret()).lieu_livraison,
        lectures.historiques(session, siret(), achat_id),
    )


@pages.route("", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def declarer(achat_id: uuid.UUID) -> Vue:
    """Show what is known, take what is new; nothing is written unless everything is right."""
    ajouter = request.args.get("ajouter", "")
    with reading() as session:
        fiche = dresser(session, achat_id, ajouter)
        totaux = lectures.totaux(session, achat_id)
    formulaire = formulaire_des_besoins(len(fiche.rangees))
    if request.method == "GET":
        return _montrer(formulaire.initial(fiche.initiale), fiche, totaux, ajouter)
    form = formulaire.bind(request.form)
    declarations = _lire(form, fiche)
    if form.valid:
        try:
            changes = _ecrire(achat_id, declarations)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(_bilan(changes), "ok")
            return redirect(url_for("groupement_besoins.declarer", achat_id=achat_id), 303)
    return _montrer(form, fiche, totaux, ajouter)


def _montrer(form: Form, fiche: Fiche, totaux: dict[str, lectures.Total], ajouter: str) -> Vue:
    reponse = next((p for p in fiche.achat.participations if p.siret == siret()), None)
    return rendu(
        "besoins.html",
        form,
        achat=fiche.achat,
        rangees=fiche.rangees,
        historiques=fiche.historiques,
        totaux=totaux,
        reponse=reponse,
        form_reponse=ReponseForm.initial(
            {
                "reponse": reponse.reponse if reponse else "",
                "engagement_max_ht": str(reponse.engagement_max_ht or "") if reponse else "",
            }
        ),
        ajouter=ajouter,
    )


def _lire(form: Form, fiche: Fiche) -> list[Declaration]:
    """Declarations of the rows that say something; a known need left empty becomes zero.

    A row says which article it is about, so that needs declared meanwhile by another way cannot
    shift what was typed.
    """
    articles = {rangee.article.code: rangee.article for rangee in fiche.rangees}
    connus = {(r.besoin.article, r.besoin.lieu) for r in fiche.rangees if r.besoin}
    declarations = []
    for rang in range(len(fiche.rangees)):
        article = articles.get(str(form.value(f"article-{rang}")))
        texte = str(form.value(f"quantite-{rang}")).strip()
        lieu = nom_de_lieu(str(form.value(f"lieu-{rang}")))
        if article is None or (not texte and (article.code, lieu) not in connus):
            continue
        try:
            declaration = lire_declaration(
                article, texte or "0", str(form.value(f"unite-{rang}")), lieu
            )
            mesurer(declaration, article)
        except DomainError as refus:
            for champ, message in refus.champs.items():
                refuser(form, f"{champ}-{rang}", message)
        else:
            declarations.append(declaration)
    return declarations


def _ecrire(achat_id: uuid.UUID, declarations: list[Declaration]) -> int:
    with transaction() as uow:
        achat_visible(uow.session, achat_id, siret())
        faits = [
            declarer_besoin(uow, achat_id, siret(), declaration, Canal.FORMULAIRE)
            for declaration in declarations
        ]
    return sum(fait.changement is not Changement.IDENTIQUE for fait in faits)


def _bilan(changes: int) -> str:
    if not changes:
        return "Aucun changement : vos besoins étaient déjà enregistrés."
    besoins = "besoins transmis" if changes > 1 else "besoin transmis"
    return f"{changes} {besoins} au coordonnateur."


@pages.post("/reponse")
@allow("agent", "coordonnateur")
def repondre_a_l_appel(achat_id: uuid.UUID) -> Response:
    """Take part or decline, without declaring anything yet."""
    form = ReponseForm.bind(request.form)
    retour = redirect(url_for("groupement_besoins.declarer", achat_id=achat_id), 303)
    if not form.valid:
        flash(" ".join(form.errors.values()), "erreur")
        return retour
    try:
        with transaction() as uow:
            achat_visible(uow.session, achat_id, siret())
            repondre(uow, NouvelleReponse(achat_id=achat_id, siret=siret(), **form.data))
    except DomainError as refus:
        flash(refus.message, "erreur")
    else:
        flash("Votre réponse est enregistrée.", "ok")
    return retour
