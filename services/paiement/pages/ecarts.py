"""The queue of differences to decide, and the tolerances that keep it short."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import ReglageForm
from services.paiement.queries import ecarts
from services.paiement.tables import ReglageReception
from services.paiement.usecases.regler_reception import regler_tolerances
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.forms import Form
from shared.web.pagination import page_demandee

pages = Blueprint("ecarts", __name__, url_prefix="/paiement/ecarts")
Vue = str | tuple[str, int] | Response


@pages.get("")
@allow("finances")
def lister() -> Vue:
    """Invoices that differ from orders or receipts, the most urgent first."""
    return _rendu(None)


@pages.post("")
@allow("finances")
def regler() -> Vue:
    """Set the tolerances of the organisation."""
    form = ReglageForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                regler_tolerances(uow, siret(), **form.data)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Les tolérances sont enregistrées.", "ok")
            return redirect(url_for("ecarts.lister"), 303)
    return _rendu(form)


def _rendu(form: Form | None) -> Vue:
    with reading() as session:
        page = ecarts.lister(session, siret(), page_demandee())
        form = form or ReglageForm.initial(_valeurs(ecarts.reglage(session, siret())))
        corps = render_template(
            "paiement/ecarts.html",
            page=page,
            lignes=ecarts.lignes_en_ecart(session, [e.facture_id for e in page.items]),
            form=form,
        )
    return (corps, 422) if form.errors else corps


def _valeurs(reglage: ReglageReception | None) -> dict[str, str]:
    if reglage is None:
        return {"prix": "0", "quantite": "0", "montant": "0,00"}
    return {
        "prix": f"{reglage.tolerance_prix * 100:.2f}".replace(".", ","),
        "quantite": f"{reglage.tolerance_quantite * 100:.2f}".replace(".", ","),
        "montant": str(reglage.tolerance_montant).replace(".", ","),
    }
