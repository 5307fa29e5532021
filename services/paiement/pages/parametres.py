"""The law as this instance knows it, buyers and their class, accesses to the API."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.pages.acces import verifier_instance
from services.paiement.pages.formulaires import AccesForm, ClasseForm, ParametreForm, jour_iso
from services.paiement.queries import parametres as lectures
from services.paiement.usecases.acces import donner_acces, revoquer_acces
from services.paiement.usecases.acheteurs import classer_acheteur
from services.paiement.usecases.lois import lois
from services.paiement.usecases.saisir_parametre import TAUX_BCE, saisir_parametre, saisissables
from shared.kernel.errors import DomainError
from shared.kernel.parametres import ParametreManquant, Parametres
from shared.web.access import allow
from shared.web.context import context, reading, transaction

pages = Blueprint("parametres", __name__, url_prefix="/paiement/parametres")
Vue = str | tuple[str, int] | Response


@pages.route("", methods=["GET", "POST"])
@allow("finances")
def lister() -> Vue:
    """Parameters in force with their text; enter the one that is missing."""
    if request.method == "GET":
        return _rendu(None)
    verifier_instance()
    form = ParametreForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                saisi = saisir_parametre(uow, **form.data)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"Le paramètre «\u00a0{saisi.libelle}\u00a0» est enregistré.", "ok")
            return redirect(url_for("parametres.lister"), 303)
    return _rendu(form)


def _rendu(form: ParametreForm | None) -> Vue:
    aujourdhui = context().clock.today()
    with reading() as session:
        parametres = lois(session)
        semestres = lectures.semestres(parametres, aujourdhui)
        manquant = next((s.du for s in reversed(semestres) if s.taux is None), None)
        form = form or ParametreForm.initial({"code": TAUX_BCE, "du": jour_iso(manquant)})
        corps = render_template(
            "paiement/parametres.html",
            form=form,
            lignes=lectures.en_vigueur(parametres, aujourdhui),
            semestres=semestres,
            codes=_codes(parametres),
            en_attente=lectures.en_attente_de_taux(session),
            acheteurs=lectures.acheteurs(session),
            classe=ClasseForm.initial(),
        )
    return (corps, 422) if form.errors else corps


def _codes(parametres: Parametres) -> list[tuple[str, str]]:
    libelles = {p.code: p.libelle for p in parametres}
    return [(code, libelles[code]) for code in saisissables(parametres)]


@pages.post("/acheteurs/<siret>")
@allow("finances")
def classer(siret: str) -> Response:
    """Set the class of a buyer, which gives its payment deadline."""
    verifier_instance()
    form = ClasseForm.bind(request.form)
    if not form.valid:
        flash("La classe ou le montant n’est pas valable\u00a0: rien n’a changé.", "erreur")
        return redirect(f"{url_for('parametres.lister')}#acheteurs", 303)
    try:
        with transaction() as uow:
            classer_acheteur(uow, siret, **form.data)
    except ParametreManquant as manque:
        flash(f"{manque.message} Rien n’a changé.", "erreur")
    else:
        flash("L’acheteur est mis à jour. Les factures déjà reçues gardent leur échéance.", "ok")
    return redirect(f"{url_for('parametres.lister')}#acheteurs", 303)


@pages.route("/acces", methods=["GET", "POST"])
@allow("finances")
def acces() -> Vue:
    """Accesses of other software to the API; a token is shown once."""
    verifier_instance()
    form, jeton = AccesForm.initial({"role": "entreprise"}), None
    if request.method == "POST":
        form = AccesForm.bind(request.form)
        if form.valid:
            with transaction() as uow:
                jeton = donner_acces(uow, **form.data)
            form = AccesForm.initial({"role": "entreprise"})
    with reading() as session:
        corps = render_template(
            "paiement/acces.html", form=form, jeton=jeton, acces=lectures.acces(session)
        )
    return (corps, 422) if form.errors else corps


@pages.post("/acces/<uuid:acces_id>/revocation")
@allow("finances")
def revoquer(acces_id: uuid.UUID) -> Response:
    """Close an access for good."""
    verifier_instance()
    with transaction() as uow:
        revoquer_acces(uow, acces_id)
    flash("L’accès est fermé.", "ok")
    return redirect(url_for("parametres.acces"), 303)
