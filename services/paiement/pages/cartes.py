"""Purchasing cards: limits, states, operations, an authorisation with every check shown."""

import io
import uuid
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.paiement.pages.acces import personne, siret
from services.paiement.pages.formulaires_cartes import (
    CarteForm,
    FournisseurForm,
    LimitesForm,
    MotifForm,
    OperationForm,
    PieceForm,
)
from services.paiement.queries import cartes as lectures
from services.paiement.queries import marches, programmes
from services.paiement.usecases.annuler_operation import annuler_operation
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.cartes import (
    Limites,
    NouvelleCarte,
    activer_carte,
    changer_limites,
    creer_carte,
    habiliter_porteur,
    opposer_carte,
    referencer_fournisseur,
    suspendre_carte,
)
from services.paiement.usecases.recus import Piece, deposer_piece
from shared.kernel.errors import DomainError, NotFoundError
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.forms import Form
from shared.web.pagination import page_demandee

pages = Blueprint("cartes", __name__, url_prefix="/paiement/cartes")
Vue = str | tuple[str, int] | Response
Formulaires = dict[str, Form]


@pages.get("")
@allow("finances", "porteur")
def lister() -> str:
    """Programmes and cards of the organisation, and the suppliers listed for them."""
    return _liste(FournisseurForm.initial())


def _liste(form: FournisseurForm) -> str:
    with reading() as session:
        cartes = lectures.lister(session, siret())
        return render_template(
            "paiement/cartes.html",
            cartes=cartes,
            programmes=programmes.lister(session, siret()),
            depenses=lectures.depenses_du_mois(session, cartes, context().clock.today()),
            fournisseurs=lectures.fournisseurs(session, siret()),
            form=form,
        )


@pages.post("/fournisseurs")
@allow("finances")
def referencer() -> Vue:
    """List a supplier that accepts cards."""
    form = FournisseurForm.bind(request.form)
    if not form.valid:
        return _liste(form), 422
    with transaction() as uow:
        referencer_fournisseur(uow, siret(), form.data["siret"], form.data["nom"])
    flash(f"{form.data['nom']} est référencé.", "ok")
    return redirect(url_for("cartes.lister"), 303)


@pages.route("/nouvelle", methods=["GET", "POST"])
@allow("finances")
def nouvelle() -> Vue:
    """Give a card with its ceilings."""
    if request.method == "GET":
        return _creation(CarteForm.initial({"programme": request.args.get("programme", "")}))
    form = CarteForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                carte = creer_carte(
                    uow, form.data["programme"], siret(), _nouvelle(form.data), personne()
                )
        except DomainError as refus:
            form.reject(refus) if refus.champs else form.errors.update(familles=refus.message)
        else:
            flash(f"La carte de {carte.porteur} est créée\u00a0: activez-la à sa réception.", "ok")
            return redirect(url_for("cartes.voir", carte_id=carte.id), 303)
    return _creation(form), 422


def _creation(form: Form) -> str:
    with reading() as session:
        connus = programmes.lister(session, siret())
        lignes = programmes.lignes_de(session, siret())
    return render_template(
        "paiement/carte_nouvelle.html",
        form=form,
        programmes=[(p.id, f"{p.emetteur} – {p.compte}") for p in connus],
        lignes=[
            (ligne.id, f"{ligne.exercice} – {ligne.compte} {ligne.libelle} ({p.emetteur})")
            for p, ligne in lignes
        ],
    )


def _nouvelle(donnees: dict[str, Any]) -> NouvelleCarte:
    autres = {"programme", "familles", "mcc", "categories"}
    return NouvelleCarte(
        **{cle: valeur for cle, valeur in donnees.items() if cle not in autres},
        familles_exclues=donnees["familles"],
        mcc_exclus=donnees["mcc"],
        categories=donnees["categories"],
    )


@pages.get("/<uuid:carte_id>")
@allow("finances", "porteur")
def voir(carte_id: uuid.UUID) -> str:
    """One card: what is left, its operations, and a form to ask for one more."""
    operation_id = request.args.get("operation", type=uuid.UUID)
    return _carte(carte_id, {}, operation_id)


def _carte(
    carte_id: uuid.UUID, formulaires: Formulaires, operation_id: uuid.UUID | None = None
) -> str:
    with reading() as session:
        carte = lectures.lire(session, carte_id, siret())
        depense = lectures.depenses_du_mois(session, [carte], context().clock.today())[carte.id]
        formulaires = {
            "operation": OperationForm.initial(),
            "limites": LimitesForm.initial(_limites(carte)),
            "motif": MotifForm.initial(),
            "piece": PieceForm.initial(),
        } | formulaires
        return render_template(
            "paiement/carte.html",
            carte=carte,
            depense=depense,
            reste=carte.plafond_periode - depense,
            historique=lectures.historique(session, carte_id),
            attendus=lectures.recus_attendus(session, carte),
            page=lectures.operations(session, carte_id, page_demandee()),
            operation=(
                lectures.operation(session, carte_id, operation_id) if operation_id else None
            ),
            formulaires=formulaires,
            **_choix(session, carte.programme_id),
        )


def _limites(carte: Any) -> dict[str, Any]:
    noms = ("plafond_transaction", "plafond_periode", "plafond_fournisseur", "budget_annuel")
    valeurs = {nom: getattr(carte, nom) for nom in noms}
    return {nom: str(valeur).replace(".", ",") for nom, valeur in valeurs.items() if valeur}


def _choix(session: Session, programme_id: uuid.UUID) -> dict[str, Any]:
    annee = context().clock.today().year
    lignes = (lue.ligne for lue in programmes.lignes(session, programme_id))
    return {
        "marches": [
            (m.reference, f"{m.reference} – {m.objet}")
            for m in marches.references(session, siret())
        ],
        "comptes": [(x.compte, f"{x.compte} – {x.libelle}") for x in lignes if x.exercice == annee],
    }


@pages.post("/<uuid:carte_id>/operations")
@allow("finances", "porteur")
def demander(carte_id: uuid.UUID) -> Vue:
    """Ask for an operation; authorised or not, the answer shows every check in order."""
    form = OperationForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                operation = autoriser_operation(
                    uow, carte_id, siret(), Demande(**form.data), personne()
                )
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            adresse = url_for("cartes.voir", carte_id=carte_id, operation=operation.id)
            return redirect(f"{adresse}#reponse", 303)
    return _carte(carte_id, {"operation": form}), 422


@pages.post("/<uuid:carte_id>/operations/<uuid:operation_id>/annulation")
@allow("finances", "porteur")
def annuler(carte_id: uuid.UUID, operation_id: uuid.UUID) -> Vue:
    """Cancel an authorisation that was never used."""
    form = MotifForm.bind(request.form)
    try:
        with transaction() as uow:
            annuler_operation(uow, operation_id, siret(), form.data["motif"])
    except DomainError as refus:
        if not refus.champs:
            raise
        form.reject(refus)
        return _carte(carte_id, {"motif": form}, operation_id), 422
    flash("L’opération est annulée\u00a0: elle ne pèse plus sur aucun plafond.", "ok")
    return redirect(url_for("cartes.voir", carte_id=carte_id), 303)


@pages.post("/<uuid:carte_id>/operations/<uuid:operation_id>/recus")
@allow("finances", "porteur")
def deposer(carte_id: uuid.UUID, operation_id: uuid.UUID) -> Vue:
    """Hand in a receipt or an invoice."""
    form = PieceForm.bind(request.form, request.files)
    if form.valid:
        fichier = form.data["fichier"]
        piece = Piece(form.data["nature"], fichier.filename, fichier.read())
        try:
            with transaction() as uow:
                deposer_piece(uow, operation_id, siret(), piece)
        except DomainError as refus:
            if not refus.champs:
                raise
            form.reject(refus)
        else:
            flash("Le reçu est déposé.", "ok")
            adresse = url_for("cartes.voir", carte_id=carte_id, operation=operation_id)
            return redirect(f"{adresse}#reponse", 303)
    return _carte(carte_id, {"piece": form}, operation_id), 422


@pages.get("/<uuid:carte_id>/recus/<uuid:piece_id>")
@allow("finances", "porteur")
def recu(carte_id: uuid.UUID, piece_id: uuid.UUID) -> Response:
    """The bytes of a receipt, as they were handed in."""
    with reading() as session:
        piece = lectures.piece(session, carte_id, piece_id, siret())
        return send_file(
            io.BytesIO(piece.octets),
            mimetype=piece.mimetype,
            as_attachment=True,
            download_name=piece.nom,
        )


@pages.post("/<uuid:carte_id>/limites")
@allow("finances")
def limites(carte_id: uuid.UUID) -> Vue:
    """Set other ceilings."""
    form = LimitesForm.bind(request.form)
    if not form.valid:
        return _carte(carte_id, {"limites": form}), 422
    with transaction() as uow:
        changer_limites(uow, carte_id, siret(), Limites(**form.data), personne())
    flash("Les plafonds sont changés.", "ok")
    return redirect(url_for("cartes.voir", carte_id=carte_id), 303)


@pages.post("/<uuid:carte_id>/etat/<geste>")
@allow("finances", "porteur")
def changer(carte_id: uuid.UUID, geste: str) -> Vue:
    """Activate, suspend, stop a card; take its holder's right away or give it back."""
    form = MotifForm.bind(request.form)
    try:
        with transaction() as uow:
            message = _geste(uow, carte_id, geste, form.data["motif"])
    except DomainError as refus:
        if not refus.champs:
            raise
        form.reject(refus)
        return _carte(carte_id, {"motif": form}), 422
    flash(message, "ok")
    return redirect(url_for("cartes.voir", carte_id=carte_id), 303)


def _geste(uow: UnitOfWork, carte_id: uuid.UUID, geste: str, motif: str) -> str:
    moi = personne()
    match geste:
        case "activer":
            activer_carte(uow, carte_id, siret(), moi)
            return "La carte est active."
        case "suspendre":
            suspendre_carte(uow, carte_id, siret(), motif, moi)
            return "La carte est suspendue."
        case "opposer":
            opposer_carte(uow, carte_id, siret(), motif, moi)
            return "La carte est en opposition\u00a0: prévenez aussi l’émetteur."
        case "retirer" | "habiliter":
            actif = geste == "habiliter"
            habiliter_porteur(uow, carte_id, siret(), moi, actif=actif)
            return "Le porteur est habilité." if actif else "Le porteur n’est plus habilité."
    raise NotFoundError("Ce geste n’existe pas.", code="geste_inconnu")
