"""A programme of purchasing cards: its issuer, its roles, its budget lines."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.domain.programme import LIBELLES, Role
from services.paiement.gateways.releves.formats import formats
from services.paiement.pages.acces import personne, siret
from services.paiement.pages.formulaires_cartes import (
    DelaiForm,
    DesignationForm,
    LigneForm,
    ProgrammeForm,
)
from services.paiement.queries import programmes as lectures
from services.paiement.usecases.programmes import (
    Nomination,
    NouveauProgramme,
    designer,
    inscrire_ligne,
    ouvrir_programme,
    regler_delai,
    revoquer,
)
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint("programmes", __name__, url_prefix="/paiement/cartes/programmes")
Vue = str | tuple[str, int] | Response
Formulaires = dict[str, Form]


@pages.route("/nouveau", methods=["GET", "POST"])
@allow("finances")
def nouveau() -> Vue:
    """Open the programme of an issuer."""
    if request.method == "GET":
        return _ouverture(ProgrammeForm.initial({"banque": "essaim", "jours_recu": 15}))
    form = ProgrammeForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                programme = ouvrir_programme(
                    uow, siret(), NouveauProgramme(**form.data), personne()
                )
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"Le programme de {programme.emetteur} est ouvert.", "ok")
            return redirect(url_for("programmes.voir", programme_id=programme.id), 303)
    return _ouverture(form), 422


def _ouverture(form: Form) -> str:
    banques = [(code, format_.nom) for code, format_ in formats().items()]
    return render_template("paiement/programme_nouveau.html", form=form, banques=banques)


@pages.get("/<uuid:programme_id>")
@allow("finances")
def voir(programme_id: uuid.UUID) -> str:
    """One programme: who does what, what may be charged, its cards."""
    return _programme(programme_id, {})


def _programme(programme_id: uuid.UUID, formulaires: Formulaires) -> str:
    annee = context().clock.today().year
    with reading() as session:
        programme = lectures.lire(session, programme_id, siret())
        formulaires = {
            "delai": DelaiForm.initial({"jours_recu": programme.jours_recu}),
            "designation": DesignationForm.initial(),
            "ligne": LigneForm.initial({"exercice": annee}),
        } | formulaires
        return render_template(
            "paiement/programme.html",
            programme=programme,
            banque=formats()[programme.banque].nom,
            designations=lectures.designations(session, programme_id),
            lignes=lectures.lignes(session, programme_id),
            cartes=lectures.cartes(session, programme_id),
            roles=[(role.value, *LIBELLES[role]) for role in Role],
            choix_roles=[(role.value, LIBELLES[role][0]) for role in Role],
            formulaires=formulaires,
        )


@pages.post("/<uuid:programme_id>/delai")
@allow("finances")
def delai(programme_id: uuid.UUID) -> Vue:
    """Set how long a holder has to hand in a receipt."""
    form = DelaiForm.bind(request.form)
    if not form.valid:
        return _programme(programme_id, {"delai": form}), 422
    with transaction() as uow:
        regler_delai(uow, programme_id, siret(), form.data["jours_recu"], personne())
    return _revenir(programme_id, "Le délai des reçus est réglé.")


@pages.post("/<uuid:programme_id>/designations")
@allow("finances")
def designation(programme_id: uuid.UUID) -> Vue:
    """Designate a person for a role."""
    form = DesignationForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                nomination = Nomination(**form.data)
                designer(uow, programme_id, siret(), nomination, personne())
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            return _revenir(programme_id, f"{form.data['fonction']} est désigné.")
    return _programme(programme_id, {"designation": form}), 422


@pages.post("/<uuid:programme_id>/designations/<uuid:designation_id>/fin")
@allow("finances")
def fin(programme_id: uuid.UUID, designation_id: uuid.UUID) -> Response:
    """End a designation."""
    with transaction() as uow:
        revoquer(uow, programme_id, siret(), designation_id, personne())
    return _revenir(programme_id, "La désignation est terminée.")


@pages.post("/<uuid:programme_id>/lignes")
@allow("finances")
def ligne(programme_id: uuid.UUID) -> Vue:
    """Set a budget line."""
    form = LigneForm.bind(request.form)
    if not form.valid:
        return _programme(programme_id, {"ligne": form}), 422
    lue = form.data
    with transaction() as uow:
        quoi = (lue["exercice"], lue["compte_budget"], lue["libelle_budget"], lue["montant"])
        inscrire_ligne(uow, programme_id, siret(), quoi, personne())
    return _revenir(programme_id, "La ligne budgétaire est inscrite.")


def _revenir(programme_id: uuid.UUID, message: str) -> Response:
    flash(message, "ok")
    return redirect(url_for("programmes.voir", programme_id=programme_id), 303)
