"""Purchasing cards: limits, operations, an authorisation tried with every check shown."""

import re
import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import CarteForm, FournisseurForm, OperationForm
from services.paiement.queries import cartes as lectures
from services.paiement.queries import marches
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.cartes import (
    NouvelleCarte,
    activer_carte,
    creer_carte,
    referencer_fournisseur,
)
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form
from shared.web.pagination import page_demandee

pages = Blueprint("cartes", __name__, url_prefix="/paiement/cartes")
Vue = str | tuple[str, int] | Response


@pages.get("")
@allow("finances", "porteur")
def lister() -> str:
    """Cards of the organisation and the suppliers listed for them."""
    return _liste(FournisseurForm.initial())


def _liste(form: FournisseurForm) -> str:
    with reading() as session:
        cartes = lectures.lister(session, siret())
        return render_template(
            "paiement/cartes.html",
            cartes=cartes,
            depenses=lectures.depenses_du_mois(session, cartes, context().clock.today()),
            fournisseurs=lectures.fournisseurs(session, siret()),
            form=form,
        )


@pages.post("/fournisseurs")
@allow("finances")
def referencer() -> Vue:
    """List a supplier that accepts cards."""
    form = FournisseurForm.bind(request.form)
    if not form.valid:
        return _liste(form), 422
    with transaction() as uow:
        referencer_fournisseur(uow, siret(), form.data["siret"], form.data["nom"])
    flash(f"{form.data['nom']} est référencé.", "ok")
    return redirect(url_for("cartes.lister"), 303)


@pages.route("/nouvelle", methods=["GET", "POST"])
@allow("finances")
def nouvelle() -> Vue:
    """Give a card with its ceilings."""
    if request.method == "GET":
        return render_template("paiement/carte_nouvelle.html", form=CarteForm.initial())
    form = CarteForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                carte = creer_carte(uow, siret(), _nouvelle(form.data))
        except DomainError as refus:
            form.errors["familles"] = refus.message
        else:
            flash(f"La carte de {carte.porteur} est créée.", "ok")
            return redirect(url_for("cartes.voir", carte_id=carte.id), 303)
    return render_template("paiement/carte_nouvelle.html", form=form), 422


def _nouvelle(donnees: dict[str, Any]) -> NouvelleCarte:
    familles = [mot for mot in re.split(r"[\s,;]+", donnees["familles"]) if mot]
    restes = {cle: valeur for cle, valeur in donnees.items() if cle != "familles"}
    return NouvelleCarte(**restes, familles_exclues=familles)


@pages.get("/<uuid:carte_id>")
@allow("finances", "porteur")
def voir(carte_id: uuid.UUID) -> str:
    """One card: what is left, its operations, and a form to ask for one more."""
    operation_id = request.args.get("operation", type=uuid.UUID)
    return _carte(carte_id, OperationForm.initial(), operation_id)


def _carte(carte_id: uuid.UUID, form: Form, operation_id: uuid.UUID | None = None) -> str:
    with reading() as session:
        carte = lectures.lire(session, carte_id, siret())
        depense = lectures.depenses_du_mois(session, [carte], context().clock.today())[carte.id]
        return render_template(
            "paiement/carte.html",
            carte=carte,
            depense=depense,
            reste=carte.plafond_periode - depense,
            page=lectures.operations(session, carte_id, page_demandee()),
            operation=(
                lectures.operation(session, carte_id, operation_id) if operation_id else None
            ),
            marches=[(m.reference, f"{m.reference} – {m.objet}") for m in _marches(session)],
            form=form,
        )


def _marches(session: Any) -> Any:
    return marches.references(session, siret())


@pages.post("/<uuid:carte_id>/operations")
@allow("finances", "porteur")
def demander(carte_id: uuid.UUID) -> Vue:
    """Ask for an operation; authorised or not, the answer shows every check in order."""
    form = OperationForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                operation = autoriser_operation(uow, carte_id, siret(), Demande(**form.data))
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            adresse = url_for("cartes.voir", carte_id=carte_id, operation=operation.id)
            return redirect(f"{adresse}#reponse", 303)
    return _carte(carte_id, form), 422


@pages.post("/<uuid:carte_id>/activation")
@allow("finances")
def activer(carte_id: uuid.UUID) -> Response:
    """Switch a card on or off."""
    active = request.form.get("active") == "oui"
    with transaction() as uow:
        activer_carte(uow, carte_id, siret(), active=active)
    flash("La carte est activée." if active else "La carte est désactivée.", "ok")
    return redirect(url_for("cartes.voir", carte_id=carte_id), 303)
