"""Buyer's pages after publication: correct, cancel, award, notify."""

import uuid
from decimal import Decimal

from flask import Blueprint, flash, request

from services.publication import queries
from services.publication.domain.marche import Attributaire
from services.publication.domain.valeurs import Organisation
from services.publication.pages import formulaires
from services.publication.pages.consultations import Vue, choix, rendu, retour, siret
from services.publication.tables import Consultation, Lot, Marche
from services.publication.usecases.annuler_avis import annuler_consultation
from services.publication.usecases.attribuer_lot import Decision, attribuer_lot
from services.publication.usecases.chargement import avis_de
from services.publication.usecases.contenu import contenu_de
from services.publication.usecases.notifier_marche import notifier_marche
from services.publication.usecases.rectifier_avis import rectifier_avis
from shared.kernel.errors import DomainError, NotFoundError
from shared.web.access import allow
from shared.web.context import context, reading, transaction

pages = Blueprint("suites", __name__, url_prefix="/consultations/<uuid:consultation_id>")


def _consultation(consultation_id: uuid.UUID) -> Consultation:
    with reading() as session:
        return queries.consultation_de(session, consultation_id, siret())


@pages.route("/rectifier", methods=["GET", "POST"])
@allow("coordonnateur")
def rectifier(consultation_id: uuid.UUID) -> Vue:
    """Publish a new version of the notice."""
    consultation = _consultation(consultation_id)
    actuel = contenu_de(avis_de(consultation), consultation)
    if request.method == "GET":
        form = formulaires.RectificationForm.initial(formulaires.saisie(actuel))
        return rendu("rectifier.html", form, consultation=consultation, **choix())
    form = formulaires.RectificationForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                rectifier_avis(
                    uow,
                    consultation_id,
                    siret(),
                    form.modifications(actuel),
                    form.data["motif"],
                )
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("L’avis est rectifié\u00a0; les abonnés seront prévenus.", "ok")
            return retour(consultation_id)
    return rendu("rectifier.html", form, consultation=consultation, **choix())


@pages.route("/annuler", methods=["GET", "POST"])
@allow("coordonnateur")
def annuler(consultation_id: uuid.UUID) -> Vue:
    """Cancel the consultation, with its reason."""
    consultation = _consultation(consultation_id)
    if request.method == "GET":
        return rendu("annuler.html", formulaires.MotifForm.initial(), consultation=consultation)
    form = formulaires.MotifForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                annuler_consultation(uow, consultation_id, siret(), form.data["motif"])
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("La consultation est annulée.", "ok")
            return retour(consultation_id)
    return rendu("annuler.html", form, consultation=consultation)


@pages.route("/lots/<int:numero>/attribuer", methods=["GET", "POST"])
@allow("coordonnateur")
def attribuer(consultation_id: uuid.UUID, numero: int) -> Vue:
    """Enter the firm chosen for a lot and its prices."""
    consultation = _consultation(consultation_id)
    lot = _lot(consultation, numero)
    classe = formulaires.attribution_form(lot)
    donnees = {
        "consultation": consultation,
        "lot": lot,
        "taux": list(formulaires.TAUX_TVA.items()),
        "champ_prix": formulaires.champ_prix,
    }
    if request.method == "GET":
        form = classe.initial(
            {"attribue_le": context().clock.today().isoformat(), "taux_tva": "0.20"}
        )
        return rendu("attribuer.html", form, **donnees)
    form = classe.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                attribuer_lot(uow, consultation_id, siret(), _decision(form, lot))
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"Le lot {numero} est attribué.", "ok")
            return retour(consultation_id)
    return rendu("attribuer.html", form, **donnees)


def _lot(consultation: Consultation, numero: int) -> Lot:
    for lot in consultation.lots:
        if lot.numero == numero:
            return lot
    raise NotFoundError("Ce lot n’existe pas.", code="lot_inconnu")


def _decision(form: formulaires.AttributionForm, lot: Lot) -> Decision:
    data = form.data
    prix: dict[uuid.UUID, Decimal] = {
        ligne.id: data[formulaires.champ_prix(ligne.id)] for ligne in lot.lignes
    }
    return Decision(
        lot=lot.numero,
        attributaire=Attributaire(
            siret=data["siret"], nom=data["nom"], pme=data["pme"], courriel=data["courriel"]
        ),
        attribue_le=data["attribue_le"],
        offres_recues=data["offres_recues"],
        taux_tva=data["taux_tva"],
        prix=prix,
        montant_ht=data.get("montant_ht"),
    )


@pages.route("/lots/<int:numero>/notifier", methods=["GET", "POST"])
@allow("coordonnateur")
def notifier(consultation_id: uuid.UUID, numero: int) -> Vue:
    """Date the notification of a contract."""
    consultation = _consultation(consultation_id)
    marche = _marche(consultation, numero)
    titulaire = Organisation(marche.titulaire_siret, marche.titulaire_nom)
    donnees = {"consultation": consultation, "marche": marche, "titulaire": titulaire}
    if request.method == "GET":
        aujourd_hui = context().clock.today().isoformat()
        form = formulaires.NotificationForm.initial({"date_notification": aujourd_hui})
        return rendu("notifier.html", form, **donnees)
    form = formulaires.NotificationForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                le = form.data["date_notification"]
                notifier_marche(uow, context().parametres, marche.id, siret(), le)
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"Le marché {marche.reference} est notifié.", "ok")
            return retour(consultation_id)
    return rendu("notifier.html", form, **donnees)


def _marche(consultation: Consultation, numero: int) -> Marche:
    for marche in consultation.marches:
        if marche.lot == numero:
            return marche
    raise NotFoundError("Ce lot n’est pas attribué.", code="lot_non_attribue")
