"""Invoices to pay before which day, by whom; what opened each deadline; interest to pay."""

import datetime as dt
import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reponse

from services.paiement.domain.facture import LIBELLES, Etat
from services.paiement.pages.acces import perimetre, siret, verifier_instance
from services.paiement.pages.formulaires import jour_iso
from services.paiement.pages.formulaires_echeances import (
    ORIGINES,
    DepartForm,
    FinancesForm,
    InteretsForm,
)
from services.paiement.queries import echeances as lectures
from services.paiement.queries import factures
from services.paiement.queries.echeances import APayer
from services.paiement.tables import Facture
from services.paiement.usecases.acheteurs import joindre_finances
from services.paiement.usecases.etats_liquidatifs import verser_interets
from services.paiement.usecases.lois import lois
from services.paiement.usecases.payer import interets_de
from services.paiement.usecases.preciser_depart import preciser_depart
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.exports import Tableau, Valeur, exporter, telecharger
from shared.web.pagination import page_demandee

pages = Blueprint("echeances", __name__, url_prefix="/paiement")
Vue = str | tuple[str, int] | Reponse
COLONNES = [
    "Numéro",
    "Fournisseur",
    "Net à payer",
    "État",
    "Qui doit agir",
    "Limite de l’ordonnateur",
    "Limite du comptable",
    "Échéance légale",
    "Jours restants",
]


@pages.get("/echeances")
@allow("finances", "coordonnateur")
def lister() -> str:
    """What is left to pay, by days left, with whose turn it is."""
    with reading() as session:
        page, lignes = lectures.a_payer(session, siret(), lois(session), page_demandee())
        return render_template("paiement/echeances.html", page=page, lignes=lignes)


@pages.get("/echeances.<extension>")
@allow("finances", "coordonnateur")
def exporter_liste(extension: str) -> Response:
    """The very rows of the screen."""
    aujourdhui = context().clock.today()
    with reading() as session:
        dues = lectures.toutes_a_payer(session, siret(), lois(session))
        lignes = [_ligne(due, aujourdhui) for due in dues]
    return telecharger(exporter(Tableau("echeances", COLONNES, lignes), extension))


def _ligne(due: APayer, aujourdhui: dt.date) -> list[Valeur]:
    facture, partage = due.facture, due.partage
    return [
        facture.numero,
        facture.fournisseur_nom,
        facture.net_a_payer,
        LIBELLES[Etat(facture.etat)],
        due.tour.detenteur,
        partage.ordonnateur_le if partage else None,
        partage.limite_comptable(facture.mandatee_le) if partage else None,
        facture.echeance_le,
        due.restants(aujourdhui),
    ]


@pages.route("/factures/<uuid:facture_id>/depart", methods=["GET", "POST"])
@allow("finances")
def preciser(facture_id: uuid.UUID) -> Vue:
    """Say which fact opened the deadline."""
    if request.method == "GET":
        return _depart(facture_id, None)
    form = DepartForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                preciser_depart(uow, facture_id, siret(), form.ouverture())
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash("Le départ du délai est précisé\u00a0; l’échéance est recalculée.", "ok")
            return redirect(url_for("factures.voir", facture_id=facture_id), 303)
    return _depart(facture_id, form)


def _depart(facture_id: uuid.UUID, form: DepartForm | None) -> str | tuple[str, int]:
    with reading() as session:
        facture = factures.lire(session, facture_id, perimetre())
        form = form or DepartForm.initial(_propose(facture))
        corps = render_template(
            "paiement/depart.html", facture=facture, form=form, origines=ORIGINES
        )
    return (corps, 422) if form.errors else corps


def _propose(facture: Facture) -> dict[str, str]:
    ligne = facture.depart
    if ligne is None:
        return {"origine": "NOTIFICATION", "le": jour_iso(facture.recue_le)}
    return {
        "origine": ligne.origine,
        "le": jour_iso(ligne.le),
        "demandee_le": jour_iso(ligne.demandee_le),
    }


@pages.get("/factures/<uuid:facture_id>/etat-liquidatif")
@allow("finances", "coordonnateur", "entreprise")
def etat_liquidatif(facture_id: uuid.UUID) -> str:
    """The statement of interest of a late payment, to print with the payment order."""
    with reading() as session:
        facture = factures.lire(session, facture_id, perimetre())
        return render_template(
            "paiement/etat_liquidatif.html",
            facture=facture,
            etat=lectures.etat_exige(session, facture_id),
            interets=interets_de(facture, lois(session)),
        )


@pages.get("/interets")
@allow("finances")
def interets() -> str:
    """Statements of interest, those to pay first."""
    return _interets(InteretsForm.initial({"verse_le": jour_iso(context().clock.today())}))


def _interets(form: InteretsForm) -> str:
    with reading() as session:
        page = lectures.etats(session, siret(), page_demandee())
        return render_template("paiement/interets.html", page=page, form=form)


@pages.post("/interets/<uuid:etat_id>/versement")
@allow("finances")
def verser(etat_id: uuid.UUID) -> Vue:
    """Record that interest and indemnity were paid."""
    form = InteretsForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                etat = verser_interets(uow, etat_id, siret(), form.data["verse_le"])
                dit = f"Le versement de l’état {etat.numero} est constaté."
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash(dit, "ok")
            return redirect(url_for("echeances.interets"), 303)
    return _interets(form), 422


@pages.post("/parametres/acheteurs/<acheteur>/finances")
@allow("finances")
def joindre(acheteur: str) -> Reponse:
    """Set whom to warn before an end of deadline, and the accountant's own days."""
    verifier_instance()
    form = FinancesForm.bind(request.form)
    if not form.valid:
        flash(f"{' '.join(form.errors.values())} Rien n’a changé.", "erreur")
        return redirect(f"{url_for('parametres.lister')}#acheteurs", 303)
    with transaction() as uow:
        joindre_finances(uow, acheteur, form.data["courriel"], form.data["comptable_jours"])
    flash("L’acheteur est mis à jour.", "ok")
    return redirect(f"{url_for('parametres.lister')}#acheteurs", 303)
