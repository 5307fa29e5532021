"""Open data of contracts: what to publish and by when, one record, the public files."""

import hashlib
import json
import re
import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reponse

from services.paiement.domain import decp as regle
from services.paiement.domain import decp_listes as listes
from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires_decp import ActeForm, DecpForm
from services.paiement.queries import decp as lectures
from services.paiement.usecases.lois import lois
from services.paiement.usecases.publier_decp import (
    completer_decp,
    declarer_acte,
    ecrire_fiche,
    noter_code_postal,
    publier_decp,
)
from shared.kernel.errors import DomainError, NotFoundError, ValidationError
from shared.web.access import allow, public
from shared.web.context import context, reading, transaction
from shared.web.exports import Tableau, Valeur, exporter, telecharger
from shared.web.forms import Form
from shared.web.pagination import page_demandee

pages = Blueprint("decp", __name__, url_prefix="/paiement")
Vue = str | tuple[str, int] | Reponse
ANNEE = re.compile(r"20\d\d")


@pages.get("/donnees-essentielles")
@allow("finances", "coordonnateur")
def lister() -> str:
    """Contracts to publish, those still due first."""
    with reading() as session:
        return render_template(
            "paiement/donnees_essentielles.html",
            page=lectures.lister(session, lois(session), siret(), page_demandee()),
            jour=context().clock.today(),
            annee=context().clock.today().year,
            liste=[
                ligne
                for ligne in lectures.liste_annuelle(
                    session, lois(session), context().clock.today().year
                )
                if ligne.marche.acheteur_siret == siret()
            ],
        )


@pages.route("/marches/<uuid:marche_id>/donnees-essentielles", methods=["GET", "POST"])
@allow("finances", "coordonnateur")
def completer(marche_id: uuid.UUID) -> Vue:
    """One record: what is missing, what would be published, what was."""
    if request.method == "GET":
        return _rendu(marche_id)
    form = DecpForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                completer_decp(uow, marche_id, siret(), form.data)
        except DomainError as refus:
            _relever(refus)
            form.reject(refus)
        else:
            flash("Vos réponses sont enregistrées.", "ok")
            return redirect(url_for("decp.completer", marche_id=marche_id), 303)
    return _rendu(marche_id, form=form)


def _relever(refus: DomainError) -> None:
    if isinstance(refus, NotFoundError):
        raise refus


def _rendu(marche_id: uuid.UUID, form: Form | None = None, acte: Form | None = None) -> Vue:
    le = context().clock.today()
    with reading() as session:
        dossier = lectures.dossier(session, lois(session), marche_id, siret())
        fiche = dossier.fiche(le)
        form = form or DecpForm.initial(dossier.champs)
        acte = acte or ActeForm.initial()
        corps = render_template(
            "paiement/donnees_essentielles_marche.html",
            dossier=dossier,
            marche=dossier.marche,
            form=form,
            acte=acte,
            fautes=regle.verifier(fiche) if fiche else [],
            fiche=json.dumps(json.loads(ecrire_fiche(fiche)), ensure_ascii=False, indent=2)
            if fiche
            else "",
            listes=listes,
            jour=le,
        )
    return (corps, 422) if form.errors or acte.errors else corps


@pages.post("/marches/<uuid:marche_id>/donnees-essentielles/publication")
@allow("finances", "coordonnateur")
def publier(marche_id: uuid.UUID) -> Reponse:
    """Make a complete record public."""
    try:
        with transaction() as uow:
            publier_decp(uow, marche_id, siret())
    except DomainError as refus:
        _relever(refus)
        flash(refus.message, "erreur")
    else:
        flash("Les données essentielles sont publiées.", "ok")
    return redirect(url_for("decp.completer", marche_id=marche_id), 303)


@pages.post("/marches/<uuid:marche_id>/donnees-essentielles/actes")
@allow("finances", "coordonnateur")
def ajouter_acte(marche_id: uuid.UUID) -> Vue:
    """Record a special act of subcontracting."""
    form = ActeForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                declarer_acte(uow, marche_id, siret(), **form.data)
        except DomainError as refus:
            _relever(refus)
            form.reject(refus)
        else:
            flash("L’acte de sous-traitance est déclaré.", "ok")
            return redirect(url_for("decp.completer", marche_id=marche_id), 303)
    return _rendu(marche_id, acte=form)


@pages.post("/marches/<uuid:marche_id>/code-postal")
@allow("finances", "coordonnateur")
def noter(marche_id: uuid.UUID) -> Reponse:
    """Record where the holder of a contract of the yearly list is."""
    try:
        with transaction() as uow:
            noter_code_postal(uow, marche_id, siret(), request.form.get("code_postal", "").strip())
    except ValidationError as refus:
        flash(refus.message, "erreur")
    else:
        flash("Le code postal est enregistré.", "ok")
    return redirect(f"{url_for('decp.lister')}#liste", 303)


@pages.get("/decp.json")
@public
def donnees() -> Reponse:
    """Every record published by this instance."""
    return _json(None)


@pages.get("/decp-<annee>.json")
@public
def donnees_annee(annee: str) -> Reponse:
    """Records of the contracts notified in a year."""
    return _json(_annee(annee))


def _annee(texte: str) -> int:
    if not ANNEE.fullmatch(texte):
        raise NotFoundError("Cette année n’existe pas.", code="annee_inconnue")
    return int(texte)


def _json(annee: int | None) -> Reponse:
    with reading() as session:
        fiches = lectures.publiees(session, annee)
    corps = f'{{"marches":{{"marche":[{",".join(fiches)}]}}}}'.encode()
    reponse = Response(corps, content_type="application/json")
    reponse.set_etag(hashlib.sha256(corps).hexdigest())
    reponse.headers["Cache-Control"] = "public, no-cache"
    return reponse.make_conditional(request)


@pages.get("/marches-de-<annee>.csv")
@public
def liste_annuelle(annee: str) -> Response:
    """The yearly list of contracts below the threshold of publication."""
    with reading() as session:
        lignes: list[list[Valeur]] = [
            [
                ligne.marche.objet,
                ligne.marche.montant_ht,
                ligne.marche.date_notification,
                ligne.marche.titulaire_nom,
                ligne.code_postal,
                ligne.marche.acheteur.nom,
            ]
            for ligne in lectures.liste_annuelle(session, lois(session), _annee(annee))
        ]
    colonnes = [
        "Objet",
        "Montant HT",
        "Notifié le",
        "Titulaire",
        "Code postal du titulaire",
        "Acheteur",
    ]
    return telecharger(exporter(Tableau(f"marches-de-{annee}", colonnes, lignes), "csv"))
