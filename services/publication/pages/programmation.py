"""Purchases to come: the public calendar, and the buyer's own entries."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, flash, redirect, render_template, request
from werkzeug.wrappers import Response as Reponse

from services.publication import flux, queries
from services.publication.domain.programme import A_VENIR, EtatProgramme
from services.publication.domain.valeurs import Organisation
from services.publication.pages import formulaires
from services.publication.pages.cache import conditionnelle
from services.publication.pages.consultations import Vue, choix, rendu, siret
from services.publication.pages.flux import domaine
from services.publication.tables import Avis, Programme
from services.publication.usecases.changer_programme import (
    abandonner_programme,
    confirmer_programme,
    replanifier_programme,
)
from services.publication.usecases.inscrire_programme import NouveauProgramme, inscrire_programme
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow, current_user, public
from shared.web.context import context, reading, transaction
from shared.web.exports import exporter, telecharger
from shared.web.forms import Form

pages = Blueprint("programmation", __name__)
MOIS_MONTRES = 12
MOIS_PAR_ACHAT = 3
Entrees = list[tuple[Programme, Avis | None]]


@dataclass(frozen=True, slots=True)
class Barre:
    """A purchase on the calendar: its first column and how many it covers."""

    programme: Programme
    colonne: int
    largeur: int


def _debut() -> dt.date:
    return context().clock.today().replace(day=1)


def barres(entrees: Entrees, debut: dt.date) -> list[Barre]:
    """Place each dated purchase in the twelve months shown, about three months from its notice."""
    placees = []
    for programme, _ in entrees:
        prevue = programme.publication_prevue_le
        if prevue is None or programme.etat == EtatProgramme.ABANDONNEE:
            continue
        colonne = (prevue.year - debut.year) * 12 + prevue.month - debut.month + 1
        if 1 <= colonne <= MOIS_MONTRES:
            largeur = min(MOIS_PAR_ACHAT, MOIS_MONTRES - colonne + 1)
            placees.append(Barre(programme, colonne, largeur))
    return placees


@pages.get("/programmation")
@public
def calendrier() -> Reponse:
    """Twelve months of purchases to come, as a strip and as a table."""
    debut = _debut()
    with reading() as session:
        entrees = queries.programmation(session, debut)
        corps = render_template(
            "publication/programmation.html",
            entrees=entrees,
            barres=barres(entrees, debut),
            mois=[ajouter_mois(debut, n) for n in range(MOIS_MONTRES)],
        )
    return conditionnelle(corps)


@pages.get("/programmation.ics")
@public
def ical() -> Reponse:
    """The same calendar for a diary."""
    adresse = f"{context().settings.public_url}/programmation"
    with reading() as session:
        entrees = queries.programmation(session, _debut())
        corps = flux.calendrier_programme(entrees, "Achats à venir", adresse, domaine())
    return conditionnelle(Response(corps, mimetype="text/calendar"))


@pages.get("/programmation.<any(csv, ods, xlsx):extension>")
@public
def tableur(extension: str) -> Reponse:
    """The same rows as a spreadsheet."""
    with reading() as session:
        tableau = flux.tableau_programme(queries.programmation(session, _debut()))
        fichier = exporter(tableau, extension)
    return telecharger(fichier)


@pages.route("/programmation/nouvelle", methods=["GET", "POST"])
@allow("coordonnateur")
def inscrire() -> Vue:
    """Announce a purchase of one's own."""
    if request.method == "GET":
        return rendu("inscrire.html", formulaires.ProgrammeForm.initial(), **choix())
    form = formulaires.ProgrammeForm.bind(request.form)
    if form.valid:
        acheteur = Organisation(siret(), current_user().organisation)
        with transaction() as uow:
            inscrire_programme(uow, NouveauProgramme(acheteur=acheteur, **form.data))
        flash("L’achat à venir est inscrit à la programmation.", "ok")
        return redirect("/programmation", 303)
    return rendu("inscrire.html", form, **choix())


@pages.get("/programmation/<uuid:programme_id>")
@allow("coordonnateur")
def gerer(programme_id: uuid.UUID) -> Vue:
    """What can be done with one entry."""
    return _page(
        programme_id, formulaires.ReplanifierForm.initial(), formulaires.MotifForm.initial()
    )


@pages.post("/programmation/<uuid:programme_id>/confirmer")
@allow("coordonnateur")
def confirmer(programme_id: uuid.UUID) -> Vue:
    """The purchase is certain."""
    with transaction() as uow:
        confirmer_programme(uow, programme_id, siret())
    flash("L’achat est confirmé.", "ok")
    return redirect(f"/programmation/{programme_id}", 303)


@pages.post("/programmation/<uuid:programme_id>/replanifier")
@allow("coordonnateur")
def replanifier(programme_id: uuid.UUID) -> Vue:
    """Move the expected day."""
    form = formulaires.ReplanifierForm.bind(request.form)
    if _applique(
        form,
        lambda uow: replanifier_programme(
            uow, programme_id, siret(), form.data["publication_prevue_le"]
        ),
    ):
        flash("La date prévue est changée.", "ok")
        return _retour(programme_id)
    return _page(programme_id, form, formulaires.MotifForm.initial())


@pages.post("/programmation/<uuid:programme_id>/abandonner")
@allow("coordonnateur")
def abandonner(programme_id: uuid.UUID) -> Vue:
    """Give up, saying why."""
    form = formulaires.MotifForm.bind(request.form)
    if _applique(
        form, lambda uow: abandonner_programme(uow, programme_id, siret(), form.data["motif"])
    ):
        flash("L’achat est abandonné.", "ok")
        return _retour(programme_id)
    return _page(programme_id, formulaires.ReplanifierForm.initial(), form)


def _applique(form: Form, change: Callable[[UnitOfWork], Programme]) -> bool:
    """Run a change when the form is sound; a refusal of the domain becomes its error."""
    if not form.valid:
        return False
    try:
        with transaction() as uow:
            change(uow)
    except DomainError as refus:
        form.reject(refus)
    return form.valid


def _retour(programme_id: uuid.UUID) -> Reponse:
    return redirect(f"/programmation/{programme_id}", 303)


def _page(programme_id: uuid.UUID, date: Form, motif: Form) -> Vue:
    with reading() as session:
        programme = queries.programme_de(session, programme_id, siret())
    corps = render_template(
        "publication/programme.html",
        programme=programme,
        date=date,
        motif=motif,
        a_venir=programme.etat in A_VENIR,
    )
    return (corps, 422) if date.errors or motif.errors else corps
