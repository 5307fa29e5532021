"""« Déclarer mes besoins » : every article on one page, a range, a unit, a place, a wished date."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from services.groupement.domain.besoins import Changement
from services.groupement.pages import saisie_besoins as saisies
from services.groupement.pages.formulaires import formulaire_des_besoins
from services.groupement.pages.saisie_besoins import Fiche, Rangee
from services.groupement.pages.vues import Vue, refuser, rendu, siret
from services.groupement.queries import besoins as lectures
from services.groupement.queries.achats import achat_visible, auteurs
from services.groupement.usecases.brouillon import effacer_brouillon, enregistrer_brouillon
from services.groupement.usecases.repondre import lots_declines
from services.groupement.usecases.transmettre_besoins import (
    BesoinsModifies,
    Saisie,
    transmettre_besoins,
)
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.forms import Form

pages = Blueprint(
    "groupement_besoins", __name__, url_prefix="/groupement/achats/<uuid:achat_id>/besoins"
)


@pages.route("", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def declarer(achat_id: uuid.UUID) -> Vue:
    """Show what is known, take what is new; nothing is written unless everything is right."""
    fiche = _dresser(achat_id)
    if request.method == "GET":
        form = formulaire_des_besoins(len(fiche.rangees)).initial(fiche.initiale)
        return _montrer(form, fiche)
    form = saisies.formulaire(request.form)
    rangees = saisies.postees(form, fiche)
    if request.form.get("action") == "brouillon":
        return _garder(achat_id, form, replace(fiche, rangees=rangees))
    lues = saisies.lire(form, rangees)
    if form.valid:
        try:
            changes = _ecrire(achat_id, lues)
        except BesoinsModifies as refus:
            fiche = _dresser(achat_id)
            return _comparer(form, fiche, saisies.postees(form, fiche), refus)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(_bilan(changes), "ok")
            return redirect(url_for("groupement_besoins.declarer", achat_id=achat_id), 303)
    return _montrer(form, replace(fiche, rangees=rangees))


def _dresser(achat_id: uuid.UUID) -> Fiche:
    with reading() as session:
        return saisies.dresser(
            session,
            achat_id,
            ajouter=request.args.get("ajouter", ""),
            reprendre=request.args.get("reprendre") == "1",
        )


def _montrer(form: Form, fiche: Fiche) -> Vue:
    achat = fiche.achat
    reponse = next((p for p in achat.participations if p.siret == siret()), None)
    with reading() as session:
        return rendu(
            "besoins.html",
            form,
            fiche=fiche,
            achat=achat,
            rangees=fiche.rangees,
            totaux=lectures.totaux(session, achat.id),
            auteurs=auteurs(session),
            hors=lots_declines(session, achat.id, siret()),
            reponse=reponse,
            ajouter=request.args.get("ajouter", ""),
        )


def _comparer(form: Form, fiche: Fiche, rangees: list[Rangee], refus: BesoinsModifies) -> Vue:
    """Show both values of each need that moved; the person chooses."""
    par_besoin = {
        (c.connu.declaration.article, c.connu.declaration.lieu): c for c in refus.conflits
    }
    montrees = []
    for rangee in rangees:
        cle = (rangee.besoin.article, rangee.besoin.lieu) if rangee.besoin else None
        conflit = par_besoin.get(cle) if cle else None
        if conflit:
            refuser(form, f"choix-{rangee.rang}", "Choisissez la valeur à garder.")
        montrees.append(replace(rangee, conflit=conflit))
    return _montrer(form, replace(fiche, rangees=montrees))


def _garder(achat_id: uuid.UUID, form: Form, fiche: Fiche) -> Vue:
    """Keep the rows as typed, right or not: they count nowhere until they are transmitted."""
    lignes = [
        {**rangee.valeurs, "article": rangee.article.code, "conflit": "", "choix": ""}
        for rangee in fiche.rangees
        if rangee.valeurs["quantite"]
    ]
    try:
        with transaction() as uow:
            enregistrer_brouillon(uow, achat_id, siret(), lignes)
    except DomainError as refus:
        form.reject(refus)
        return _montrer(form, fiche)
    flash("Brouillon enregistré : il ne compte pas tant qu’il n’est pas transmis.", "ok")
    return redirect(url_for("groupement_besoins.declarer", achat_id=achat_id), 303)


@pages.post("/brouillon/abandonner")
@allow("agent", "coordonnateur")
def abandonner_brouillon(achat_id: uuid.UUID) -> Response:
    """Forget what was typed and not transmitted."""
    with transaction() as uow:
        achat_visible(uow.session, achat_id, siret())
        effacer_brouillon(uow, achat_id, siret())
    flash("Brouillon abandonné.", "ok")
    return redirect(url_for("groupement_besoins.declarer", achat_id=achat_id), 303)


def _ecrire(achat_id: uuid.UUID, lues: Sequence[Saisie]) -> int:
    with transaction() as uow:
        achat_visible(uow.session, achat_id, siret())
        faits = transmettre_besoins(uow, achat_id, siret(), lues)
    return sum(fait.changement is not Changement.IDENTIQUE for fait in faits)


def _bilan(changes: int) -> str:
    if not changes:
        return "Aucun changement : vos besoins étaient déjà enregistrés."
    besoins = "besoins transmis" if changes > 1 else "besoin transmis"
    return f"{changes} {besoins} au coordonnateur."
