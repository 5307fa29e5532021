"""The case of a debt: its timeline, both delays, and the link that a finance agent may set."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.domain import phrases
from services.paiement.domain.facture import SOLDES, Etat
from services.paiement.pages.acces import perimetre, siret
from services.paiement.pages.formulaires import AdresseForm, RelierForm
from services.paiement.queries import affaires
from services.paiement.queries import factures as lectures
from services.paiement.usecases.acheminer import readresser
from services.paiement.usecases.relier import relier
from shared.kernel.errors import DomainError, ValidationError
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint("affaires", __name__, url_prefix="/paiement/factures")
Vue = str | tuple[str, int] | Response


@pages.get("/<uuid:facture_id>/affaire")
@allow("finances", "coordonnateur", "entreprise")
def voir(facture_id: uuid.UUID) -> Vue:
    """Every invoice of the debt, who held it and how long."""
    return _rendu(facture_id, RelierForm.initial())


@pages.post("/<uuid:facture_id>/affaire")
@allow("finances")
def relier_a(facture_id: uuid.UUID) -> Vue:
    """Say that this invoice replaces a rejected one."""
    form = RelierForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                relier(uow, facture_id, siret(), form.data["numero"])
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash("La facture est reliée à l’affaire de la facture rejetée.", "ok")
            return redirect(url_for("affaires.voir", facture_id=facture_id), 303)
    return _rendu(facture_id, form)


@pages.route("/<uuid:facture_id>/readresser", methods=["GET", "POST"])
@allow("entreprise")
def readresser_a(facture_id: uuid.UUID) -> Vue:
    """The supplier corrects the service and the commitment number, nothing else."""
    with reading() as session:
        facture = lectures.lire(session, facture_id, perimetre())
    if request.method == "GET":
        actuels = {"code_service": facture.code_service, "engagement": facture.reference_commande}
        form: Form = AdresseForm.initial(actuels)
    else:
        form = AdresseForm.bind(request.form)
        if form.valid:
            try:
                with transaction() as uow:
                    readresser(uow, facture_id, siret(), **form.data)
            except ValidationError as refus:
                form.reject(refus)
            else:
                flash("La facture est réadressée\u00a0: elle repart chez l’acheteur.", "ok")
                return redirect(url_for("factures.voir", facture_id=facture_id), 303)
    corps = render_template("paiement/readresser.html", facture=facture, form=form)
    return (corps, 422) if form.errors else corps


def _rendu(facture_id: uuid.UUID, form: Form) -> Vue:
    with reading() as session:
        vue = affaires.lire(session, facture_id, perimetre(), context().clock)
    facture = next(f for f in vue.factures if f.id == facture_id)
    reliable = (
        current_user().a("finances") and len(vue.factures) == 1 and Etat(facture.etat) not in SOLDES
    )
    corps = render_template(
        "paiement/affaire.html",
        affaire=vue,
        facture=facture,
        form=form,
        reliable=reliable,
        duree=phrases.duree,
    )
    return (corps, 422) if form.errors else corps
