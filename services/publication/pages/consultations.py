"""Buyer's pages: list, prepare and publish consultations."""

import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.publication import queries
from services.publication.domain.consultation import LIBELLES, Statut
from services.publication.domain.valeurs import Organisation
from services.publication.pages import formulaires
from services.publication.presentation import NATURES, SUPPORTS
from services.publication.tables import Consultation
from services.publication.usecases.chargement import faits
from services.publication.usecases.contenu import contenu_de
from services.publication.usecases.creer_consultation import creer_consultation
from services.publication.usecases.preparer_consultation import preparer_consultation
from services.publication.usecases.publier_avis import examiner, publier_avis
from shared.kernel.errors import ConflictError, DomainError
from shared.kernel.parametres import Nature
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.forms import Form
from shared.web.pagination import page_demandee

pages = Blueprint("consultations", __name__, url_prefix="/consultations")
Vue = str | tuple[str, int] | Response


def siret() -> str:
    """The organisation of the user: the only one whose consultations it sees."""
    return current_user().siret


def retour(consultation_id: uuid.UUID) -> Response:
    return redirect(url_for("consultations.voir", consultation_id=consultation_id), 303)


def rendu(gabarit: str, form: Form, **donnees: Any) -> Vue:
    """Show a form; 422 when it was refused."""
    corps = render_template(f"publication/{gabarit}", form=form, **donnees)
    return (corps, 422) if form.errors else corps


def choix() -> dict[str, Any]:
    """Lists of the preparation form."""
    return {
        "natures": [(str(nature), NATURES[nature]) for nature in Nature],
        "supports": list(SUPPORTS.items()),
    }


@pages.get("")
@allow("coordonnateur")
def lister() -> str:
    """Consultations of the buyer, newest first."""
    with reading() as session:
        page = queries.consultations_de(session, siret(), page_demandee())
        return render_template("publication/consultations.html", page=page)


@pages.route("/nouvelle", methods=["GET", "POST"])
@allow("coordonnateur")
def nouvelle() -> Vue:
    """Open a consultation of one's own, without a grouped purchase."""
    programme_id = request.args.get("programme", type=uuid.UUID)
    if request.method == "GET":
        form = formulaires.ConsultationForm.initial(_propose(programme_id))
        return rendu("preparer.html", form, consultation=None, **choix())
    form = formulaires.ConsultationForm.bind(request.form)
    if form.valid:
        with transaction() as uow:
            if programme_id is not None:
                queries.programme_de(uow.session, programme_id, siret())
            consultation = creer_consultation(
                uow,
                context().parametres,
                formulaires.preparation(form.data),
                Organisation(siret(), current_user().organisation),
                programme_id,
            )
        flash(f"La consultation {consultation.reference} est enregistrée.", "ok")
        return retour(consultation.id)
    return rendu("preparer.html", form, consultation=None, **choix())


def _propose(programme_id: uuid.UUID | None) -> dict[str, Any]:
    """Start from what the forward programme already says."""
    if programme_id is None:
        return {}
    with reading() as session:
        programme = queries.programme_de(session, programme_id, siret())
        return {
            "objet": programme.objet,
            "cpv": programme.cpv,
            "nature": programme.nature,
            "lieu": programme.lieu,
            "montant_estime_ht": str(programme.montant_estime_ht or ""),
        }


@pages.get("/<uuid:consultation_id>")
@allow("coordonnateur")
def voir(consultation_id: uuid.UUID) -> str:
    """Where the consultation stands and what can be done now."""
    with reading() as session:
        consultation = queries.consultation_de(session, consultation_id, siret())
        return render_template(
            "publication/consultation.html",
            consultation=consultation,
            contenu=contenu_de(consultation, consultation),
            statut=faits(consultation).statut(context().clock.now()),
            marches={marche.lot: marche for marche in consultation.marches},
        )


@pages.route("/<uuid:consultation_id>/preparer", methods=["GET", "POST"])
@allow("coordonnateur")
def preparer(consultation_id: uuid.UUID) -> Vue:
    """Complete the notice before it is published."""
    with reading() as session:
        consultation = queries.consultation_de(session, consultation_id, siret())
    _en_preparation(consultation)
    classe = formulaires.formulaire_de(consultation)
    if request.method == "GET":
        form = classe.initial(formulaires.saisie(contenu_de(consultation, consultation)))
        return rendu("preparer.html", form, consultation=consultation, **choix())
    form = classe.bind(request.form)
    if form.valid:
        with transaction() as uow:
            preparer_consultation(uow, consultation_id, siret(), formulaires.preparation(form.data))
        flash("La préparation est enregistrée.", "ok")
        return retour(consultation_id)
    return rendu("preparer.html", form, consultation=consultation, **choix())


@pages.route("/<uuid:consultation_id>/publier", methods=["GET", "POST"])
@allow("coordonnateur")
def publier(consultation_id: uuid.UUID) -> Vue:
    """Show what would be published, then publish it."""
    form = Form.initial()
    if request.method == "POST":
        try:
            with transaction() as uow:
                parution = publier_avis(
                    uow,
                    context().parametres,
                    consultation_id,
                    siret(),
                    context().settings.public_url,
                )
        except ConflictError:
            raise
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"L’avis {parution.avis.reference} est publié.", "ok")
            return retour(consultation_id)
    with reading() as session:
        consultation = queries.consultation_de(session, consultation_id, siret())
        _en_preparation(consultation)
        examen = examiner(consultation, context().parametres, context().clock)
        return rendu(
            "publier.html",
            form,
            consultation=consultation,
            examen=examen,
            contenu=examen.contenu,
        )


def _en_preparation(consultation: Consultation) -> None:
    statut = faits(consultation).statut(context().clock.now())
    if statut is not Statut.PREPARATION:
        raise ConflictError(
            f"La consultation n’est plus en préparation\u00a0: {LIBELLES[statut].lower()}.",
            code=f"consultation_{statut}",
        )
