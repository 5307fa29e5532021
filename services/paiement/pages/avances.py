"""One advance: its rule, its conditions, its schedule, what came back; others proposed."""

import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import ConfirmationForm, VersementForm, jour_iso
from services.paiement.pages.formulaires_avances import (
    FORMES,
    GARANTIES,
    AvanceForm,
    ConditionsForm,
    RefusForm,
)
from services.paiement.queries import avances as lectures
from services.paiement.queries import marches
from services.paiement.tables import Avance
from services.paiement.usecases import avances as gestes
from services.paiement.usecases.lois import lois
from services.paiement.usecases.proposer_avance import proposer_avance
from shared.kernel.errors import DomainError, NotFoundError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint("avances", __name__, url_prefix="/paiement")
Vue = str | tuple[str, int] | Response
Faire = Callable[[UnitOfWork, Avance, Any], Avance]


def _accepter(uow: UnitOfWork, avance: Avance, _form: Any) -> Avance:
    return gestes.accepter_avance(uow, avance.marche_id, siret(), avance.cible)


def _refuser(uow: UnitOfWork, avance: Avance, form: RefusForm) -> Avance:
    motif = form.data["motif"]
    return gestes.refuser_avance(uow, avance.marche_id, siret(), avance.cible, motif)


def _fixer(uow: UnitOfWork, avance: Avance, form: ConditionsForm) -> Avance:
    marche_id, cible = avance.marche_id, avance.cible
    return gestes.fixer_conditions(uow, marche_id, siret(), form.conditions(), cible)


def _verser(uow: UnitOfWork, avance: Avance, form: VersementForm) -> Avance:
    le = form.data["versee_le"]
    return gestes.verser_avance(uow, avance.marche_id, siret(), le, avance.cible)


GESTES: dict[str, tuple[type[Form], Faire, str]] = {
    "accepter": (
        ConfirmationForm,
        _accepter,
        "L’avance est acceptée\u00a0: elle peut être versée.",
    ),
    "refuser": (RefusForm, _refuser, "L’avance n’aura pas lieu."),
    "conditions": (ConditionsForm, _fixer, "Les conditions de l’avance sont enregistrées."),
    "versement": (VersementForm, _verser, "Le versement de l’avance est constaté."),
}


@pages.get("/avances/<uuid:avance_id>")
@allow("finances", "coordonnateur", "entreprise")
def voir(avance_id: uuid.UUID) -> str:
    """The advance, for the buyer and for the contractor."""
    return _rendu(avance_id, {})


@pages.post("/avances/<uuid:avance_id>/<geste>")
@allow("finances")
def agir(avance_id: uuid.UUID, geste: str) -> Vue:
    """Do what a form of the page asks for."""
    if geste not in GESTES:
        raise NotFoundError("Ce geste n’existe pas.", code="geste_inconnu")
    classe, faire, dit = GESTES[geste]
    form = classe.bind(request.form)
    if form.valid:
        try:
            with reading() as session:
                suivie = lectures.lire(session, avance_id, siret(), lois(session))
            with transaction() as uow:
                faire(uow, suivie.avance, form)
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash(dit, "ok")
            return redirect(url_for("avances.voir", avance_id=avance_id), 303)
    return _rendu(avance_id, {geste: form}), 422


def _rendu(avance_id: uuid.UUID, saisis: dict[str, Form]) -> str:
    with reading() as session:
        suivie = lectures.lire(session, avance_id, siret(), lois(session))
        forms = {nom: saisis.get(nom) or _initial(nom, suivie.avance) for nom in GESTES}
        return render_template(
            "paiement/avance.html",
            suivie=suivie,
            avance=suivie.avance,
            forms=forms,
            fautif=next(iter(saisis.values()), None),
            garanties=GARANTIES,
            libelles=dict(GARANTIES),
        )


def _initial(nom: str, avance: Avance) -> Form:
    classe = GESTES[nom][0]
    if nom == "versement":
        return classe.initial({"versee_le": jour_iso(context().clock.today())})
    if nom != "conditions":
        return classe.initial()
    return classe.initial(
        {
            "commencement_le": jour_iso(avance.commencement_le),
            "garantie_type": avance.garantie_type,
            "garantie_recue_le": jour_iso(avance.garantie_recue_le),
            "fin": avance.clause_fin * 100 if avance.clause_fin else None,
        }
    )


@pages.route("/marches/<uuid:marche_id>/avances/nouvelle", methods=["GET", "POST"])
@allow("finances")
def proposer(marche_id: uuid.UUID) -> Vue:
    """Decide the advance of a tranche, of an order or of a framework's minimum."""
    if request.method == "GET":
        return _proposition(marche_id, AvanceForm.initial({"forme": FORMES[0][0], "taux": "5"}))
    form = AvanceForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                avance_id = proposer_avance(uow, marche_id, siret(), form.demande()).id
        except DomainError as refus:
            if isinstance(refus, NotFoundError):
                raise
            form.reject(refus)
        else:
            flash("L’avance est proposée, avec son calcul.", "ok")
            return redirect(url_for("avances.voir", avance_id=avance_id), 303)
    return _proposition(marche_id, form)


def _proposition(marche_id: uuid.UUID, form: AvanceForm) -> str | tuple[str, int]:
    with reading() as session:
        marche = marches.compte(session, marche_id, siret()).marche
        if marche.acheteur_siret != siret():
            raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
        corps = render_template(
            "paiement/avance_nouvelle.html", marche=marche, form=form, formes=FORMES
        )
    return (corps, 422) if form.errors else corps
