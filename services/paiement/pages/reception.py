"""How an organisation receives its invoices: French rules, routing, services."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.domain.reception import LIBELLES_EXIGENCE, LIBELLES_NIVEAU, Exigence, Niveau
from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import AccueilForm, ServiceForm
from services.paiement.queries import ecarts
from services.paiement.usecases.regler_reception import declarer_service, regler_accueil
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint("reception", __name__, url_prefix="/paiement/reception")
Vue = str | tuple[str, int] | Response


@pages.get("")
@allow("finances")
def voir() -> Vue:
    """The present settings and the declared services."""
    return _rendu()


@pages.post("")
@allow("finances")
def regler() -> Vue:
    """Change what French findings do and what an invoice must cite."""
    form = AccueilForm.bind(request.form)
    if not form.valid:
        return _rendu(accueil=form)
    with transaction() as uow:
        regler_accueil(uow, siret(), **form.data)
    flash("La réception des factures est réglée.", "ok")
    return redirect(url_for("reception.voir"), 303)


@pages.post("/services")
@allow("finances")
def declarer() -> Vue:
    """Declare a service, or change what it asks."""
    form = ServiceForm.bind(request.form)
    if not form.valid:
        return _rendu(service=form)
    with transaction() as uow:
        declarer_service(uow, siret(), **form.data)
    flash(f"Le service {form.data['code']} peut recevoir des factures.", "ok")
    return redirect(url_for("reception.voir"), 303)


def _rendu(accueil: Form | None = None, service: Form | None = None) -> Vue:
    with reading() as session:
        reglage = ecarts.reglage(session, siret())
        services = ecarts.services(session, siret())
    present = {
        "niveau_br_fr": reglage.niveau_br_fr if reglage else Niveau.AVERTIR,
        "exigence": reglage.exigence if reglage else Exigence.NONE,
    }
    corps = render_template(
        "paiement/reception.html",
        accueil=accueil or AccueilForm.initial(present),
        service=service or ServiceForm.initial(),
        services=services,
        niveaux=_choix(LIBELLES_NIVEAU),
        exigences=_choix(LIBELLES_EXIGENCE),
        repertoire=getattr(context().settings, "factures_repertoire", None),
        boite=getattr(context().settings, "factures_imap", None),
    )
    return (corps, 422) if accueil or service else corps


def _choix(libelles: Any) -> list[tuple[str, str]]:
    return [(code.value, texte) for code, texte in libelles.items()]
