"""Payment by instalments: conditions, certificates line by line, subcontractors, retention."""

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Reponse

from services.paiement.domain import acomptes, decompte, retenue
from services.paiement.domain.decompte import EtatDecompte
from services.paiement.pages.acces import siret
from services.paiement.pages.formulaires import jour_iso
from services.paiement.pages.formulaires_decompte import (
    ConditionsForm,
    DecompteForm,
    GarantieForm,
    NoteForm,
    SousTraitantForm,
    formulaire_de_decompte,
)
from services.paiement.queries import decomptes as lectures
from services.paiement.queries.decomptes import Suivi
from services.paiement.tables import ConditionsMarche, Decompte
from services.paiement.usecases.compte_decompte import marche_de
from services.paiement.usecases.conditions_marche import (
    accepter_sous_traitant,
    fixer_conditions,
    maximum_de,
    suivre_garantie,
)
from services.paiement.usecases.decomptes import avancer_decompte, preparer_decompte
from services.paiement.usecases.lois import lois
from shared.kernel.errors import DomainError, NotFoundError
from shared.web import pdf
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.fields import ecrire_decimal
from shared.web.forms import Form

pages = Blueprint("decomptes", __name__, url_prefix="/paiement")
Vue = str | tuple[str, int] | Reponse
TONS = {
    EtatDecompte.PREPARE: "or",
    EtatDecompte.VALIDE: "",
    EtatDecompte.TRANSMIS: "vert",
    EtatDecompte.ABANDONNE: "gris",
}
GESTES = {
    "valider": (EtatDecompte.VALIDE, "Le décompte est validé\u00a0: il ne se modifie plus."),
    "transmettre": (EtatDecompte.TRANSMIS, "Le décompte est transmis au paiement."),
}


@pages.app_context_processor
def vocabulaire() -> dict[str, Any]:
    """Words of certificates for the templates."""
    return {
        "genre_dit": lambda genre: decompte.GENRES[decompte.Genre(genre)],
        "etat_decompte": lambda etat: (
            decompte.LIBELLES[EtatDecompte(etat)],
            TONS[EtatDecompte(etat)],
        ),
    }


@pages.get("/marches/<uuid:marche_id>/decomptes")
@allow("finances", "coordonnateur", "agent", "entreprise")
def lister(marche_id: uuid.UUID) -> str:
    """Where the payment of a contract stands, and its certificates."""
    with reading() as session:
        suivi = lectures.suivre(session, marche_id, siret(), lois(session))
        return render_template(
            "paiement/decomptes.html",
            suivi=suivi,
            gere=_gere(suivi),
            methodes=acomptes.LIBELLES,
            garanties=retenue.LIBELLES,
            aujourdhui=context().clock.today(),
        )


def _gere(suivi: Suivi) -> bool:
    return current_user().a("finances") and suivi.marche.acheteur_siret == siret()


@pages.route("/marches/<uuid:marche_id>/decomptes/conditions", methods=["GET", "POST"])
@allow("finances")
def conditions(marche_id: uuid.UUID) -> Vue:
    """How the contract is paid: method, start, retention within its legal ceiling."""
    with reading() as session:
        suivi = _suivi(session, marche_id)
        maximum = maximum_de(suivi.marche, lois(session))
    if request.method == "GET":
        form: Form = ConditionsForm.initial(_conditions(suivi, maximum.valeur))
    else:
        form = ConditionsForm.bind(request.form)
        if _fait(form, lambda uow: fixer_conditions(uow, marche_id, siret(), form.conditions())):
            return _retour(marche_id, "Les conditions de paiement sont fixées.")
    return _rendu(
        "decompte_conditions", form, suivi=suivi, maximum=maximum, methodes=acomptes.LIBELLES
    )


def _conditions(suivi: Suivi, maximum: Any) -> dict[str, Any]:
    connues = suivi.conditions
    if connues is None:
        return {
            "methode": acomptes.Methode.CONSTAT.value,
            "debut_le": jour_iso(suivi.marche.date_notification),
            "retenue": ecrire_decimal(maximum * 100 if suivi.marche.travaux else maximum * 0),
            "garantie_mois": 12 if suivi.marche.travaux else 0,
        }
    return {
        "methode": connues.methode,
        "debut_le": jour_iso(connues.debut_le),
        "retenue": ecrire_decimal(connues.retenue * 100),
        "garantie_mois": connues.garantie_mois,
        "sur_demande": connues.sur_demande,
    }


@pages.route("/marches/<uuid:marche_id>/decomptes/garantie", methods=["GET", "POST"])
@allow("finances")
def garantie(marche_id: uuid.UUID) -> Vue:
    """Acceptance, reservations, or a guarantee in place of the retention."""
    with reading() as session:
        suivi = _suivi(session, marche_id)
    if request.method == "GET":
        form: Form = GarantieForm.initial(_garantie(suivi.conditions))
    else:
        form = GarantieForm.bind(request.form)
        if _fait(form, lambda uow: suivre_garantie(uow, marche_id, siret(), form.suite())):
            return _retour(marche_id, "Le suivi de la garantie est à jour.")
    return _rendu("decompte_garantie", form, suivi=suivi, garanties=retenue.LIBELLES)


def _garantie(connues: ConditionsMarche | None) -> dict[str, Any]:
    if connues is None:
        return {}
    return {
        "reception_le": jour_iso(connues.reception_le),
        "reserves": connues.reserves,
        "reserves_levees_le": jour_iso(connues.reserves_levees_le),
        "garantie": connues.garantie,
        "garantie_recue_le": jour_iso(connues.garantie_recue_le),
    }


@pages.route("/marches/<uuid:marche_id>/decomptes/sous-traitant", methods=["GET", "POST"])
@allow("finances")
def sous_traitant(marche_id: uuid.UUID) -> Vue:
    """Accept a subcontractor by a special act."""
    with reading() as session:
        suivi = _suivi(session, marche_id)
    if request.method == "GET":
        form: Form = SousTraitantForm.initial()
    else:
        form = SousTraitantForm.bind(request.form)
        if _fait(form, lambda uow: accepter_sous_traitant(uow, marche_id, siret(), form.acte())):
            return _retour(marche_id, f"{form.data['nom']} est accepté.")
    return _rendu("decompte_sous_traitant", form, suivi=suivi)


@pages.route("/marches/<uuid:marche_id>/decomptes/nouveau", methods=["GET", "POST"])
@allow("finances")
def nouveau(marche_id: uuid.UUID) -> Vue:
    """Prepare the next certificate; for a lump sum, time proposes the amount."""
    with reading() as session:
        suivi = _suivi(session, marche_id)
        propose = lectures.proposition(session, suivi, _au(), context().clock.today())
    modele = formulaire_de_decompte([acte.id for acte, _ in suivi.sous_traitants])
    if request.method == "GET":
        form: DecompteForm = modele.initial(propose)
    else:
        form = modele.bind(request.form)
        faits: list[Decompte] = []
        if _fait(
            form,
            lambda uow: faits.append(preparer_decompte(uow, marche_id, siret(), form.nouveau())),
        ):
            flash("Le décompte est préparé\u00a0: relisez ses lignes, puis validez-le.", "ok")
            return redirect(url_for("decomptes.voir", decompte_id=faits[0].id), 303)
    return _rendu("decompte_nouveau", form, suivi=suivi, propose=propose, genres=decompte.GENRES)


def _au() -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.args.get("au", ""))
    except ValueError:
        return None


@pages.get("/decomptes/<uuid:decompte_id>")
@allow("finances", "coordonnateur", "agent", "entreprise")
def voir(decompte_id: uuid.UUID) -> str:
    """One certificate, line by line, as it is printed."""
    return _voir(decompte_id, NoteForm.initial())


def _voir(decompte_id: uuid.UUID, form: Form) -> str:
    with reading() as session:
        ligne = lectures.lire(session, decompte_id, siret())
        return render_template(
            "paiement/decompte.html",
            decompte=ligne,
            marche=ligne.marche,
            cumuls=lectures.etat_global(session, ligne),
            gere=current_user().a("finances") and ligne.marche.acheteur_siret == siret(),
            pdf=pdf.disponible(),
            form=form,
        )


@pages.get("/decomptes/<uuid:decompte_id>.pdf")
@allow("finances", "coordonnateur", "agent", "entreprise")
def imprimer(decompte_id: uuid.UUID) -> Response:
    """The certificate as a tagged PDF; where the extra is not installed, say how to print."""
    if not pdf.disponible():
        raise NotFoundError(
            "Le PDF n’est pas installé ici\u00a0: imprimez la page du décompte et choisissez "
            "«\u00a0Enregistrer au format PDF\u00a0».",
            code="pdf_absent",
        )
    with reading() as session:
        ligne = lectures.lire(session, decompte_id, siret())
        html = render_template(
            "paiement/decompte_pdf.html",
            decompte=ligne,
            marche=ligne.marche,
            cumuls=lectures.etat_global(session, ligne),
            jour=context().clock.today(),
        )
    nom = f"decompte-{ligne.marche.reference}-{ligne.numero}.pdf"
    entetes = {"Content-Disposition": f'attachment; filename="{nom}"'}
    return Response(pdf.ecrire(html), mimetype="application/pdf", headers=entetes)


@pages.post("/decomptes/<uuid:decompte_id>/abandonner")
@allow("finances")
def abandonner(decompte_id: uuid.UUID) -> Vue:
    """Give up a certificate that is only prepared, with the reason."""
    form = NoteForm.bind(request.form)
    if not form.valid:
        return _voir(decompte_id, form), 422
    with transaction() as uow:
        avancer_decompte(uow, decompte_id, siret(), EtatDecompte.ABANDONNE, form.data["note"])
    flash("Le décompte est abandonné\u00a0; son numéro reste pris.", "ok")
    return redirect(url_for("decomptes.voir", decompte_id=decompte_id), 303)


@pages.post("/decomptes/<uuid:decompte_id>/<geste>")
@allow("finances")
def avancer(decompte_id: uuid.UUID, geste: str) -> Reponse:
    """Validate a certificate, then send it to payment."""
    if geste not in GESTES:
        raise NotFoundError("Ce geste n’existe pas.", code="geste_inconnu")
    vers, dit = GESTES[geste]
    with transaction() as uow:
        avancer_decompte(uow, decompte_id, siret(), vers)
    flash(dit, "ok")
    return redirect(url_for("decomptes.voir", decompte_id=decompte_id), 303)


def _suivi(session: Any, marche_id: uuid.UUID) -> Suivi:
    """The account, for the organisation that pays."""
    marche_de(session, marche_id, siret())
    return lectures.suivre(session, marche_id, siret(), lois(session))


def _fait(form: Form, agir: Callable[[Any], Any]) -> bool:
    """Do it when the form is sound; a refusal goes back to the form."""
    if not form.valid:
        return False
    try:
        with transaction() as uow:
            agir(uow)
    except NotFoundError:
        raise
    except DomainError as refus:
        form.reject(refus)
        return False
    return True


def _retour(marche_id: uuid.UUID, dit: str) -> Reponse:
    flash(dit, "ok")
    return redirect(url_for("decomptes.lister", marche_id=marche_id), 303)


def _rendu(nom: str, form: Form, **contexte: Any) -> Vue:
    corps = render_template(f"paiement/{nom}.html", form=form, **contexte)
    return (corps, 422) if form.errors else corps
