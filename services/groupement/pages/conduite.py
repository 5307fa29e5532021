"""What the coordinator does in the name of all: launch, give up."""

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from services.groupement.domain.conventions import exiger_executoire
from services.groupement.pages.formulaires import MotifForm
from services.groupement.pages.vues import Vue, achat_conduit, rendu, vers_achat
from services.groupement.queries.achats import noms
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.commun import convention_de
from services.groupement.usecases.consolider import cadre
from services.groupement.usecases.lancer import (
    derniere_consolidation,
    lancer,
    participants_de,
)
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint("groupement_conduite", __name__, url_prefix="/groupement/achats/<uuid:achat_id>")


def agir(achat_id: uuid.UUID, form: Form, action: Callable[[UnitOfWork], object]) -> bool:
    """Run a use case as the coordinator; a refusal lands in the form."""
    try:
        with transaction() as uow:
            achat_conduit(uow.session, achat_id)
            action(uow)
    except DomainError as refus:
        form.reject(refus)
        return False
    return True


@pages.route("/lancer", methods=["GET", "POST"])
@allow("coordonnateur")
def lancement(achat_id: uuid.UUID) -> Vue:
    """Say what launching freezes, then launch."""
    form = Form.initial()
    if request.method == "POST" and agir(
        achat_id, form, lambda uow: lancer(uow, achat_id, context().parametres)
    ):
        flash("L’achat est lancé : son périmètre est figé.", "ok")
        return vers_achat(achat_id)
    return _confirmer_lancement(achat_id, form)


def _confirmer_lancement(achat_id: uuid.UUID, form: Form) -> Vue:
    jour = context().clock.today()
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        consolidation = derniere_consolidation(session, achat_id)
        participants = participants_de(session, consolidation)
        convention = convention_de(session, achat.convention_id)
        seuils = cadre(session, achat, context().parametres, jour)
        obstacle = ""
        try:
            exiger_executoire(convention, participants, jour, achat.coordonnateur)
        except DomainError as refus:
            obstacle = refus.message
        return rendu(
            "lancer.html",
            form,
            achat=achat,
            consolidation=consolidation,
            membres=[noms(session)[siret] for siret in participants],
            decision=seuils.decider(consolidation.montant_estime_ht),
            obstacle=obstacle,
        )


@pages.route("/abandonner", methods=["GET", "POST"])
@allow("coordonnateur")
def abandon(achat_id: uuid.UUID) -> Vue | Response:
    """Give the purchase up, with the reason."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
    if request.method == "GET":
        return render_template("groupement/abandonner.html", form=MotifForm.initial(), achat=achat)
    form = MotifForm.bind(request.form)
    if form.valid and agir(
        achat_id, form, lambda uow: abandonner(uow, achat_id, form.data["motif"])
    ):
        flash("L’achat est abandonné.", "ok")
        return vers_achat(achat_id)
    return rendu("abandonner.html", form, achat=achat)
