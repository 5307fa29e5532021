"""Statements of card operations: imported, matched, decided line by line, closed, paid."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.domain import pointage
from services.paiement.domain.releve import ETATS, ETATS_LIGNE, NIVEAUX, EtatLigne
from services.paiement.gateways.releves.formats import formats
from services.paiement.gateways.releves.lecture import empreinte_de, lire
from services.paiement.pages.acces import personne, siret
from services.paiement.pages.formulaires_cartes import (
    DecisionForm,
    ImportForm,
    PaiementReleveForm,
    ReponseForm,
)
from services.paiement.queries import programmes
from services.paiement.queries import releves as lectures
from services.paiement.usecases.decider_lignes import (
    Ref,
    approuver_ligne,
    approuver_rapprochees,
    clore_releve,
    contester_ligne,
    payer_releve,
    repondre_contestation,
)
from services.paiement.usecases.importer_releve import Envoi, Importation, importer_releve
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form
from shared.web.pagination import page_demandee

pages = Blueprint("releves", __name__, url_prefix="/paiement/cartes/releves")
Vue = str | tuple[str, int] | Response
TONS = {
    EtatLigne.RAPPROCHEE: "",
    EtatLigne.EXCEPTION: "or",
    EtatLigne.APPROUVEE: "vert",
    EtatLigne.CONTESTEE: "rouge",
    EtatLigne.RETIREE: "gris",
}


@pages.app_context_processor
def vocabulaire() -> dict[str, object]:
    return {
        "ligne_dite": lambda etat: (ETATS_LIGNE[etat], TONS[etat]),
        "ecart_dit": lambda ecart: pointage.LIBELLES[ecart],
        "releve_dit": lambda etat: ETATS[etat],
        "niveau_dit": lambda niveau: NIVEAUX[niveau],
    }


@pages.get("")
@allow("finances")
def lister() -> str:
    """Statements of the organisation, those to decide first."""
    with reading() as session:
        page = lectures.lister(session, siret(), page_demandee())
        return render_template(
            "paiement/releves.html",
            page=page,
            bilans=lectures.bilans(session, [r.id for r in page.items]),
            exceptions=lectures.en_attente(session, siret()),
        )


@pages.get("/exceptions")
@allow("finances")
def exceptions() -> str:
    """The queue: every line that does not agree, whatever its statement."""
    with reading() as session:
        page = lectures.exceptions(session, siret(), page_demandee())
        return render_template("paiement/releves_exceptions.html", page=page)


@pages.route("/importer", methods=["GET", "POST"])
@allow("finances")
def importer() -> Vue:
    """Bring a statement in; the same file twice changes nothing."""
    if request.method == "GET":
        depart = {"programme": request.args.get("programme", ""), "recu_le": _aujourdhui()}
        return _importation(ImportForm.initial(depart))
    form = ImportForm.bind(request.form, request.files)
    if form.valid:
        try:
            importation = _importer(form)
        except DomainError as refus:
            if not refus.champs:
                refus.champs = {"fichier": refus.message}
            form.reject(refus)
        else:
            flash(_message(importation), "ok")
            return redirect(url_for("releves.voir", releve_id=importation.releve.id), 303)
    return _importation(form), 422


def _importer(form: Form) -> Importation:
    fichier, programme_id = form.data["fichier"], form.data["programme"]
    octets = fichier.read()
    with reading() as session:
        banque = programmes.lire(session, programme_id, siret()).banque
    lu = lire(octets, formats()[banque])
    envoi = Envoi(fichier.filename, empreinte_de(octets), lu, form.data["recu_le"])
    with transaction() as uow:
        return importer_releve(uow, programme_id, siret(), envoi, personne())


def _message(importation: Importation) -> str:
    releve = importation.releve
    if importation.nouveau:
        return f"Le relevé {releve.numero} est importé et rapproché."
    return f"Le relevé {releve.numero} était déjà importé\u00a0: rien n’a changé."


def _importation(form: Form) -> str:
    with reading() as session:
        connus = programmes.lister(session, siret())
    return render_template(
        "paiement/releve_importer.html",
        form=form,
        programmes=[(p.id, f"{p.emetteur} – {p.compte}") for p in connus],
    )


def _aujourdhui() -> str:
    return context().clock.today().isoformat()


@pages.get("/<uuid:releve_id>")
@allow("finances")
def voir(releve_id: uuid.UUID) -> str:
    """One statement: what is decided, what is owed, its lines."""
    return _releve(releve_id, PaiementReleveForm.initial({"paye_le": _aujourdhui()}))


def _releve(releve_id: uuid.UUID, form: Form) -> str:
    etat = request.args.get("etat", "")
    with reading() as session:
        releve = lectures.lire(session, releve_id, siret())
        return render_template(
            "paiement/releve.html",
            releve=releve,
            bilan=lectures.bilans(session, [releve_id])[releve_id],
            page=lectures.lignes(session, releve_id, etat, page_demandee()),
            etat=etat,
            etats=list(ETATS_LIGNE.items()),
            reste=(releve.echeance_le - context().clock.today()).days,
            form=form,
        )


@pages.post("/<uuid:releve_id>/approbation")
@allow("finances")
def approuver(releve_id: uuid.UUID) -> Response:
    """Approve every matched line."""
    with transaction() as uow:
        nombre = approuver_rapprochees(uow, Ref(releve_id, siret()), personne())
    accord = "lignes approuvées" if nombre > 1 else "ligne approuvée"
    flash(f"{nombre} {accord}." if nombre else "Aucune ligne rapprochée n’attend.", "ok")
    return _revenir(releve_id)


@pages.post("/<uuid:releve_id>/cloture")
@allow("finances")
def clore(releve_id: uuid.UUID) -> Response:
    """Close a statement of which every line is decided."""
    with transaction() as uow:
        clore_releve(uow, Ref(releve_id, siret()), personne())
    flash("Le relevé est clos\u00a0: les lignes approuvées sont dues à l’émetteur.", "ok")
    return _revenir(releve_id)


@pages.post("/<uuid:releve_id>/paiement")
@allow("finances")
def payer(releve_id: uuid.UUID) -> Vue:
    """Record the payment to the issuer."""
    form = PaiementReleveForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                payer_releve(uow, Ref(releve_id, siret()), form.data["paye_le"], personne())
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash("Le paiement de l’émetteur est enregistré.", "ok")
            return _revenir(releve_id)
    return _releve(releve_id, form), 422


def _revenir(releve_id: uuid.UUID) -> Response:
    return redirect(url_for("releves.voir", releve_id=releve_id), 303)


@pages.get("/<uuid:releve_id>/lignes/<int:rang>")
@allow("finances")
def ligne(releve_id: uuid.UUID, rang: int) -> str:
    """One line: what the issuer says, what we authorised, what does not agree."""
    return _ligne(releve_id, rang, DecisionForm.initial())


def _ligne(releve_id: uuid.UUID, rang: int, form: Form) -> str:
    with reading() as session:
        releve = lectures.lire(session, releve_id, siret())
        suivi = lectures.ligne(session, releve_id, rang)
        return render_template(
            "paiement/releve_ligne.html",
            releve=releve,
            suivi=suivi,
            factures=lectures.factures_a_payer(session, suivi.ligne, siret()),
            form=form,
        )


@pages.post("/<uuid:releve_id>/lignes/<int:rang>/<any(approbation, contestation, reponse):geste>")
@allow("finances")
def decider(releve_id: uuid.UUID, rang: int, geste: str) -> Vue:
    """Approve or dispute a line, or record what the issuer answered."""
    repondre = geste == "reponse"
    form = (ReponseForm if repondre else DecisionForm).bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                message = _decider(uow, (Ref(releve_id, siret()), rang), geste, form)
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash(message, "ok")
            return redirect(url_for("releves.ligne", releve_id=releve_id, rang=rang), 303)
    return _ligne(releve_id, rang, form), 422


def _decider(uow: UnitOfWork, quoi: tuple[Ref, int], geste: str, form: Form) -> str:
    ref, rang = quoi
    if geste == "approbation":
        approuver_ligne(uow, ref, rang, form.data["motif"], personne())
        return "La ligne est approuvée\u00a0: la créance du fournisseur est éteinte."
    if geste == "contestation":
        contester_ligne(uow, ref, rang, form.data["motif"], personne())
        return "La ligne est contestée\u00a0: son montant est retenu."
    reponse = (form.data["issue"], form.data["reponse"])
    repondre_contestation(uow, ref, rang, reponse, personne())
    return "La réponse de l’émetteur est enregistrée."
