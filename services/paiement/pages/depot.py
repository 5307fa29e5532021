"""Depositing an invoice by hand: the file is examined at once, every finding is listed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.domain.facture import Etat
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import DepotForm
from services.paiement.usecases.deposer_facture import Depot, Envoi, deposer_facture
from shared.kernel.errors import ConflictError, DomainError
from shared.web.access import allow, current_user
from shared.web.context import transaction

pages = Blueprint("depot", __name__, url_prefix="/paiement/factures/deposer")
Vue = str | tuple[str, int] | Response


@pages.route("", methods=["GET", "POST"])
@allow("finances", "entreprise")
def deposer() -> Vue:
    """Choose a file; the answer says what became of it."""
    if request.method == "GET":
        return _rendu(DepotForm.initial())
    form = DepotForm.bind(request.form, request.files)
    if not form.valid:
        return _rendu(form)
    try:
        depot = _deposer(form)
    except DomainError as refus:
        form.reject(refus)
        existante = refus.details.get("facture_id") if isinstance(refus, ConflictError) else None
        return _rendu(form, refus.details.get("motifs", ()), existante)
    _annoncer(depot)
    return redirect(url_for("factures.voir", facture_id=depot.facture.id), 303)


def _deposer(form: DepotForm) -> Depot:
    """Examine outside the transaction: Saxon may take a while."""
    fichier = form.data["fichier"]
    octets = fichier.read()
    examen = examiner(octets)
    moi = {"fournisseur" if current_user().entreprise else "acheteur": siret()}
    with transaction() as uow:
        return deposer_facture(uow, Envoi(fichier.filename or "facture", octets, **moi), examen)


def _annoncer(depot: Depot) -> None:
    facture = depot.facture
    if depot.avoir:
        deja = "" if depot.nouvelle else " Il était déjà déposé."
        flash(f"L’avoir est imputé sur la facture {facture.numero}.{deja}", "ok")
    elif not depot.nouvelle:
        flash(f"Ce fichier était déjà déposé\u00a0: c’est la facture {facture.numero}.", "alerte")
    elif facture.etat == Etat.REJETEE:
        flash(f"La facture {facture.numero} est rejetée\u00a0: voyez ses motifs.", "erreur")
    elif facture.etat == Etat.DEPOSEE:
        flash(f"La facture {facture.numero} est déposée, son contrôle est en attente.", "alerte")
    else:
        flash(f"La facture {facture.numero} est conforme et mise à disposition.", "ok")


def _rendu(form: DepotForm, motifs: object = (), existante: str | None = None) -> Vue:
    corps = render_template("paiement/deposer.html", form=form, motifs=motifs, existante=existante)
    return (corps, 422) if form.errors else corps
