"""What finance agents do to an invoice: each gesture has its page, which asks before acting."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.paiement.domain import interets, motifs
from services.paiement.domain.facture import Etat
from services.paiement.pages import formulaires as f
from services.paiement.pages.acces import perimetre, siret
from services.paiement.queries import ecarts
from services.paiement.queries import factures as lectures
from services.paiement.tables import Facture
from services.paiement.usecases.acheminer import (
    comptabiliser,
    recevoir_au_comptable,
    recycler,
)
from services.paiement.usecases.completer import completer
from services.paiement.usecases.constater_service_fait import constater_service_fait
from services.paiement.usecases.ecarts import accepter_ecart, admettre, contester
from services.paiement.usecases.lois import lois
from services.paiement.usecases.mandater import mandater
from services.paiement.usecases.payer import payer
from services.paiement.usecases.recuperer_avance import piece_de_facture, prevoir
from services.paiement.usecases.rejeter import rejeter
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.errors import DomainError, NotFoundError
from shared.kernel.montant import Montant
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form

pages = Blueprint("gestes", __name__, url_prefix="/paiement/factures")
Vue = str | tuple[str, int] | Response


@dataclass(frozen=True, slots=True)
class Geste:
    """A gesture: its page, its form, what it does, what it says once done."""

    titre: str
    bouton: str
    etat: Etat
    form: type[Form]
    faire: Callable[..., Facture]
    fait: str
    propose: Callable[[Facture, dt.date], Mapping[str, Any]] = lambda _facture, _jour: {}


def _service_fait(facture: Facture, jour: dt.date) -> Mapping[str, Any]:
    return {"execute_le": f.jour_iso(facture.executee_le or jour)}


GESTES: Mapping[str, Geste] = {
    "service-fait": Geste(
        "Constater le service fait",
        "Constater le service fait",
        Etat.SERVICE_FAIT,
        f.ServiceFaitForm,
        constater_service_fait,
        "Le service fait est constaté.",
        _service_fait,
    ),
    "suspendre": Geste(
        "Suspendre le délai de paiement",
        "Suspendre",
        Etat.SUSPENDUE,
        f.SuspensionForm,
        suspendre,
        "Le délai est interrompu\u00a0; le fournisseur est prévenu.",
        lambda _facture, jour: {"notifiee_le": f.jour_iso(jour)},
    ),
    "completer": Geste(
        "Constater la réception des pièces",
        "Rouvrir le délai",
        Etat.COMPLETEE,
        f.CompletudeForm,
        completer,
        "Les pièces sont reçues\u00a0: un nouveau délai court.",
        lambda _facture, jour: {"completee_le": f.jour_iso(jour)},
    ),
    "mandater": Geste(
        "Mandater la facture",
        "Mandater",
        Etat.MANDATEE,
        f.MandatForm,
        mandater,
        "La facture est mandatée\u00a0: elle part chez le comptable.",
    ),
    "payer": Geste(
        "Constater le paiement",
        "Constater le paiement",
        Etat.MISE_EN_PAIEMENT,
        f.PaiementForm,
        payer,
        "Le paiement est constaté.",
        lambda _facture, jour: {"payee_le": f.jour_iso(jour)},
    ),
    "recycler": Geste(
        "Renvoyer au fournisseur pour réadressage",
        "Renvoyer pour réadressage",
        Etat.A_RECYCLER,
        f.RecyclageForm,
        recycler,
        "La facture est à recycler\u00a0; le fournisseur corrige son adressage.",
    ),
    "chez-comptable": Geste(
        "Constater la mise à disposition du comptable",
        "Constater",
        Etat.MISE_A_DISPOSITION_COMPTABLE,
        f.ConfirmationForm,
        recevoir_au_comptable,
        "Le comptable a reçu l’ordre de payer.",
    ),
    "comptabiliser": Geste(
        "Constater la prise en compte par le comptable",
        "Constater",
        Etat.COMPTABILISEE,
        f.ConfirmationForm,
        comptabiliser,
        "La dépense est comptabilisée\u00a0; le paiement suit.",
    ),
    "accepter-ecart": Geste(
        "Accepter l’écart",
        "Accepter l’écart",
        Etat.MANDATEE,
        f.AcceptationForm,
        accepter_ecart,
        "L’écart est accepté\u00a0: la facture peut être mandatée.",
    ),
    "contester": Geste(
        "Contester une part de la facture",
        "Contester cette part",
        Etat.MANDATEE,
        f.ContestationForm,
        contester,
        "La part est contestée\u00a0: le reste se paie dans le délai d’origine.",
    ),
    "admettre": Geste(
        "Admettre la part contestée",
        "Admettre et payer",
        Etat.MANDATEE,
        f.AdmissionForm,
        admettre,
        "La part contestée est admise.",
        lambda _facture, jour: {"payee_le": f.jour_iso(jour)},
    ),
    "rejeter": Geste(
        "Rejeter la facture",
        "Rejeter définitivement",
        Etat.REJETEE,
        f.RejetForm,
        rejeter,
        "La facture est rejetée\u00a0; le fournisseur est prévenu.",
    ),
}


@pages.route("/<uuid:facture_id>/<nom>", methods=["GET", "POST"])
@allow("finances")
def agir(facture_id: uuid.UUID, nom: str) -> Vue:
    """Show what the gesture means, then do it."""
    geste = GESTES.get(nom)
    if geste is None:
        raise NotFoundError("Ce geste n’existe pas.", code="geste_inconnu")
    if request.method == "GET":
        return _rendu(facture_id, nom, geste, None)
    form = geste.form.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                geste.faire(uow, facture_id, siret(), **form.data)
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash(geste.fait, "ok")
            return redirect(url_for("factures.voir", facture_id=facture_id), 303)
    return _rendu(facture_id, nom, geste, form)


def _rendu(facture_id: uuid.UUID, nom: str, geste: Geste, form: Form | None) -> Vue:
    aujourdhui = context().clock.today()
    with reading() as session:
        facture = lectures.lire(session, facture_id, perimetre())
        prevus = (
            interets.calculer(facture.net_a_payer, facture.echeance_le, aujourdhui, lois(session))
            if geste.etat is Etat.MISE_EN_PAIEMENT and facture.echeance_le
            else None
        )
        recuperable = _recuperable(session, facture, geste)
        if form is None:
            propose = dict(geste.propose(facture, aujourdhui))
            if nom == "contester":
                propose |= {"montant": str(ecarts.montant_propose(session, facture))}
            form = geste.form.initial(propose)
    corps = render_template(
        "paiement/geste.html",
        facture=facture,
        geste=geste,
        nom=nom,
        form=form,
        interets=prevus,
        recuperable=recuperable,
        motifs={statut: motifs.choix(statut) for statut in motifs.MOTIFS},
    )
    return (corps, 422) if form.errors else corps


def _recuperable(session: Session, facture: Facture, geste: Geste) -> Montant | None:
    """What the payment order would keep of the advance; None when nothing can come back on it."""
    if geste.etat is not Etat.MANDATEE:
        return None
    piece = piece_de_facture(session, facture)
    return None if piece is None else prevoir(session, piece, lois(session))
