"""What the coordinator does of a convention: open its signature, invite, amend, stop it."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, request
from werkzeug.wrappers import Response

from services.groupement.pages.conventions import coordonnee, vers_convention
from services.groupement.pages.formulaires import MotifForm
from services.groupement.pages.formulaires_convention import InvitationForm
from services.groupement.pages.vues import Vue, rendu
from services.groupement.queries import conventions as lectures
from services.groupement.usecases import conduire_convention as conduire
from shared.kernel.errors import DomainError, ForbiddenError, NotFoundError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.forms import Form

pages = Blueprint("groupement_conduite_convention", __name__, url_prefix="/groupement/convention")
ARRETS = {
    "suspendre": {
        "titre": "Suspendre la convention",
        "effet": "Aucun achat n’est lancé pendant la suspension. Les marchés en cours continuent.",
        "exemple": "Exemple\u00a0: recours contre la délibération du coordonnateur.",
        "fait": "La convention est suspendue.",
    },
    "resilier": {
        "titre": "Résilier la convention",
        "effet": "La résiliation est définitive. Les marchés en cours vont à leur terme\u00a0; les "
        "achats qui ne sont pas lancés sont à abandonner.",
        "exemple": "Exemple\u00a0: création d’une centrale d’achat.",
        "fait": "La convention est résiliée.",
    },
}


def _faire(convention_id: uuid.UUID, decision: Callable[..., Any], *arguments: Any) -> Any:
    with transaction() as uow:
        coordonnee(uow.session, convention_id)
        return decision(uow, convention_id, *arguments)


@pages.post("/<uuid:convention_id>/signature")
@allow("coordonnateur")
def signature(convention_id: uuid.UUID) -> Response:
    """Freeze the clauses, call for deliberations."""
    return _decider(
        convention_id,
        conduire.mettre_en_signature,
        "La convention est en signature\u00a0: chaque membre est appelé à délibérer.",
    )


@pages.post("/<uuid:convention_id>/retablir")
@allow("coordonnateur")
def retablir(convention_id: uuid.UUID) -> Response:
    """Lift the suspension."""
    return _decider(convention_id, conduire.retablir, "La suspension est levée.")


def _decider(
    convention_id: uuid.UUID, decision: Callable[[UnitOfWork, uuid.UUID], Any], fait: str
) -> Response:
    """A button without a form: what is refused is said on the page it came from."""
    try:
        _faire(convention_id, decision)
    except DomainError as refus:
        if isinstance(refus, ForbiddenError | NotFoundError):
            raise
        flash(refus.message, "erreur")
    else:
        flash(fait, "ok")
    return vers_convention(convention_id)


@pages.post("/<uuid:convention_id>/amender")
@allow("coordonnateur")
def amender(convention_id: uuid.UUID) -> Response:
    """Draft the next version from this one."""
    try:
        nouvelle: uuid.UUID = _faire(convention_id, conduire.amender)
    except DomainError as refus:
        if isinstance(refus, ForbiddenError | NotFoundError):
            raise
        flash(refus.message, "erreur")
        return vers_convention(convention_id)
    flash("L’avenant est préparé\u00a0: modifiez ses clauses, puis soumettez-le à signature.", "ok")
    return vers_convention(nouvelle)


@pages.route("/<uuid:convention_id>/<any(suspendre, resilier):arret>", methods=["GET", "POST"])
@allow("coordonnateur")
def arreter(convention_id: uuid.UUID, arret: str) -> Vue:
    """Suspend or terminate, with the reason."""
    with reading() as session:
        convention = coordonnee(session, convention_id)
    donnees = {"convention": convention, "arret": ARRETS[arret]}
    if request.method == "GET":
        return rendu("convention_arreter.html", MotifForm.initial(), **donnees)
    form = MotifForm.bind(request.form)
    if form.valid and _essayer(form, convention_id, getattr(conduire, arret), form.data["motif"]):
        flash(ARRETS[arret]["fait"], "ok")
        return vers_convention(convention_id)
    return rendu("convention_arreter.html", form, **donnees)


@pages.route("/<uuid:convention_id>/inviter", methods=["GET", "POST"])
@allow("coordonnateur")
def inviter(convention_id: uuid.UUID) -> Vue:
    """Invite one more member, or a former one again."""
    with reading() as session:
        convention = coordonnee(session, convention_id)
        dedans = {a.siret for a in convention.adhesions if a.retire_le is None}
        autres = [
            (o.siret, o.nom) for o in lectures.organisations(session) if o.siret not in dedans
        ]
    donnees = {"convention": convention, "organisations": autres}
    if request.method == "GET":
        return rendu("convention_inviter.html", InvitationForm.initial(), **donnees)
    form = InvitationForm.bind(request.form)
    if form.valid and _essayer(form, convention_id, conduire.inviter, form.data["siret"]):
        flash("L’invitation est envoyée\u00a0: la délibération du membre est attendue.", "ok")
        return vers_convention(convention_id)
    return rendu("convention_inviter.html", form, **donnees)


def _essayer(
    form: Form, convention_id: uuid.UUID, decision: Callable[..., Any], *arguments: Any
) -> bool:
    """Act, or put the refusal on the form."""
    try:
        _faire(convention_id, decision, *arguments)
    except DomainError as refus:
        form.reject(refus)
    return form.valid
