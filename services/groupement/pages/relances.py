"""Remind the members awaited: who, since when, then the confirmation."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for

from services.groupement.domain.achats import EtatAchat
from services.groupement.pages.vues import Vue, achat_conduit, rendu
from services.groupement.queries.achats import auteurs
from services.groupement.queries.appels import relances_de, suivi
from services.groupement.usecases.relancer import relancer
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint(
    "groupement_relances", __name__, url_prefix="/groupement/achats/<uuid:achat_id>/relances"
)


@pages.route("", methods=["GET", "POST"])
@allow("coordonnateur")
def confirmer(achat_id: uuid.UUID) -> Vue:
    """Say who will be written to, then write; the journal of reminders stays below."""
    form = Form.initial()
    if request.method == "POST":
        try:
            with transaction() as uow:
                achat_conduit(uow.session, achat_id)
                relances = relancer(uow, achat_id, site=context().settings.public_url)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(_bilan(len(relances)), "ok")
            return redirect(url_for("groupement_relances.confirmer", achat_id=achat_id), 303)
    with reading() as session:
        achat = achat_conduit(session, achat_id)
        return rendu(
            "relances.html",
            form,
            achat=achat,
            ouvert=achat.etat == EtatAchat.RECENSEMENT_OUVERT,
            suivi=suivi(session, achat, context().parametres, context().clock.today()),
            aujourdhui=context().clock.today(),
            journal=relances_de(session, achat_id),
            auteurs=auteurs(session),
        )


def _bilan(relances: int) -> str:
    if not relances:
        return "Personne à relancer : chacun l’a déjà été aujourd’hui, ou a répondu."
    return "1 membre relancé." if relances == 1 else f"{relances} membres relancés."
