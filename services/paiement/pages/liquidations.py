"""Batches for the finance software: make one, see it, download it again."""

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as Reponse

from services.paiement.domain.liquidation import LIBELLES
from services.paiement.pages.acces import siret
from services.paiement.queries import liquidation as lectures
from services.paiement.usecases.exporter_liquidation import archive, exporter_liquidation
from shared.kernel.errors import ConflictError
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.exports import Fichier, telecharger
from shared.web.pagination import page_demandee

pages = Blueprint("liquidations", __name__, url_prefix="/paiement/liquidations")


@pages.get("")
@allow("finances")
def lister() -> str:
    """What waits, and the batches already made."""
    with reading() as session:
        return render_template(
            "paiement/liquidations.html",
            page=lectures.lister(session, siret(), page_demandee()),
            attente=lectures.en_attente(session, siret()),
            natures=LIBELLES,
        )


@pages.post("")
@allow("finances")
def exporter() -> Reponse:
    """Put everything that waits in a new batch."""
    try:
        with transaction() as uow:
            lot_id = exporter_liquidation(uow, siret()).id
    except ConflictError as refus:
        flash(refus.message, "alerte")
        return redirect(url_for("liquidations.lister"), 303)
    flash("Le lot est prêt\u00a0: téléchargez-le.", "ok")
    return redirect(url_for("liquidations.voir", lot_id=lot_id), 303)


@pages.get("/<uuid:lot_id>")
@allow("finances")
def voir(lot_id: uuid.UUID) -> str:
    """One batch, line by line."""
    with reading() as session:
        lot = lectures.lire(session, lot_id, siret())
        return render_template("paiement/liquidation.html", lot=lot, natures=LIBELLES)


@pages.get("/<uuid:lot_id>.zip")
@allow("finances")
def telecharger_lot(lot_id: uuid.UUID) -> Response:
    """The archive, the same at every download."""
    with reading() as session:
        lot = lectures.lire(session, lot_id, siret())
        octets = archive(session, lot)
    return telecharger(Fichier(f"{lot.numero}.zip", "application/zip", octets))
