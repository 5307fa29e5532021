"""Service orders: the register, one order, what the buyer does, what the contractor answers."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.domain import ordre_service as regle
from services.paiement.domain.ordre_service import EtatOrdre, TypeOrdre
from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import jour_iso
from services.paiement.pages.formulaires_ordre import (
    AnnulationForm,
    NotificationForm,
    ObservationsForm,
    OrdreForm,
    RefusForm,
)
from services.paiement.queries import ordres as lectures
from services.paiement.queries.ordres import Vue as VueOrdre
from services.paiement.tables import OrdreService
from services.paiement.usecases.compte_decompte import marche_de
from services.paiement.usecases.ordres_service import (
    accuser_reception,
    annuler_ordre,
    emettre_ordre,
    executer_ordre,
    notifier_ordre,
    observer,
    refuser_ordre,
)
from shared.kernel.errors import DomainError, NotFoundError
from shared.web.access import allow, public
from shared.web.context import context, reading, transaction
from shared.web.forms import Form
from shared.web.liens import lire as lire_lien

pages = Blueprint("ordres", __name__, url_prefix="/paiement")
Vue = str | tuple[str, int] | Response
USAGE = "ordre_service"
TONS = {
    EtatOrdre.EMIS: "gris",
    EtatOrdre.NOTIFIE: "or",
    EtatOrdre.ACCUSE: "",
    EtatOrdre.OBSERVATIONS: "or",
    EtatOrdre.EXECUTE: "vert",
    EtatOrdre.REFUSE: "rouge",
    EtatOrdre.ANNULE: "gris",
}


@pages.app_context_processor
def vocabulaire() -> dict[str, Any]:
    """Words of service orders for the templates."""
    return {
        "type_ordre": lambda type_: regle.TYPES[TypeOrdre(type_)],
        "etat_ordre": lambda etat: (regle.LIBELLES[EtatOrdre(etat)], TONS[EtatOrdre(etat)]),
        "ordre_peut": lambda ordre, vers: EtatOrdre(vers) in regle.SUITES[EtatOrdre(ordre.etat)],
        "autorite_dite": lambda autorite: regle.AUTORITES[regle.Autorite(autorite)],
        "motif_refus": lambda motif: regle.MOTIFS[regle.MotifRefus(motif)],
    }


@pages.get("/marches/<uuid:marche_id>/ordres")
@allow("finances", "coordonnateur", "agent", "entreprise")
def lister(marche_id: uuid.UUID) -> str:
    """The register of a contract, and the end that its orders give it."""
    with reading() as session:
        registre = lectures.registre(session, marche_id, siret())
        return render_template(
            "paiement/ordres.html",
            registre=registre,
            marche=registre.marche,
            gere=registre.marche.acheteur_siret == siret(),
        )


@pages.route("/marches/<uuid:marche_id>/ordres/nouveau", methods=["GET", "POST"])
@allow("finances", "coordonnateur", "agent")
def nouveau(marche_id: uuid.UUID) -> Vue:
    """Write an order; it is numbered at once and changes nothing before its notification."""
    with reading() as session:
        marche = marche_de(session, marche_id, siret())
    if request.method == "GET":
        form = OrdreForm.initial({"effet_le": jour_iso(context().clock.today())})
    else:
        form = OrdreForm.bind(request.form)
        faits: list[OrdreService] = []
        if _fait(
            form, lambda uow: faits.append(emettre_ordre(uow, marche_id, siret(), form.nouvel()))
        ):
            flash(f"L’ordre de service n°\u00a0{faits[0].numero} est émis.", "ok")
            return redirect(url_for("ordres.voir", ordre_id=faits[0].id), 303)
    corps = render_template(
        "paiement/ordre_nouveau.html",
        form=form,
        marche=marche,
        types=regle.TYPES,
        autorites=regle.AUTORITES,
    )
    return (corps, 422) if form.errors else corps


@pages.get("/ordres/<uuid:ordre_id>")
@allow("finances", "coordonnateur", "agent", "entreprise")
def voir(ordre_id: uuid.UUID) -> Vue:
    """One order: what it says, what it changes, what became of it."""
    return _voir(ordre_id, None)


def _voir(ordre_id: uuid.UUID, form: Form | None) -> Vue:
    with reading() as session:
        vue = lectures.lire(session, ordre_id, siret())
    gere = vue.ordre.marche.acheteur_siret == siret()
    propose = NotificationForm.initial({"courriel": vue.ordre.marche.titulaire_courriel})
    return _rendu("ordre", vue, form or propose, gere=gere, action=f"/paiement/ordres/{ordre_id}")


def _rendu(gabarit: str, vue: VueOrdre, form: Form, **contexte: Any) -> Vue:
    corps = render_template(
        f"paiement/{gabarit}.html",
        vue=vue,
        ordre=vue.ordre,
        marche=vue.ordre.marche,
        form=form,
        motifs=regle.MOTIFS,
        aujourdhui=context().clock.today(),
        **contexte,
    )
    return (corps, 422) if form.errors else corps


@pages.post("/ordres/<uuid:ordre_id>/notifier")
@allow("finances", "coordonnateur", "agent")
def notifier(ordre_id: uuid.UUID) -> Vue:
    """Send the contractor its signed link."""
    form = NotificationForm.bind(request.form)
    return _agir(
        ordre_id,
        form,
        lambda uow: notifier_ordre(uow, ordre_id, siret(), form.data["courriel"]),
        "L’ordre de service est notifié\u00a0: le titulaire reçoit un lien pour le consulter.",
    )


@pages.post("/ordres/<uuid:ordre_id>/annuler")
@allow("finances", "coordonnateur", "agent")
def annuler(ordre_id: uuid.UUID) -> Vue:
    """Cancel an order, with the reason."""
    form = AnnulationForm.bind(request.form)
    return _agir(
        ordre_id,
        form,
        lambda uow: annuler_ordre(uow, ordre_id, siret(), form.data["note"]),
        "L’ordre de service est annulé.",
    )


@pages.post("/ordres/<uuid:ordre_id>/executer")
@allow("finances", "coordonnateur", "agent")
def executer(ordre_id: uuid.UUID) -> Response:
    """Record that the order is executed."""
    with transaction() as uow:
        executer_ordre(uow, ordre_id, siret())
    flash("L’exécution de l’ordre est constatée.", "ok")
    return redirect(url_for("ordres.voir", ordre_id=ordre_id), 303)


class AccordForm(Form):
    """Nothing to fill in: the button is the consultation."""


def _consulter(uow: Any, ordre_id: uuid.UUID, titulaire: str, _form: Form) -> None:
    accuser_reception(uow, ordre_id, titulaire)


def _observer(uow: Any, ordre_id: uuid.UUID, titulaire: str, form: Form) -> None:
    observer(uow, ordre_id, titulaire, form.data["observations"])


def _refuser(uow: Any, ordre_id: uuid.UUID, titulaire: str, form: Form) -> None:
    refuser_ordre(uow, ordre_id, titulaire, form.data["motif"], form.data["explication"])


REPONSES: Mapping[str, tuple[type[Form], Callable[[Any, uuid.UUID, str, Form], None], str]] = {
    "consulter": (AccordForm, _consulter, "La réception de l’ordre de service est constatée."),
    "observations": (
        ObservationsForm,
        _observer,
        "Vos observations sont transmises à l’acheteur.",
    ),
    "refus": (RefusForm, _refuser, "Votre refus est transmis à l’acheteur."),
}
"""What the contractor may answer, signed in or by its link."""


@pages.post("/ordres/<uuid:ordre_id>/reponse/<geste>")
@allow("entreprise")
def repondre(ordre_id: uuid.UUID, geste: str) -> Vue:
    """The signed-in contractor consults, observes or refuses."""
    modele, faire, dit = _reponse(geste)
    form = modele.bind(request.form)
    return _agir(ordre_id, form, lambda uow: faire(uow, ordre_id, siret(), form), dit)


def _reponse(geste: str) -> tuple[type[Form], Callable[[Any, uuid.UUID, str, Form], None], str]:
    if geste not in REPONSES:
        raise NotFoundError("Ce geste n’existe pas.", code="geste_inconnu")
    return REPONSES[geste]


@pages.get("/ordres/acces/<jeton>")
@public
def acces(jeton: str) -> Vue:
    """What the link of the message opens: nothing of the order before the consultation."""
    return _par_le_lien(jeton, ObservationsForm.initial())


def _par_le_lien(jeton: str, form: Form) -> Vue:
    with reading() as session:
        vue = lectures.par_le_lien(session, _ordre_id(jeton))
    action = url_for("ordres.acces", jeton=jeton)
    return _rendu("ordre_acces", vue, form, gere=False, action=action)


def _ordre_id(jeton: str) -> uuid.UUID:
    return uuid.UUID(lire_lien(context().settings.secret_key, USAGE, jeton))


def _titulaire(ordre_id: uuid.UUID) -> str:
    with reading() as session:
        return lectures.par_le_lien(session, ordre_id).ordre.marche.titulaire_siret


@pages.post("/ordres/acces/<jeton>/<geste>")
@public
def repondre_par_le_lien(jeton: str, geste: str) -> Vue:
    """The same by the link of the message; a robot that opens it confirms nothing."""
    ordre_id = _ordre_id(jeton)
    modele, faire, dit = _reponse(geste)
    form = modele.bind(request.form)
    titulaire = _titulaire(ordre_id)
    if not _fait(form, lambda uow: faire(uow, ordre_id, titulaire, form)):
        return _par_le_lien(jeton, form)
    flash(dit, "ok")
    return redirect(url_for("ordres.acces", jeton=jeton), 303)


def _agir(ordre_id: uuid.UUID, form: Form, agir: Callable[[Any], Any], dit: str) -> Vue:
    if not _fait(form, agir):
        return _voir(ordre_id, form)
    flash(dit, "ok")
    return redirect(url_for("ordres.voir", ordre_id=ordre_id), 303)


def _fait(form: Form, agir: Callable[[Any], Any]) -> bool:
    """Do it when the form is sound; a refusal goes back to the form."""
    if not form.valid:
        return False
    try:
        with transaction() as uow:
            agir(uow)
    except NotFoundError:
        raise
    except DomainError as erreur:
        form.reject(erreur)
        return False
    return True
