"""« Heures d’insertion »: one bank page per firm, the clauses, the declarations."""

import uuid
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reponse

from services.groupement import tables as t
from services.groupement.domain import declarations_insertion as mots
from services.groupement.domain.achats import exiger_coordonnateur
from services.groupement.domain.banque_heures import PARTS_PAR_METIER, EtatHeures
from services.groupement.pages.formulaires import MotifForm
from services.groupement.pages.formulaires_insertion import ClauseForm, DeclarationForm
from services.groupement.pages.vues import Vue, rendu, siret
from services.groupement.queries import insertion as lectures
from services.groupement.queries.marches import MarcheVu, marche_visible
from services.groupement.usecases.decider_heures import ecarter_heures, valider_heures
from services.groupement.usecases.declarer_heures import declarer_heures
from services.groupement.usecases.fixer_clause_insertion import (
    NouvelleClause,
    fixer_clause_insertion,
)
from shared.kernel.errors import DomainError
from shared.kernel.parametres import ParametreLegal
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.exports import Tableau, exporter, telecharger

pages = Blueprint("groupement_insertion", __name__, url_prefix="/groupement")
COLONNES = (
    "Référence", "Marché", "Personne (code)", "Public", "Emploi", "Justificatif", "Du", "Au",
    "Heures", "Coefficient", "Heures comptées", "État", "Affectées à ce marché",
    "Affectées à un autre marché", "Motif",
)  # fmt: skip


def _banque(session: Session, titulaire: str) -> lectures.Banque:
    jour = context().clock.today()
    entreprise = current_user().entreprise
    return lectures.banque(session, titulaire, siret(), jour, entreprise=entreprise)


@pages.get("/insertion")
@allow("agent", "coordonnateur", "entreprise")
def banques() -> str:
    """Every firm with a social clause, its bank in one bar."""
    jour = context().clock.today()
    with reading() as session:
        lues = lectures.banques(session, siret(), jour, entreprise=current_user().entreprise)
        return render_template("groupement/insertion.html", banques=lues)


@pages.get("/insertion/<titulaire>")
@allow("agent", "coordonnateur", "entreprise")
def banque(titulaire: str) -> str:
    """One firm: what it owes by contract, what is missing, every declaration."""
    with reading() as session:
        return render_template(
            "groupement/insertion_banque.html", banque=_banque(session, titulaire), mots=mots
        )


@pages.get("/insertion/<titulaire>/heures.<extension>")
@allow("agent", "coordonnateur", "entreprise")
def exporter_heures(titulaire: str, extension: str) -> Response:
    """The same declarations as a spreadsheet."""
    with reading() as session:
        lue = _banque(session, titulaire)
        references = {m.contrat.marche_id: m.contrat.reference for m in lue.marches}
        lignes = [
            (
                h.reference,
                references[h.marche_id],
                h.personne,
                mots.PUBLICS[mots.Public(h.public)],
                mots.CONTRATS[mots.ContratTravail(h.contrat_travail)],
                f"{mots.PREUVES[mots.Preuve(h.preuve)]}, {h.preuve_reference}",
                h.debut,
                h.fin,
                h.heures,
                h.coefficient,
                h.comptees,
                mots.LIBELLES_ETAT[EtatHeures(h.etat)],
                sum(a.heures for a in h.affectations if a.marche_id == h.marche_id),
                sum(a.heures for a in h.affectations if a.marche_id != h.marche_id),
                h.motif,
            )
            for h in lue.declarations
        ]
    return telecharger(exporter(Tableau("heures-insertion", COLONNES, lignes), extension))


def _vers_banque(titulaire: str) -> Reponse:
    return redirect(url_for("groupement_insertion.banque", titulaire=titulaire), 303)


def _options(libelles: Iterable[tuple[StrEnum, str]]) -> list[tuple[str, str]]:
    return [(cle.value, texte) for cle, texte in libelles]


@pages.route("/insertion/<titulaire>/declarer", methods=["GET", "POST"])
@allow("coordonnateur", "entreprise")
def declarer(titulaire: str) -> Vue:
    """Hours of one person over one period."""
    with reading() as session:
        lue = _banque(session, titulaire)
    choix = {
        "banque": lue,
        "marches": [
            (m.contrat.marche_id, f"{m.contrat.reference} – {m.contrat.objet}")
            for m in lue.marches
            if _declarable(m.contrat, m.achat)
        ],
        "publics": _options(mots.PUBLICS.items()),
        "contrats": _options(mots.CONTRATS.items()),
        "preuves": _options(mots.PREUVES.items()),
    }
    if request.method == "GET":
        proposes = {"marche_id": request.args.get("marche", "")}
        return rendu("insertion_declarer.html", DeclarationForm.initial(proposes), **choix)
    form = DeclarationForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                lectures.exiger_declarable(uow.session, form.data["marche_id"], siret())
                heures = declarer_heures(
                    uow, form.data["marche_id"], form.declaration(), context().parametres
                )
                reference = heures.reference
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"La déclaration {reference} est enregistrée, à valider.", "ok")
            return _vers_banque(titulaire)
    return rendu("insertion_declarer.html", form, **choix)


def _declarable(contrat: t.Contrat, achat: t.Achat) -> bool:
    """A firm declares on its own contracts, the coordinator on those it conducts."""
    return siret() in {contrat.titulaire_siret, achat.coordonnateur}


def _conduit(session: Session, marche_id: uuid.UUID) -> MarcheVu:
    vu = marche_visible(session, marche_id, siret())
    exiger_coordonnateur(siret(), vu.achat.coordonnateur)
    return vu


@pages.post("/insertion/heures/<uuid:declaration_id>/valider")
@allow("coordonnateur")
def valider(declaration_id: uuid.UUID) -> Reponse:
    """The proof has been seen."""
    with transaction() as uow:
        lue, vu = lectures.declaration(uow.session, declaration_id, siret())
        exiger_coordonnateur(siret(), vu.achat.coordonnateur)
        valider_heures(uow, declaration_id)
        reference, titulaire = lue.reference, lue.titulaire_siret
    flash(f"Les heures {reference} sont validées et affectées.", "ok")
    return _vers_banque(titulaire)


@pages.route("/insertion/heures/<uuid:declaration_id>/ecarter", methods=["GET", "POST"])
@allow("coordonnateur")
def ecarter(declaration_id: uuid.UUID) -> Vue:
    """Refuse hours, or cancel those validated by mistake."""
    with reading() as session:
        lue, vu = lectures.declaration(session, declaration_id, siret())
        exiger_coordonnateur(siret(), vu.achat.coordonnateur)
    form = MotifForm.bind(request.form) if request.method == "POST" else MotifForm.initial()
    if request.method == "POST" and form.valid:
        try:
            with transaction() as uow:
                ecarter_heures(uow, declaration_id, form.data["motif"])
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"Les heures {lue.reference} sont écartées.", "ok")
            return _vers_banque(lue.titulaire_siret)
    return rendu("insertion_ecarter.html", form, heures=lue, contrat=vu.contrat)


@pages.route("/marches/<uuid:marche_id>/clause-insertion", methods=["GET", "POST"])
@allow("coordonnateur")
def clause(marche_id: uuid.UUID) -> Vue:
    """Hours due on a contract, with the usual figures proposed."""
    with reading() as session:
        vu = _conduit(session, marche_id)
        actuelle = session.get(t.ClauseInsertion, marche_id)
    form = (
        ClauseForm.bind(request.form)
        if request.method == "POST"
        else ClauseForm.initial(_proposes(vu.contrat, actuelle))
    )
    if request.method == "POST" and form.valid:
        try:
            with transaction() as uow:
                fixee = fixer_clause_insertion(uow, NouvelleClause(marche_id, **form.data))
                dues = fixee.heures_dues
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"La clause est fixée : {dues} heures d’insertion.", "ok")
            return _vers_banque(vu.contrat.titulaire_siret)
    return rendu(
        "insertion_clause.html",
        form,
        contrat=vu.contrat,
        achat=vu.achat,
        metiers=PARTS_PAR_METIER,
        proposees=_usages(vu.contrat),
    )


def _proposes(contrat: t.Contrat, actuelle: t.ClauseInsertion | None) -> dict[str, object]:
    """Figures of the clause, else those of the day the contract was notified."""
    if actuelle:
        return {
            "part_main_oeuvre": _pourcent(actuelle.part_main_oeuvre),
            "effort": _pourcent(actuelle.effort),
            "cout_horaire": actuelle.cout_horaire,
            "coefficient_alternance": f"{actuelle.coefficient_alternance.normalize():f}",
            "penalite_horaire": actuelle.penalite_horaire,
            "mutualisable": "oui" if actuelle.mutualisable else "",
        }

    effort, cout, coefficient = (parametre.valeur for parametre in _usages(contrat))
    return {
        "effort": _pourcent(effort),
        "cout_horaire": cout,
        "coefficient_alternance": coefficient,
        "penalite_horaire": cout,
    }


def _usages(contrat: t.Contrat) -> list[ParametreLegal]:
    """What is proposed: effort, hourly cost, coefficient, on the day of the notification."""
    codes = (
        "insertion_effort",
        "cout_horaire_insertion",
        mots.ContratTravail.APPRENTISSAGE.parametre,
    )
    return [context().parametres.valeur(code, contrat.notifie_le) for code in codes]


def _pourcent(part: Decimal) -> str:
    return f"{(part * 100).normalize():f}".replace(".", ",")
