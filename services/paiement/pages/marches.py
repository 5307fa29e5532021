"""Contracts and their accounts, advances to pay."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import VersementForm, jour_iso
from services.paiement.queries import avances as avances_lues
from services.paiement.queries import marches as lectures
from services.paiement.usecases.avances import accepter_avance, refuser_avance, verser_avance
from services.paiement.usecases.lois import lois
from shared.kernel.errors import DomainError, NotFoundError
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.pagination import page_demandee

pages = Blueprint("marches", __name__, url_prefix="/paiement")
SIMPLES: dict[str, tuple[Callable[..., Any], str]] = {
    "accepter": (accepter_avance, "L’avance est acceptée\u00a0: elle peut être versée."),
    "refuser": (refuser_avance, "Le titulaire renonce à l’avance."),
}


@pages.get("/marches")
@allow("finances", "coordonnateur", "agent", "entreprise")
def lister() -> str:
    """Contracts that the organisation signed, holds or orders on."""
    with reading() as session:
        page = lectures.lister(session, siret(), page_demandee())
        return render_template("paiement/marches.html", page=page)


@pages.get("/marches/<uuid:marche_id>")
@allow("finances", "coordonnateur", "agent", "entreprise")
def voir(marche_id: uuid.UUID) -> str:
    """What was committed, delivered, billed and paid on a contract; its advance and its rule."""
    form = VersementForm.initial({"versee_le": jour_iso(context().clock.today())})
    return _voir(marche_id, form)


def _voir(marche_id: uuid.UUID, form: VersementForm) -> str:
    with reading() as session:
        compte = lectures.compte(session, marche_id, siret())
        return render_template(
            "paiement/marche.html",
            compte=compte,
            marche=compte.marche,
            avances=avances_lues.du_marche(session, marche_id, lois(session)),
            form=form,
        )


@pages.get("/avances")
@allow("finances")
def avances() -> str:
    """Advances of the organisation, those to pay first."""
    with reading() as session:
        page = lectures.avances(session, siret(), page_demandee())
        return render_template("paiement/avances.html", page=page)


@pages.post("/marches/<uuid:marche_id>/avance/<decision>")
@allow("finances")
def decider(marche_id: uuid.UUID, decision: str) -> Response:
    """Record the answer of the contractor."""
    if decision not in SIMPLES:
        raise NotFoundError("Cette décision n’existe pas.", code="decision_inconnue")
    faire, dit = SIMPLES[decision]
    with transaction() as uow:
        faire(uow, marche_id, siret())
    flash(dit, "ok")
    return redirect(url_for("marches.voir", marche_id=marche_id), 303)


@pages.post("/marches/<uuid:marche_id>/avance/versement")
@allow("finances")
def verser(marche_id: uuid.UUID) -> str | tuple[str, int] | Response:
    """Record the payment of the advance."""
    form = VersementForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                verser_avance(uow, marche_id, siret(), form.data["versee_le"])
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash("Le versement de l’avance est constaté.", "ok")
            return redirect(url_for("marches.voir", marche_id=marche_id), 303)
    return _voir(marche_id, form), 422
