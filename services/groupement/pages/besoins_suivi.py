"""One need: how it moved, how it is withdrawn; and the validator's page."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.groupement.pages.formulaires import RetraitForm
from services.groupement.pages.vues import Vue, refuser, rendu, siret
from services.groupement.queries import besoins as lectures
from services.groupement.queries.achats import auteurs
from services.groupement.usecases.transmettre_besoins import BesoinsModifies, retirer_besoin
from services.groupement.usecases.valider_besoins import valider_besoins
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import reading, transaction

pages = Blueprint("groupement_besoins_suivi", __name__, url_prefix="/groupement")


@pages.get("/besoins/<uuid:besoin_id>")
@allow("agent", "coordonnateur", "finances")
def historique(besoin_id: uuid.UUID) -> str:
    """Every increment of a need: who, when, by which way, by how much, in which call."""
    with reading() as session:
        suite = lectures.suite_visible(session, besoin_id, siret())
        return render_template(
            "groupement/besoin.html",
            suite=suite,
            increments=lectures.increments(session, besoin_id),
            auteurs=auteurs(session),
            sien=suite.besoin.siret == siret(),
        )


@pages.route("/besoins/<uuid:besoin_id>/retirer", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def retirer(besoin_id: uuid.UUID) -> Vue:
    """Bring a need to zero, its reason kept."""
    with reading() as session:
        suite = lectures.suite(session, besoin_id, siret())
    if request.method == "GET":
        form = RetraitForm.initial({"version": str(suite.besoin.version)})
        return rendu("besoin_retirer.html", form, suite=suite)
    form = RetraitForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                retirer_besoin(uow, besoin_id, siret(), form.data["motif"], form.data["version"])
        except BesoinsModifies:
            refuser(form, "motif", "Ce besoin vient de changer : relisez-le avant de le retirer.")
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Le besoin est retiré ; son historique est conservé.", "ok")
            return redirect(url_for("groupement_besoins.declarer", achat_id=suite.achat.id), 303)
    return rendu("besoin_retirer.html", form, suite=suite)


@pages.get("/validation")
@allow("finances")
def a_valider() -> str:
    """Needs of the organisation that await its own validator, call by call."""
    with reading() as session:
        return render_template(
            "groupement/validation.html",
            appels=lectures.a_valider_par_achat(session, siret()),
            auteurs=auteurs(session),
        )


@pages.post("/achats/<uuid:achat_id>/besoins/valider")
@allow("finances")
def valider(achat_id: uuid.UUID) -> Response:
    """Confirm the needs of one call."""
    try:
        with transaction() as uow:
            nombre = valider_besoins(uow, achat_id, siret())
    except DomainError as refus:
        flash(refus.message, "erreur")
    else:
        flash("1 besoin validé." if nombre == 1 else f"{nombre} besoins validés.", "ok")
    return redirect(url_for("groupement_besoins_suivi.a_valider"), 303)
