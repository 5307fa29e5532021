"""The convention of the group: its versions, its members, the day it binds."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.groupement import tables as t
from services.groupement.domain.achats import exiger_coordonnateur
from services.groupement.domain.conventions import LIBELLES_MODE
from services.groupement.pages.formulaires import AdhesionForm, ConventionForm, VigueurForm
from services.groupement.pages.vues import Vue, rendu, siret
from services.groupement.queries import conventions as lectures
from services.groupement.usecases.commun import convention_de, en_convention
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from services.groupement.usecases.enregistrer_adhesion import (
    NouvelleAdhesion,
    enregistrer_adhesion,
)
from services.groupement.usecases.mettre_en_vigueur import mettre_en_vigueur
from shared.kernel.errors import DomainError, NotFoundError
from shared.web.access import allow
from shared.web.context import context, reading, transaction

pages = Blueprint("groupement_conventions", __name__, url_prefix="/groupement/convention")


def vers_convention(convention_id: uuid.UUID) -> Response:
    return redirect(url_for("groupement_convention.voir", convention_id=convention_id), 303)


@pages.get("")
@allow("agent", "coordonnateur")
def voir() -> str:
    """Versions of the convention, with where each member stands today."""
    jour = context().clock.today()
    with reading() as session:
        versions = [
            (c, lue, lue.sejour(siret(), jour))
            for c in lectures.visibles(session, siret())
            for lue in (en_convention(c),)
        ]
        return render_template(
            "groupement/conventions.html",
            versions=versions,
            jour=jour,
            agents=lectures.agents(session, siret()),
            noms={o.siret: o.nom for o in lectures.organisations(session)},
        )


@pages.route("/nouvelle", methods=["GET", "POST"])
@allow("coordonnateur")
def nouvelle() -> Vue:
    """Draft a version and invite its members."""
    with reading() as session:
        autres = [o for o in lectures.organisations(session) if o.siret != siret()]
    choix = {
        "modes": [(mode.value, libelle) for mode, libelle in LIBELLES_MODE.items()],
        "organisations": [(o.siret, o.nom) for o in autres],
    }
    if request.method == "GET":
        form = ConventionForm.initial({"mode": "PASSATION_SIGNATURE"})
        return rendu("convention_nouvelle.html", form, **choix)
    form = ConventionForm.bind(request.form)
    if form.valid:
        lue = form.data
        try:
            with transaction() as uow:
                convention_id = creer_convention(
                    uow,
                    NouvelleConvention(lue["nom"], siret(), lue["mode"], tuple(lue["membres"])),
                )
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Le projet est créé : relisez ses clauses, puis soumettez-le à signature.", "ok")
            return vers_convention(convention_id)
    return rendu("convention_nouvelle.html", form, **choix)


def coordonnee(session: Session, convention_id: uuid.UUID) -> t.Convention:
    """A convention that the user's organisation coordinates."""
    for convention in lectures.visibles(session, siret()):
        if convention.id == convention_id:
            exiger_coordonnateur(siret(), convention.coordonnateur)
            return convention
    raise NotFoundError("Cette convention n’existe pas.", code="convention_inconnue")


@pages.route("/<uuid:convention_id>/adhesion", methods=["GET", "POST"])
@allow("coordonnateur")
def adhesion(convention_id: uuid.UUID) -> Vue:
    """Record a member's vote."""
    with reading() as session:
        convention = coordonnee(session, convention_id)
        membres = [(o.siret, o.nom) for o in lectures.organisations(session)]
    if request.method == "GET":
        form = AdhesionForm.initial({"siret": request.args.get("membre", "")})
        return rendu("adhesion.html", form, convention=convention, membres=membres)
    form = AdhesionForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                coordonnee(uow.session, convention_id)
                enregistrer_adhesion(uow, NouvelleAdhesion(convention_id, **form.data))
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("La délibération est enregistrée.", "ok")
            return vers_convention(convention_id)
    return rendu("adhesion.html", form, convention=convention, membres=membres)


@pages.route("/<uuid:convention_id>/vigueur", methods=["GET", "POST"])
@allow("coordonnateur")
def vigueur(convention_id: uuid.UUID) -> Vue:
    """Say from when the convention binds."""
    with reading() as session:
        convention = coordonnee(session, convention_id)
        lue = convention_de(session, convention_id)
    if request.method == "GET":
        form = VigueurForm.initial({"debut": context().clock.today().isoformat()})
        return rendu("vigueur.html", form, convention=convention, lue=lue)
    form = VigueurForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                coordonnee(uow.session, convention_id)
                mettre_en_vigueur(uow, convention_id, form.data["debut"])
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("La convention est en vigueur.", "ok")
            return vers_convention(convention_id)
    return rendu("vigueur.html", form, convention=convention, lue=lue)
