"""Alerts without an account: ask, confirm, manage, stop."""

from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from services.notification import queries
from services.notification.domain.abonnement import verifier_confirmable
from services.notification.domain.correspondance import Portee
from services.notification.domain.criteres import Criteres
from services.notification.schemas.saisies import AlerteForm, CriteresForm, RetrouverForm
from services.notification.usecases.arreter import arreter_par_jeton, arreter_tout
from services.notification.usecases.confirmer_abonnement import confirmer_abonnement
from services.notification.usecases.creer_abonnement import Demande, creer_abonnement
from services.notification.usecases.retrouver_alertes import retrouver_alertes
from shared.kernel.errors import ConflictError, DomainError, NotFoundError
from shared.web.access import public
from shared.web.context import context, reading, transaction
from shared.web.csrf import sans_jeton

alertes = Blueprint("alertes", __name__, url_prefix="/alertes")
Reponse = str | tuple[str, int] | Response

# Names that a search may use in an address, and those of our own form.
DE_LA_RECHERCHE: Final = {
    "q": "mots",
    "lieu": "lieux",
    "min": "montant_min",
    "max": "montant_max",
    **{champ: champ for champ in ("cpv", "mots", "lieux", "montant_min", "montant_max")},
}


@alertes.get("/")
@public
def accueil() -> str:
    return render_template("notification/alertes.html", form=RetrouverForm.initial())


@alertes.post("/retrouver")
@public
def retrouver() -> Reponse:
    """Send the management link; the answer is the same for a known and an unknown address."""
    form = RetrouverForm.bind(request.form)
    if not form.valid:
        return render_template("notification/alertes.html", form=form), 422
    with transaction() as uow:
        retrouver_alertes(uow, form.data["courriel"])
    flash("Si cette adresse reçoit des alertes, le lien pour les gérer vient de lui être envoyé.")
    return redirect(url_for("alertes.accueil"), 303)


@alertes.get("/nouvelle")
@public
def nouvelle() -> str:
    """The form, filled with the criteria of a search."""
    criteres = {
        champ: request.args[nom] for nom, champ in DE_LA_RECHERCHE.items() if request.args.get(nom)
    }
    form = AlerteForm.initial(criteres)
    portee = None
    if criteres:
        portee = _portee(_criteres(CriteresForm.bind(MultiDict(criteres)), form))
    return render_template("notification/alerte_nouvelle.html", form=form, portee=portee)


@alertes.post("/nouvelle")
@public
def creer() -> Reponse:
    """Show how far the criteria reach, or record the request."""
    if request.form.get("action") == "apercu":
        return _apercu()
    form = AlerteForm.bind(request.form)
    criteres = _criteres(CriteresForm.bind(request.form), form)
    try:
        if form.valid and criteres is not None:
            with transaction() as uow:
                creer_abonnement(uow, Demande(form.data["courriel"], criteres, form.data["nom"]))
            return redirect(url_for("alertes.confirmation"), 303)
    except DomainError as refus:
        form.reject(refus)
    return render_template("notification/alerte_nouvelle.html", form=form, portee=None), 422


def _apercu() -> Reponse:
    form = AlerteForm.initial({champ: request.form.get(champ, "") for champ in AlerteForm().fields})
    portee = _portee(_criteres(CriteresForm.bind(request.form), form))
    page = render_template("notification/alerte_nouvelle.html", form=form, portee=portee)
    return page, 200 if form.valid else 422


def _criteres(essai: CriteresForm, form: AlerteForm) -> Criteres | None:
    """Read the criteria; when they are faulty, say so on the form."""
    try:
        return essai.criteres()
    except DomainError as refus:
        form.reject(refus)
        return None


def _portee(criteres: Criteres | None) -> Portee | None:
    """What the criteria would have brought."""
    if criteres is None:
        return None
    with reading() as session:
        return queries.portee_recente(session, criteres, context().clock.now())


@alertes.get("/confirmation")
@public
def confirmation() -> str:
    return render_template(
        "notification/alerte_demandee.html", demo=not context().settings.production
    )


@alertes.get("/confirmer/<jeton>")
@public
def confirmer(jeton: str) -> Reponse:
    """Ask for a click: programs that read mail follow links, they do not press buttons."""
    with reading() as session:
        alerte = queries.en_attente_de_confirmation(session, jeton)
    if alerte is None:
        raise NotFoundError(
            "Ce lien n’est pas connu. Il a peut-être expiré\u00a0: créez de nouveau l’alerte.",
            code="jeton_inconnu",
        )
    try:
        verifier_confirmable(alerte.etat, alerte.cree_le, context().clock.now())
    except ConflictError as refus:
        return render_template("notification/alerte_perimee.html", refus=refus, alerte=alerte), 409
    return render_template("notification/alerte_confirmer.html", alerte=alerte, jeton=jeton)


@alertes.post("/confirmer/<jeton>")
@public
def confirmer_envoi(jeton: str) -> Reponse:
    with transaction() as uow:
        alerte = confirmer_abonnement(uow, jeton)
        gestion = alerte.destinataire.jeton
    flash(f"Votre alerte «\u00a0{alerte.nom}\u00a0» est active.")
    return redirect(url_for("alertes.gerer", jeton=gestion), 303)


@alertes.get("/gerer/<jeton>")
@public
def gerer(jeton: str) -> str:
    with reading() as session:
        gestion = queries.gestion(session, jeton)
    if gestion is None:
        raise NotFoundError("Ce lien n’est pas connu.", code="jeton_inconnu")
    return render_template("notification/alertes_gerer.html", gestion=gestion, jeton=jeton)


@alertes.post("/gerer/<jeton>")
@public
def tout_arreter(jeton: str) -> Response:
    with transaction() as uow:
        arreter_tout(uow, jeton)
    flash("Toutes vos alertes sont arrêtées. Vous ne recevrez plus de message.")
    return redirect(url_for("alertes.gerer", jeton=jeton), 303)


@alertes.get("/stop/<jeton>")
@public
def stop(jeton: str) -> str:
    """Show what would stop; only the button, or a mailbox's one click, stops."""
    with reading() as session:
        visees = queries.alertes_du_lien(session, jeton)
    if not visees:
        raise NotFoundError("Ce lien n’est pas connu.", code="jeton_inconnu")
    return render_template("notification/alerte_stop.html", visees=visees, jeton=jeton, fait=False)


@alertes.post("/stop/<jeton>")
@sans_jeton
@public
def stop_envoi(jeton: str) -> str:
    """Stop, for a person or for a mailbox (RFC 8058: `List-Unsubscribe=One-Click`)."""
    with transaction() as uow:
        visees = arreter_par_jeton(uow, jeton)
    return render_template("notification/alerte_stop.html", visees=visees, jeton=jeton, fait=True)
