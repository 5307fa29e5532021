"""What the coordinator does in the name of all: call, close, launch, give up."""

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, render_template, request
from werkzeug.wrappers import Response

from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.conventions import exiger_executoire
from services.groupement.pages.formulaires import MotifForm, RecensementForm
from services.groupement.pages.vues import Vue, achat_conduit, rendu, vers_achat
from services.groupement.queries.achats import noms
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.commun import convention_de
from services.groupement.usecases.consolider import cadre
from services.groupement.usecases.lancer import (
    derniere_consolidation,
    lancer,
    participants_de,
)
from services.groupement.usecases.ouvrir_recensement import ouvrir_recensement
from services.groupement.usecases.rouvrir_recensement import rouvrir_recensement
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint("groupement_conduite", __name__, url_prefix="/groupement/achats/<uuid:achat_id>")


def _agir(achat_id: uuid.UUID, form: Form, action: Callable[[UnitOfWork], object]) -> bool:
    """Run a use case as the coordinator; a refusal lands in the form."""
    try:
        with transaction() as uow:
            achat_conduit(uow.session, achat_id)
            action(uow)
    except DomainError as refus:
        form.reject(refus)
        return False
    return True


@pages.route("/recensement", methods=["GET", "POST"])
@allow("coordonnateur")
def recensement(achat_id: uuid.UUID) -> Vue:
    """Open the call for needs, or reopen it with a reason."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
    reouverture = achat.etat == EtatAchat.CONSOLIDE
    if request.method == "GET":
        form = RecensementForm.initial({"cloture_heure": "17:00"})
        return rendu("recensement_ouvrir.html", form, achat=achat, reouverture=reouverture)
    form = RecensementForm.bind(request.form)
    site = context().settings.public_url
    if form.valid:
        cloture, motif = form.cloture_le(), form.data["motif"]
        if _agir(
            achat_id,
            form,
            lambda uow: (
                rouvrir_recensement(uow, achat_id, cloture, motif=motif, site=site)
                if reouverture
                else ouvrir_recensement(uow, achat_id, cloture, site=site)
            ),
        ):
            flash("Le recensement est ouvert : les membres sont prévenus.", "ok")
            return vers_achat(achat_id)
    return rendu("recensement_ouvrir.html", form, achat=achat, reouverture=reouverture)


@pages.route("/clore", methods=["GET", "POST"])
@allow("coordonnateur")
def clore(achat_id: uuid.UUID) -> Vue:
    """Close the call before its deadline."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        silencieux = _silencieux(achat_id)
    form = Form.initial()
    if request.method == "POST" and _agir(
        achat_id, form, lambda uow: clore_recensement(uow, achat_id)
    ):
        flash("Le recensement est clos.", "ok")
        return vers_achat(achat_id)
    return rendu("clore.html", form, achat=achat, silencieux=silencieux)


def _silencieux(achat_id: uuid.UUID) -> list[str]:
    """Names of those who have said nothing yet: closing puts them out."""
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        convention = convention_de(session, achat.convention_id)
        dits = {p.siret for p in achat.participations if p.reponse != "SILENCE"}
        consultes = convention.consultes(context().clock.today())
        return [a.nom for a in consultes if a.siret not in dits]


@pages.route("/lancer", methods=["GET", "POST"])
@allow("coordonnateur")
def lancement(achat_id: uuid.UUID) -> Vue:
    """Say what launching freezes, then launch."""
    form = Form.initial()
    if request.method == "POST" and _agir(
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
    if form.valid and _agir(
        achat_id, form, lambda uow: abandonner(uow, achat_id, form.data["motif"])
    ):
        flash("L’achat est abandonné.", "ok")
        return vers_achat(achat_id)
    return rendu("abandonner.html", form, achat=achat)
