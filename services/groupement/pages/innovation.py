"""« Besoins de l’année et innovation »: definitions, flags, the indicator and its denominator."""

import uuid
from decimal import Decimal

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reponse

from services.groupement.domain.achats import exiger_coordonnateur
from services.groupement.domain.innovation import Besoin, EtatDefinition
from services.groupement.pages.formulaires_insertion import DefinitionForm, InnovationForm
from services.groupement.pages.vues import Vue, rendu, siret
from services.groupement.queries import innovation as lectures
from services.groupement.queries.marches import marche_visible
from services.groupement.usecases.definir_besoins import (
    approuver_definition,
    definir_besoins,
    lire_besoins,
)
from services.groupement.usecases.signaler_innovation import signaler_innovation
from shared.kernel.errors import DomainError, NotFoundError
from shared.kernel.montant import Montant
from shared.web import formats
from shared.web.access import allow
from shared.web.charts import bullet
from shared.web.context import context, reading, transaction
from shared.web.exports import Tableau, exporter, telecharger

pages = Blueprint("groupement_innovation", __name__, url_prefix="/groupement")
COLONNES = (
    "Année", "Marché", "Objet", "Titulaire", "Notifié le", "Montant HT", "Innovant", "Motif",
)  # fmt: skip
ANNEES = range(2000, 2101)


@pages.get("/innovation")
@allow("agent", "coordonnateur")
def voir() -> str:
    """The indicator by year, the definitions of needs, every contract and its flag."""
    with reading() as session:
        signales = lectures.marches_signales(session, siret())
        annees = lectures.annees(signales, context().parametres)
        return render_template(
            "groupement/innovation.html",
            annees=[(annee, _jauge(annee)) for annee in annees],
            marches=signales,
            definitions=[(d, lire_besoins(d)) for d in lectures.definitions(session, siret())],
            total=lambda besoins: sum((b.montant_ht for b in besoins), Montant.zero()),
            prochaine=context().clock.today().year,
        )


def _jauge(annee: lectures.Annee) -> str:
    taux = annee.taux
    phrase = (
        f"{formats.eur0(taux.innovant_ht)} sur {formats.eur0(taux.total_ht)} HT notifiés, "
        f"soit {formats.pct(taux.part)} ; objectif {formats.pct(annee.objectif)}."
    )
    return bullet(
        taux.innovant_ht,
        taux.innovant_ht,
        Montant(taux.total_ht.decimal * annee.objectif),
        titre=f"Part de l’innovation en {annee.annee}",
        phrase=phrase,
        ident=f"innovation-{annee.annee}",
    )


@pages.get("/innovation.<extension>")
@allow("agent", "coordonnateur")
def exporter_innovation(extension: str) -> Response:
    """Contracts, amounts and flags: what the indicator is made of."""
    with reading() as session:
        lignes = [
            (
                m.contrat.notifie_le.year,
                m.contrat.reference,
                m.contrat.objet,
                m.contrat.titulaire_nom,
                m.contrat.notifie_le,
                m.contrat.montant_initial_ht,
                m.innovant,
                m.innovation.motif if m.innovation else "",
            )
            for m in lectures.marches_signales(session, siret())
        ]
    return telecharger(exporter(Tableau("innovation", COLONNES, lignes), extension))


@pages.route("/besoins-annuels/<int:annee>", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def definition(annee: int) -> Vue:
    """Write the year's needs, keep the draft, approve."""
    if annee not in ANNEES:
        raise NotFoundError("Cette année n’est pas proposée.", code="annee_inconnue")
    with reading() as session:
        actuelle = lectures.definition(session, siret(), annee)
        besoins = lire_besoins(actuelle) if actuelle else []
    part = actuelle.innovation_part if actuelle else None
    proposes = {"besoins": _en_texte(besoins), "innovation_part": _en_pct(part)}
    form = (
        DefinitionForm.bind(request.form)
        if request.method == "POST"
        else DefinitionForm.initial(proposes)
    )
    if request.method == "POST" and form.valid:
        try:
            return _ecrire(annee, form)
        except DomainError as refus:
            form.reject(refus)
    approuvee = actuelle is not None and actuelle.etat == EtatDefinition.APPROUVEE
    return rendu(
        "definition.html",
        form,
        annee=annee,
        definition=actuelle,
        approuvee=approuvee,
        besoins=besoins,
        total=sum((b.montant_ht for b in besoins), Montant.zero()),
    )


def _ecrire(annee: int, form: DefinitionForm) -> Reponse:
    """Keep the draft and, when asked, approve it: both or nothing."""
    approuver = request.form.get("action") == "approuver"
    with transaction() as uow:
        definir_besoins(uow, siret(), annee, form.data["besoins"], form.data["innovation_part"])
        if approuver:
            approuver_definition(uow, siret(), annee)
    flash(f"Les besoins {annee} sont {'approuvés' if approuver else 'enregistrés'}.", "ok")
    if approuver:
        return redirect(url_for("groupement_innovation.voir"), 303)
    return redirect(url_for("groupement_innovation.definition", annee=annee), 303)


def _en_texte(besoins: list[Besoin]) -> str:
    return "\n".join(f"{b.famille} = {str(b.montant_ht).replace('.', ',')}" for b in besoins)


def _en_pct(part: Decimal | None) -> str:
    return "" if part is None else f"{(part * 100).normalize():f}".replace(".", ",")


@pages.route("/marches/<uuid:marche_id>/innovation", methods=["GET", "POST"])
@allow("coordonnateur")
def signaler(marche_id: uuid.UUID) -> Vue:
    """Flag a contract, or take the flag back, with the reason."""
    with reading() as session:
        vu = marche_visible(session, marche_id, siret())
        exiger_coordonnateur(siret(), vu.achat.coordonnateur)
    form = (
        InnovationForm.bind(request.form) if request.method == "POST" else InnovationForm.initial()
    )
    if request.method == "POST" and form.valid:
        with transaction() as uow:
            signaler_innovation(uow, marche_id, form.data["motif"], innovant=form.data["innovant"])
        flash("La qualification du marché est enregistrée.", "ok")
        return redirect(url_for("groupement_innovation.voir"), 303)
    return rendu("innovation_signaler.html", form, contrat=vu.contrat)
