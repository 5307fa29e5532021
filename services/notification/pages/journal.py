"""The ops team's pages: events, flows, the ledger, what waits and what is dead."""

import datetime as dt
import json
import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from services.notification import queries
from services.notification.schemas.saisies import MotifForm
from services.notification.tables import Journal
from shared.contracts import catalogue
from shared.kernel.errors import DomainError, NotFoundError
from shared.messaging import dead_letters
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.pagination import page_demandee

journal = Blueprint("journal", __name__, url_prefix="/journal")
FENETRE = dt.timedelta(hours=24)
LETTRES_PAR_PAGE = 50


@journal.get("")
@allow("exploitation")
def evenements() -> str:
    """Events as they were received, with the state of each emitter."""
    filtre = queries.FiltreJournal(
        type=request.args.get("type", "").strip(),
        correlation_id=request.args.get("correlation_id", "").strip(),
        sujet=request.args.get("sujet", "").strip(),
    )
    with reading() as session:
        return render_template(
            "notification/journal.html",
            filtre=filtre,
            types=queries.types_connus(session),
            compteurs=queries.compteurs(session, context().clock.now() - FENETRE),
            page=queries.evenements(session, filtre, page_demandee()),
            mortes=dead_letters.find(session, limit=1)[1],
            reprises=queries.reprises(session),
        )


@journal.get("/fil/<correlation_id>")
@allow("exploitation")
def fil(correlation_id: str) -> str:
    """One flow from its first fact to its last effect."""
    with reading() as session:
        faits = queries.fil(session, correlation_id)
    if not faits:
        raise NotFoundError("Aucun événement ne porte cet identifiant.", code="fil_inconnu")
    services = sorted({fait.source.rpartition(":")[2] for fait in faits})
    return render_template(
        "notification/journal_fil.html",
        correlation_id=correlation_id,
        faits=faits,
        services=services,
    )


@journal.get("/evenements/<uuid:event_id>")
@allow("exploitation")
def evenement(event_id: uuid.UUID) -> str:
    """One event, with its whole content and its place in the catalogue."""
    with reading() as session:
        trouve = session.get(Journal, event_id)
    if trouve is None:
        raise NotFoundError("Cet événement n’est pas au journal.", code="evenement_inconnu")
    connus = catalogue.load()
    contrat = connus.get(trouve.type) if trouve.type in connus else None
    contenu = json.dumps(trouve.data, ensure_ascii=False, indent=2, sort_keys=True)
    return render_template(
        "notification/journal_evenement.html", e=trouve, contrat=contrat, contenu=contenu
    )


@journal.get("/registre")
@allow("exploitation")
def registre() -> str:
    """The proof that everybody was told at the same instant."""
    with reading() as session:
        return render_template(
            "notification/journal_registre.html", page=queries.registre(session, page_demandee())
        )


@journal.get("/lettres")
@allow("exploitation")
def lettres() -> str:
    return _lettres(MotifForm.initial())


def _lettres(form: MotifForm, en_faute: int | None = None) -> str:
    with reading() as session:
        mortes, total = dead_letters.find(session, limit=LETTRES_PAR_PAGE)
        return render_template(
            "notification/journal_lettres.html",
            mortes=mortes,
            total=total,
            reprises=queries.reprises(session),
            form=form,
            en_faute=en_faute,
        )


@journal.post("/lettres/<int:lettre_id>")
@allow("exploitation")
def regler(lettre_id: int) -> str | tuple[str, int] | Response:
    """Replay or discard a dead letter, with a reason that the audit keeps."""
    form = MotifForm.bind(request.form)
    rejouer = request.form.get("action") == "rejouer"
    try:
        if form.valid:
            with transaction() as uow:
                regle = dead_letters.replay if rejouer else dead_letters.discard
                regle(uow, lettre_id, form.data["motif"])
            flash("La lettre est rejouée." if rejouer else "La lettre est écartée.")
            return redirect(url_for("journal.lettres"), 303)
    except DomainError as refus:
        form.reject(refus)
    return _lettres(form, lettre_id), 422
