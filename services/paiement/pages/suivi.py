"""« Mes factures et paiements » without an account: a link by mail, then one SIRET's invoices.

The link opens these pages only, not the account of the firm: its session key is its own.
"""

import datetime as dt
import uuid

import marshmallow as ma
from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response as Reponse

from services.paiement.pages.acces import perimetre
from services.paiement.queries import factures as lectures
from services.paiement.queries import suivi
from services.paiement.queries.factures import Filtre, Perimetre
from services.paiement.usecases.deposer_piece import Document, deposer_piece
from services.paiement.usecases.lois import lois
from services.paiement.usecases.ouvrir_suivi import demander_lien, ouvrir_suivi, verifier_lien
from services.paiement.usecases.suivi import horloge_de
from shared.kernel.errors import ConflictError, DomainError, NotFoundError
from shared.kernel.identifiants import email_valide
from shared.web.access import allow, current_user, public
from shared.web.context import context, reading, transaction
from shared.web.fields import SiretField
from shared.web.forms import FichierField, Form
from shared.web.liens import lire as lire_lien
from shared.web.limites import par_minute
from shared.web.pagination import page_demandee

pages = Blueprint("suivi", __name__, url_prefix="/paiement/suivi")
Vue = str | tuple[str, int] | Reponse
CLE = "suivi_fournisseur"
SEANCE = dt.timedelta(hours=2)
USAGE = "suivi"


class DemandeForm(Form):
    """Who asks to see."""

    siret = SiretField(required=True, metadata={"libelle": "SIRET"})
    courriel = ma.fields.String(
        required=True,
        validate=[
            ma.validate.Length(max=254),
            ma.validate.Predicate("__len__", error="Saisissez une adresse."),
        ],
        metadata={"libelle": "Adresse électronique"},
    )

    @ma.validates("courriel")
    def _adresse(self, valeur: str, **_: object) -> None:
        if not email_valide(valeur):
            raise ma.ValidationError("Saisissez une adresse. Exemple : compta@entreprise.fr.")


class PieceForm(Form):
    fichier = FichierField(required=True, metadata={"libelle": "Pièce"})


def _siret() -> str | None:
    """The supplier of this request: signed in, or come by a link that is still good."""
    if current_user().entreprise:
        return current_user().siret
    seance = session.get(CLE)
    if not isinstance(seance, dict):
        return None
    if dt.datetime.fromisoformat(seance["jusqu_a"]) <= context().clock.now():
        session.pop(CLE, None)
        return None
    return str(seance["siret"])


def _vers_acces() -> Reponse:
    return redirect(url_for("suivi.acces"), 302)


@pages.get("/acces")
@public
def acces() -> str:
    """Ask for a link."""
    return render_template("paiement/suivi_acces.html", form=DemandeForm.initial(), envoye=False)


@pages.post("/acces")
@public
@par_minute("liens_par_minute")
def demander() -> Vue:
    """Say the same thing whoever asks: nobody learns which firms hold contracts."""
    form = DemandeForm.bind(request.form)
    if form.valid:
        with transaction() as uow:
            demander_lien(uow, form.data["siret"], form.data["courriel"])
    corps = render_template("paiement/suivi_acces.html", form=form, envoye=form.valid)
    return corps if form.valid else (corps, 422)


@pages.get("/lien/<jeton>")
@public
def confirmer(jeton: str) -> Vue:
    """Show a button: mail scanners follow links, they do not press."""
    with reading() as lecture:
        try:
            lien = verifier_lien(suivi.lien(lecture, _lien_id(jeton)), context().clock.now())
        except (ConflictError, NotFoundError) as refus:
            return _perdu(refus)
        siret = lien.siret
    return render_template("paiement/suivi_lien.html", siret_lien=siret, perdu="")


@pages.post("/lien/<jeton>")
@public
@par_minute("liens_par_minute")
def ouvrir(jeton: str) -> Vue:
    """Use the link up and open the session."""
    try:
        with transaction() as uow:
            siret = ouvrir_suivi(uow, _lien_id(jeton))
    except (ConflictError, NotFoundError) as refus:
        return _perdu(refus)
    jusqu_a = (context().clock.now() + SEANCE).isoformat()
    session[CLE] = {"siret": siret, "jusqu_a": jusqu_a}
    return redirect(url_for("suivi.lister"), 303)


def _lien_id(jeton: str) -> uuid.UUID:
    return uuid.UUID(lire_lien(context().settings.secret_key, USAGE, jeton))


def _perdu(refus: DomainError) -> tuple[str, int]:
    corps = render_template("paiement/suivi_lien.html", siret_lien="", perdu=refus.message)
    return corps, refus.status


@pages.post("/quitter")
@public
def quitter() -> Reponse:
    """Close the session."""
    session.pop(CLE, None)
    flash("Vous avez quitté le suivi de vos factures.", "ok")
    return _vers_acces()


@pages.get("")
@public
def lister() -> Vue:
    """Every invoice of the supplier: where it is, since when, when it will be paid."""
    siret = _siret()
    if siret is None:
        return _vers_acces()
    filtre = Filtre(etat="toutes", mots=request.args.get("q", "").strip()[:80])
    with reading() as lecture:
        return render_template(
            "paiement/suivi.html",
            page=lectures.lister(lecture, Perimetre(fournisseur=siret), filtre, page_demandee()),
            filtre=filtre,
            siret_suivi=siret,
        )


@pages.get("/factures/<uuid:facture_id>")
@public
def voir(facture_id: uuid.UUID) -> Vue:
    """One invoice of the supplier, and the answer to a request for documents."""
    siret = _siret()
    if siret is None:
        return _vers_acces()
    return _rendu(facture_id, siret, PieceForm.initial())


def _rendu(facture_id: uuid.UUID, siret: str, form: PieceForm) -> Vue:
    with reading() as lecture:
        facture = lectures.lire(lecture, facture_id, Perimetre(fournisseur=siret))
        corps = render_template(
            "paiement/suivi_facture.html",
            facture=facture,
            horloge=horloge_de(facture, lois(lecture)),
            pieces=suivi.pieces(lecture, facture_id),
            contact=context().settings.contact,
            form=form,
        )
    return (corps, 422) if form.errors else corps


@pages.post("/factures/<uuid:facture_id>/pieces")
@public
def repondre(facture_id: uuid.UUID) -> Vue:
    """Send a document that the buyer asked for."""
    siret = _siret()
    if siret is None:
        return _vers_acces()
    form = PieceForm.bind(request.form, request.files)
    if form.valid:
        fichier = form.data["fichier"]
        document = Document(fichier.filename or "piece", fichier.read())
        try:
            with transaction() as uow:
                deposer_piece(uow, facture_id, siret, document)
        except NotFoundError:
            raise
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("La pièce est transmise à l’acheteur, qui dira si tout est là.", "ok")
            return redirect(url_for("suivi.voir", facture_id=facture_id), 303)
    return _rendu(facture_id, siret, form)


@pages.get("/factures/<uuid:facture_id>/pieces/<uuid:piece_id>")
@allow("finances", "coordonnateur", "entreprise")
def telecharger(facture_id: uuid.UUID, piece_id: uuid.UUID) -> Response:
    """A document as it came, for the buyer and for the firm signed in; never shown in the page."""
    with reading() as lecture:
        lectures.lire(lecture, facture_id, perimetre())
        piece = suivi.piece(lecture, facture_id, piece_id)
        reponse = Response(bytes(piece.octets), content_type=piece.genre)
        reponse.headers.set("Content-Disposition", "attachment", filename=piece.nom)
    return reponse
