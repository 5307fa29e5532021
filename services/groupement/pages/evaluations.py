"""Evaluations: the list of contracts, the report, marks, transmission, the firm's reply."""

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reponse

from services.groupement import tables as t
from services.groupement.domain.achats import exiger_coordonnateur
from services.groupement.domain.evaluations import (
    LIBELLES,
    NOTES,
    EtatEvaluation,
    lire_criteres,
)
from services.groupement.pages.formulaires import MotifForm
from services.groupement.pages.formulaires_insertion import (
    AvisForm,
    GrilleForm,
    ReponseForm,
    TransmissionForm,
)
from services.groupement.pages.vues import Vue, rendu, siret
from services.groupement.queries import evaluations as lectures
from services.groupement.queries.achats import noms
from services.groupement.queries.marches import MarcheVu, marche_visible
from services.groupement.usecases.dispenser_evaluation import dispenser_evaluation
from services.groupement.usecases.fixer_grille import fixer_grille
from services.groupement.usecases.noter_marche import noter_marche
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.repondre_evaluation import repondre_evaluation
from services.groupement.usecases.transmettre_evaluation import transmettre_evaluation
from shared.kernel.errors import DomainError, ForbiddenError, NotFoundError
from shared.web.access import allow, current_user, public
from shared.web.context import context, reading, transaction
from shared.web.exports import Tableau, exporter, telecharger
from shared.web.liens import lire

pages = Blueprint("groupement_evaluations", __name__, url_prefix="/groupement/evaluations")


@pages.get("")
@allow("agent", "coordonnateur")
def lister() -> str:
    """Contracts of the group and where their evaluation stands."""
    with reading() as session:
        return render_template(
            "groupement/evaluations.html",
            marches=lectures.toutes(session, siret()),
            libelles=LIBELLES,
        )


@pages.get("/<uuid:marche_id>")
@allow("agent", "coordonnateur")
def voir(marche_id: uuid.UUID) -> Vue:
    """The report of one contract, as the screen and as paper."""
    return _rapport(marche_id, AvisForm.initial(), TransmissionForm.initial())


def _rapport(marche_id: uuid.UUID, avis: AvisForm, transmission: TransmissionForm) -> Vue:
    with reading() as session:
        vu = marche_visible(session, marche_id, siret())
        lue = lectures.evaluation(session, marche_id)
        commandeurs = lectures.membres_ayant_commande(session, marche_id)
        if not avis.errors and lue:
            _proposer_mon_avis(avis, lue)
        if not transmission.errors:
            transmission = TransmissionForm.initial({"courriel": vu.contrat.titulaire_courriel})
        corps = render_template(
            "groupement/evaluation.html",
            contrat=vu.contrat,
            achat=vu.achat,
            conduit=vu.achat.coordonnateur == siret() and current_user().a("coordonnateur"),
            evaluation=lue,
            moyennes=lectures.moyennes(lue) if lue else [],
            commandeurs=commandeurs,
            noms=noms(session),
            libelles=LIBELLES,
            NOTES=NOTES,
            form=avis,
            transmission=transmission,
        )
    return (corps, 422) if avis.errors or transmission.errors else corps


def _proposer_mon_avis(form: AvisForm, lue: t.Evaluation) -> None:
    """Show again what the member had marked."""
    for avis in lue.avis:
        if avis.siret == siret():
            notes = {note.critere: note.note for note in avis.notes}
            valeurs = {f"note_{n}": notes.get(c) for n, c in enumerate(lue.criteres)}
            form.proposer(valeurs | {"commentaire": avis.commentaire})


@pages.get("/<uuid:marche_id>/rapport.<extension>")
@allow("agent", "coordonnateur")
def exporter_rapport(marche_id: uuid.UUID, extension: str) -> Response:
    """Marks by member and criterion as a spreadsheet."""
    with reading() as session:
        vu = marche_visible(session, marche_id, siret())
        lue = lectures.evaluation_connue(session, marche_id)
        connus = noms(session)
        lignes = [
            (vu.contrat.reference, connus[avis.siret], note.critere, note.note, avis.commentaire)
            for avis in lue.avis
            for note in sorted(avis.notes, key=lambda n: lue.criteres.index(n.critere))
        ]
    colonnes = ("Marché", "Membre", "Critère", "Note sur 5", "Commentaire")
    tableau = Tableau(f"evaluation-{vu.contrat.reference}", colonnes, lignes)
    return telecharger(exporter(tableau, extension))


def _vers(marche_id: uuid.UUID) -> Reponse:
    return redirect(url_for("groupement_evaluations.voir", marche_id=marche_id), 303)


def _conduit(session: Session, marche_id: uuid.UUID) -> MarcheVu:
    vu = marche_visible(session, marche_id, siret())
    exiger_coordonnateur(siret(), vu.achat.coordonnateur)
    return vu


@pages.post("/<uuid:marche_id>/ouvrir")
@allow("coordonnateur")
def ouvrir(marche_id: uuid.UUID) -> Reponse:
    """Ask for the marks before the automatic date."""
    with transaction() as uow:
        _conduit(uow.session, marche_id)
        ouvrir_evaluation(uow, marche_id)
    flash("L’évaluation est ouverte : les membres peuvent donner leurs notes.", "ok")
    return _vers(marche_id)


@pages.post("/<uuid:marche_id>/noter")
@allow("agent")
def noter(marche_id: uuid.UUID) -> Vue:
    """The member's marks."""
    form = AvisForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                marche_visible(uow.session, marche_id, siret())
                lue = lectures.evaluation_connue(uow.session, marche_id)
                notes = form.notes(lue.criteres)
                noter_marche(uow, marche_id, siret(), notes, form.data["commentaire"])
        except (ForbiddenError, NotFoundError):
            raise
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Vos notes sont enregistrées.", "ok")
            return _vers(marche_id)
    return _rapport(marche_id, form, TransmissionForm.initial())


@pages.post("/<uuid:marche_id>/transmettre")
@allow("coordonnateur")
def transmettre(marche_id: uuid.UUID) -> Vue:
    """Send the evaluation to the firm."""
    form = TransmissionForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                _conduit(uow.session, marche_id)
                transmettre_evaluation(uow, marche_id, form.data["courriel"])
        except (ForbiddenError, NotFoundError):
            raise
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("L’évaluation est transmise : l’entreprise a 30 jours pour répondre.", "ok")
            return _vers(marche_id)
    return _rapport(marche_id, AvisForm.initial(), form)


@pages.route("/<uuid:marche_id>/dispenser", methods=["GET", "POST"])
@allow("coordonnateur")
def dispenser(marche_id: uuid.UUID) -> Vue:
    """Waive the evaluation, with a reason."""
    with reading() as session:
        vu = _conduit(session, marche_id)
    form = MotifForm.bind(request.form) if request.method == "POST" else MotifForm.initial()
    if request.method == "POST" and form.valid:
        try:
            with transaction() as uow:
                dispenser_evaluation(uow, marche_id, form.data["motif"])
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Le marché est dispensé d’évaluation.", "ok")
            return _vers(marche_id)
    return rendu("evaluation_dispenser.html", form, contrat=vu.contrat)


@pages.route("/criteres/<uuid:convention_id>", methods=["GET", "POST"])
@allow("coordonnateur")
def criteres(convention_id: uuid.UUID) -> Vue:
    """Criteria of the convention, one per line."""
    with reading() as session:
        convention = session.get(t.Convention, convention_id)
        if convention is None or convention.coordonnateur != siret():
            raise NotFoundError("Cette convention n’existe pas.", code="convention_inconnue")
        actuels = "\n".join(lectures.criteres(session, convention_id))
    if request.method == "GET":
        form = GrilleForm.initial({"criteres": actuels})
        return rendu("evaluation_criteres.html", form, convention=convention)
    form = GrilleForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                fixer_grille(uow, convention_id, lire_criteres(form.data["criteres"]))
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Les critères serviront aux prochaines évaluations.", "ok")
            return redirect(url_for("groupement_evaluations.lister"), 303)
    return rendu("evaluation_criteres.html", form, convention=convention)


@pages.route("/reponse/<jeton>", methods=["GET", "POST"])
@public
def repondre(jeton: str) -> Vue:
    """The firm reads its evaluation by its own link; nothing is written before it confirms."""
    marche_id = uuid.UUID(lire(context().settings.secret_key, "evaluation", jeton))
    form = ReponseForm.bind(request.form) if request.method == "POST" else ReponseForm.initial()
    if request.method == "POST" and form.valid:
        try:
            with transaction() as uow:
                repondre_evaluation(uow, marche_id, form.data["reponse"])
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("Votre réponse est jointe à l’évaluation.", "ok")
            return redirect(url_for("groupement_evaluations.repondre", jeton=jeton), 303)
    with reading() as session:
        lue = lectures.evaluation_transmise(session, marche_id)
        return rendu(
            "evaluation_reponse.html",
            form,
            evaluation=lue,
            contrat=lue.contrat,
            moyennes=lectures.moyennes(lue),
            noms=noms(session),
            ouverte=lue.etat == EtatEvaluation.TRANSMISE,
        )
