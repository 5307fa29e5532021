"""The coordinator opens a call for needs, reopens it with a reason, closes it before its term."""

import uuid

from flask import Blueprint, flash, request

from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.appels import LIBELLES_POLITIQUE, Issue
from services.groupement.pages.conduite import agir
from services.groupement.pages.formulaires import RecensementForm
from services.groupement.pages.vues import Vue, achat_conduit, rendu, vers_achat
from services.groupement.queries.appels import Suivi, appels_de, suivi
from services.groupement.usecases.clore_recensement import clore_recensement, issue_prevue
from services.groupement.usecases.ouvrir_recensement import ouvrir_recensement
from services.groupement.usecases.rouvrir_recensement import rouvrir_recensement
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.forms import Form

pages = Blueprint("groupement_appels", __name__, url_prefix="/groupement/achats/<uuid:achat_id>")
BILANS = {
    Issue.CLORE: "Le recensement est clos.",
    Issue.PROLONGER: "Le minimum n’est pas atteint : le recensement est prolongé, comme annoncé.",
    Issue.ANNULER: "Le minimum n’est pas atteint : l’achat est abandonné, comme annoncé.",
}


@pages.route("/recensement", methods=["GET", "POST"])
@allow("coordonnateur")
def recensement(achat_id: uuid.UUID) -> Vue:
    """Open the call for needs, or reopen it with a reason."""
    form = RecensementForm.initial({"cloture_heure": "17:00"})
    if request.method == "POST":
        form = RecensementForm.bind(request.form)
        if form.valid and agir(achat_id, form, lambda uow: _ouvrir(uow, achat_id, form)):
            flash("Le recensement est ouvert : les membres sont prévenus.", "ok")
            return vers_achat(achat_id)
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        return rendu(
            "recensement_ouvrir.html",
            form,
            achat=achat,
            reouverture=achat.etat == EtatAchat.CONSOLIDE,
            appels=appels_de(session, achat_id),
            politiques=[("", "Clore quand même"), *LIBELLES_POLITIQUE.items()],
        )


def _ouvrir(uow: UnitOfWork, achat_id: uuid.UUID, form: RecensementForm) -> None:
    achat = achat_conduit(uow.session, achat_id)
    site, plancher = context().settings.public_url, form.plancher()
    if achat.etat == EtatAchat.CONSOLIDE:
        motif = form.data["motif"]
        rouvrir_recensement(
            uow, achat_id, form.cloture_le(), motif=motif, site=site, plancher=plancher
        )
    else:
        ouvrir_recensement(uow, achat_id, form.cloture_le(), site=site, plancher=plancher)


@pages.route("/clore", methods=["GET", "POST"])
@allow("coordonnateur")
def clore(achat_id: uuid.UUID) -> Vue:
    """Close the call before its deadline, having said what that comes to."""
    form, vu = Form.initial(), _vu(achat_id)
    if request.method == "POST":
        try:
            exigee = Issue(request.form.get("issue") or Issue.CLORE)
        except ValueError:
            exigee = Issue.CLORE
        if agir(achat_id, form, lambda uow: _clore(uow, achat_id, exigee)):
            flash(BILANS[exigee], "ok")
            return vers_achat(achat_id)
    return rendu("clore.html", form, achat=vu[0].achat, suivi=vu[0], issue=vu[1], Issue=Issue)


def _clore(uow: UnitOfWork, achat_id: uuid.UUID, exigee: Issue) -> None:
    """Do what the page said, or nothing when needs have changed that meanwhile."""
    issue_prevue(uow.session, achat_id, exigee)
    clore_recensement(uow, achat_id, site=context().settings.public_url)


def _vu(achat_id: uuid.UUID) -> tuple[Suivi, Issue]:
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        vue = suivi(session, achat, context().parametres, context().clock.today())
        try:
            return vue, issue_prevue(session, achat_id)
        except DomainError:
            return vue, Issue.CLORE
