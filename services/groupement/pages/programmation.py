"""« Ma programmation » : what the organisation plans to buy, by form and by spreadsheet."""

import json
import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from services.groupement import tables as t
from services.groupement.domain.besoins import Changement
from services.groupement.domain.programmation import ApercuProgrammation, Source
from services.groupement.pages.formulaires import ImportForm
from services.groupement.pages.formulaires_opportunites import (
    COLONNES,
    TITRES,
    PrevisionForm,
    lire_projets,
)
from services.groupement.pages.vues import NATURES, Vue, refuser, rendu, siret
from services.groupement.queries.opportunites import prevision_de, previsions
from services.groupement.usecases.inscrire_prevision import (
    apercevoir_programmation,
    importer_programmation,
    inscrire_prevision,
    retirer_prevision,
)
from shared.kernel.errors import DomainError
from shared.kernel.lieux import annuaire
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.exports import Tableau, Valeur, exporter, telecharger
from shared.web.forms import Form
from shared.web.imports import Ligne, lire

pages = Blueprint("groupement_programmation", __name__, url_prefix="/groupement/programmation")


@pages.get("")
@allow("agent", "coordonnateur")
def lister() -> str:
    """The plans that still count, those read in the published programme told apart."""
    with reading() as session:
        return render_template(
            "groupement/programmation.html",
            previsions=previsions(session, siret()),
            lieux=annuaire(),
            Source=Source,
        )


@pages.get("/export.<extension>")
@allow("agent", "coordonnateur")
def telecharger_programmation(extension: str) -> Response:
    """The same rows as the screen, in the columns that the import reads back."""
    with reading() as session:
        lignes = [_ligne(prevision) for prevision in previsions(session, siret())]
    return telecharger(exporter(Tableau("programmation", COLONNES, lignes), extension))


def _ligne(prevision: t.Prevision) -> list[Valeur]:
    return [
        prevision.reference,
        prevision.objet,
        prevision.cpv,
        NATURES[prevision.nature],
        prevision.lieu,
        prevision.debut,
        prevision.fin,
        prevision.montant_estime_ht,
        prevision.fin_contrat_le,
    ]


@pages.route("/nouveau", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def nouveau() -> Vue:
    """Plan one purchase."""
    return _saisir(PrevisionForm.initial({"nature": "FOURNITURES"}), "Prévoir un achat")


@pages.route("/<uuid:prevision_id>", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def modifier(prevision_id: uuid.UUID) -> Vue:
    """Change a plan; its reference stays."""
    with reading() as session:
        prevision = prevision_de(session, prevision_id, siret())
    return _saisir(PrevisionForm.initial(_valeurs(prevision)), "Modifier un achat prévu", prevision)


def _valeurs(prevision: t.Prevision) -> dict[str, str]:
    montant = prevision.montant_estime_ht
    fin_contrat = prevision.fin_contrat_le
    return {
        "reference": prevision.reference,
        "objet": prevision.objet,
        "cpv": prevision.cpv,
        "nature": prevision.nature,
        "lieu": prevision.lieu,
        "debut": prevision.debut.isoformat(),
        "fin": prevision.fin.isoformat(),
        "montant_estime_ht": str(montant).replace(".", ",") if montant else "",
        "fin_contrat_le": fin_contrat.isoformat() if fin_contrat else "",
    }


def _saisir(form: PrevisionForm, titre: str, connue: t.Prevision | None = None) -> Vue:
    if request.method == "POST":
        saisie = request.form.to_dict() | ({"reference": connue.reference} if connue else {})
        form = PrevisionForm.bind(saisie)
        projet = form.projet() if form.valid else None
        if projet:
            with transaction() as uow:
                inscrire_prevision(uow, siret(), projet)
            flash("Votre programmation est à jour.", "ok")
            return redirect(url_for("groupement_programmation.lister"), 303)
    return rendu(
        "programmation_saisie.html", form, titre=titre, connue=connue, natures=NATURES.items()
    )


@pages.route("/<uuid:prevision_id>/retirer", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def retirer(prevision_id: uuid.UUID) -> Vue:
    """Say what withdrawing does, then withdraw."""
    with reading() as session:
        prevision = prevision_de(session, prevision_id, siret())
    if request.method == "GET":
        return rendu("programmation_retirer.html", Form.initial(), prevision=prevision)
    with transaction() as uow:
        retirer_prevision(uow, siret(), prevision_id)
    flash("L’achat prévu est retiré.", "ok")
    return redirect(url_for("groupement_programmation.lister"), 303)


@pages.route("/import", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def importer() -> Vue:
    """Read the file and show, line by line, what it would do."""
    if request.method == "GET":
        return _montrer(ImportForm.initial(), [])
    form = ImportForm.bind(request.form, request.files)
    lignes: list[Ligne] = []
    if form.valid:
        try:
            lignes = lire(form.data["fichier"].read(), TITRES, requises=("objet", "cpv", "lieu"))
        except DomainError as refus:
            refuser(form, "fichier", refus.message)
    return _montrer(form, lignes)


def _montrer(form: ImportForm, lignes: list[Ligne]) -> Vue:
    apercu: ApercuProgrammation | None = None
    if form.valid and lignes:
        try:
            with reading() as session:
                apercu = apercevoir_programmation(session, siret(), *lire_projets(lignes))
        except DomainError as refus:
            form.reject(refus)
    contenu = [[ligne.numero, dict(ligne.valeurs)] for ligne in lignes]
    return rendu(
        "programmation_import.html",
        form,
        apercu=apercu,
        contenu=json.dumps(contenu, ensure_ascii=False),
        Changement=Changement,
    )


@pages.post("/import/confirmer")
@allow("agent", "coordonnateur")
def confirmer() -> Vue:
    """Write the lines that were shown; if something moved meanwhile, show them again."""
    form = ImportForm.initial()
    try:
        lignes = _relire(request.form.get("contenu", ""))
    except (ValueError, TypeError, AttributeError):
        refuser(form, "fichier", "L’aperçu est illisible : envoyez de nouveau le fichier.")
        return _montrer(form, [])
    try:
        with transaction() as uow:
            vu = request.form.get("empreinte", "")
            apercu = importer_programmation(uow, siret(), *lire_projets(lignes), vu=vu)
    except DomainError as refus:
        flash(refus.message, "alerte")
        return _montrer(form, lignes)
    n = len(apercu.a_ecrire)
    flash(f"{n} achats prévus importés." if n > 1 else f"{n} achat prévu importé.", "ok")
    return redirect(url_for("groupement_programmation.lister"), 303)


def _relire(contenu: str) -> list[Ligne]:
    """Lines of the preview; they are checked again as if they came from the file."""
    return [
        Ligne(int(numero), {champ: str(valeurs.get(champ, "")) for champ in TITRES})
        for numero, valeurs in json.loads(contenu)
    ]
