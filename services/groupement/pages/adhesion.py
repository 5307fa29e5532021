"""« Rejoindre cet achat groupé » : in or out, lot by lot, until the deadline."""

import uuid

from flask import Blueprint, flash, redirect, request, url_for

from services.groupement.domain.estimation import EFFET_MAX, EFFET_USUEL
from services.groupement.domain.suivi import Reponse
from services.groupement.pages.formulaires import ReponseForm
from services.groupement.pages.vues import Vue, rendu, siret
from services.groupement.queries.achats import achat_visible, noms
from services.groupement.queries.adhesion_lots import adhesion
from services.groupement.queries.decoupages import lots_a_redire
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import context, reading, transaction

pages = Blueprint(
    "groupement_adhesion", __name__, url_prefix="/groupement/achats/<uuid:achat_id>/adhesion"
)


@pages.route("", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def adherer(achat_id: uuid.UUID) -> Vue:
    """Show each lot alone and grouped, then record the answer."""
    if request.method == "GET":
        return _montrer(achat_id, None)
    form = ReponseForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                achat = achat_visible(uow.session, achat_id, siret())
                declines = form.declines({lot.numero for lot in achat.lots})
                repondre(
                    uow,
                    NouvelleReponse(
                        achat_id,
                        siret(),
                        form.data["reponse"],
                        form.data["engagement_max_ht"],
                        form.data["engagement_min_ht"],
                        declines,
                    ),
                )
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(_bilan(form), "ok")
            return redirect(url_for("groupement_adhesion.adherer", achat_id=achat_id), 303)
    return _montrer(achat_id, form)


def _bilan(form: ReponseForm) -> str:
    if form.data["reponse"] is Reponse.DECLINE:
        return "Votre organisation ne participe pas à cet achat."
    lots = len(form.data["lots"])
    return (
        "Votre adhésion au lot coché est enregistrée."
        if lots == 1
        else (f"Votre adhésion à {lots} lots est enregistrée.")
    )


def _montrer(achat_id: uuid.UUID, form: ReponseForm | None) -> Vue:
    effet = _effet()
    with reading() as session:
        achat = achat_visible(session, achat_id, siret())
        vue = adhesion(session, achat, siret(), effet, context().clock.today())
        dite = vue.reponse
        if form is None:
            form = ReponseForm.initial(
                {
                    "lots": [str(x.lot.numero) for x in vue.lots if x.coche],
                    "engagement_min_ht": _montant(dite and dite.engagement_min_ht),
                    "engagement_max_ht": _montant(dite and dite.engagement_max_ht),
                }
            )
        return rendu(
            "participation.html",
            form,
            achat=achat,
            vue=vue,
            effet=effet,
            noms=noms(session),
            a_redire=lots_a_redire(session, achat, siret()),
            ouvert=achat.etat == "RECENSEMENT_OUVERT"
            and achat.cloture_le is not None
            and achat.cloture_le > context().clock.now(),
        )


def _montant(montant: object) -> str:
    return str(montant).replace(".", ",") if montant else ""


def _effet() -> int:
    """The hypothesis chosen in the address; the usual one when it makes no sense."""
    dit = request.args.get("effet", "")
    return int(dit) if dit.isdecimal() and int(dit) <= EFFET_MAX else EFFET_USUEL
