"""What members do of their membership: sign, leave; and what becomes of the shares left."""

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.groupement import tables as t
from services.groupement.domain import clauses_en_mots as mots
from services.groupement.domain.conventions import EtatAdhesion, EtatConvention
from services.groupement.domain.retraits import fin_du_preavis
from services.groupement.pages.conventions import coordonnee, vers_convention
from services.groupement.pages.formulaires_convention import RetraitForm, SignatureForm
from services.groupement.pages.vues import Vue, rendu, siret
from services.groupement.queries import conventions as lectures
from services.groupement.queries.achats import noms
from services.groupement.usecases.commun import en_convention
from services.groupement.usecases.enregistrer_adhesion import NouvelleAdhesion, signer_convention
from services.groupement.usecases.repartager import lignes_proposees, proposer_repartage
from services.groupement.usecases.retirer_membre import NouveauRetrait, notifier_retrait
from shared.kernel.errors import ConflictError, DomainError, NotFoundError
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction

pages = Blueprint("groupement_sejours", __name__, url_prefix="/groupement/convention")


@pages.route("/<uuid:convention_id>/signer", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def signer(convention_id: uuid.UUID) -> Vue:
    """Sign in the name of one's own organisation, with its deliberation."""
    with reading() as session:
        convention = lectures.visible(session, convention_id, siret())
        _exiger_invitation(convention)
    if request.method == "GET":
        return rendu("convention_signer.html", SignatureForm.initial(), convention=convention)
    form = SignatureForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                signer_convention(uow, NouvelleAdhesion(convention_id, siret(), **form.data))
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("La convention est signée\u00a0: votre délibération est enregistrée.", "ok")
            return vers_convention(convention_id)
    return rendu("convention_signer.html", form, convention=convention)


def _exiger_invitation(convention: t.Convention) -> None:
    """Only who is awaited has something to sign, once the clauses are frozen."""
    attendue = any(a.siret == siret() and a.effet_le is None for a in convention.adhesions)
    if not attendue or convention.etat == EtatConvention.BROUILLON:
        raise ConflictError(
            "Aucune signature de votre organisation n’est attendue sur cette version.",
            code="rien_a_signer",
        )


@pages.route("/<uuid:convention_id>/retrait", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def retrait(convention_id: uuid.UUID) -> Vue:
    """Notify the withdrawal of one's own organisation, with its consequences in view."""
    jour = context().clock.today()
    with reading() as session:
        convention = lectures.visible(session, convention_id, siret())
        donnees = _consequences(session, convention)
    if request.method == "GET":
        form = RetraitForm.initial({"notifie_le": jour.isoformat()})
        return rendu("convention_retrait.html", form, **donnees)
    form = RetraitForm.bind(request.form)
    if form.valid:
        try:
            with transaction() as uow:
                fin = notifier_retrait(uow, NouveauRetrait(convention_id, siret(), **form.data))
        except DomainError as refus:
            form.reject(refus)
        else:
            flash(f"Le retrait est notifié\u00a0: il prend effet le {fin:%d/%m/%Y}.", "ok")
            return vers_convention(convention_id)
    return rendu("convention_retrait.html", form, **donnees)


def _consequences(session: Session, convention: t.Convention) -> dict[str, object]:
    """The last day with notice, who bears the volume, what remains to order."""
    jour = context().clock.today()
    sejour = en_convention(convention).sejour(siret(), jour)
    if sejour is None or sejour.etat(jour) is not EtatAdhesion.ADHERENT:
        raise ConflictError(
            "Seul un membre adhérent notifie son retrait, et une seule fois.",
            code="retrait_impossible",
        )
    return {
        "convention": convention,
        "fin": fin_du_preavis(sejour, jour, convention.clauses.preavis_mois),
        "charge": mots.CHARGES[convention.clauses.charge_retrait],
        "parts": lectures.parts_restantes(session, siret(), jour),
    }


@pages.get("/<uuid:convention_id>/repartage/<uuid:adhesion_id>")
@allow("agent", "coordonnateur")
def repartage(convention_id: uuid.UUID, adhesion_id: uuid.UUID) -> str:
    """What a leaving member has not ordered, and what each of the others could take over."""
    jour = context().clock.today()
    with reading() as session:
        convention = lectures.visible(session, convention_id, siret())
        sejour = _partant(convention, adhesion_id)
        return render_template(
            "groupement/convention_repartage.html",
            convention=convention,
            sejour=sejour,
            lignes=lectures.parts_a_repartir(session, sejour, jour),
            strategie=mots.STRATEGIES[convention.clauses.strategie],
            charge=mots.CHARGES[convention.clauses.charge_retrait],
            noms=noms(session),
            proposees=lignes_proposees(session, sejour.siret),
            pilote=convention.coordonnateur == siret() and current_user().a("coordonnateur"),
        )


@pages.post("/<uuid:convention_id>/repartage/<uuid:adhesion_id>/<uuid:ligne_id>")
@allow("coordonnateur")
def proposer(convention_id: uuid.UUID, adhesion_id: uuid.UUID, ligne_id: uuid.UUID) -> Response:
    """Turn the proposal of one line into transfers, which each member accepts or refuses."""
    try:
        with transaction() as uow:
            convention = coordonnee(uow.session, convention_id)
            offres = proposer_repartage(uow, _partant(convention, adhesion_id), ligne_id)
    except ConflictError as refus:
        flash(refus.message, "erreur")
    else:
        flash(
            f"Transferts proposés\u00a0: {offres}. Chaque membre accepte ou refuse le sien.", "ok"
        )
    adresse = url_for(
        "groupement_sejours.repartage", convention_id=convention_id, adhesion_id=adhesion_id
    )
    return redirect(adresse, 303)


def _partant(convention: t.Convention, adhesion_id: uuid.UUID) -> t.Adhesion:
    for sejour in convention.adhesions:
        if sejour.id == adhesion_id and sejour.retrait_notifie_le:
            return sejour
    raise NotFoundError("Ce retrait n’existe pas.", code="retrait_inconnu")
