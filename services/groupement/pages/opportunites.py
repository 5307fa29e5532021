"""« Opportunités de grouper » : what the members' plans have in common, and what to do of it."""

import uuid

from flask import Blueprint, flash, render_template, request
from flask import redirect as rediriger
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.opportunites import LIBELLES, EtatOpportunite, exiger_ouverte
from services.groupement.pages.formulaires import MotifForm
from services.groupement.pages.formulaires_opportunites import PropositionForm
from services.groupement.pages.vues import Vue, rendu, siret, vers_achat
from services.groupement.queries import opportunites as lectures
from services.groupement.usecases.decider_opportunite import (
    Proposition,
    ecarter_opportunite,
    proposer_opportunite,
)
from shared.kernel.errors import DomainError, NotFoundError
from shared.kernel.lieux import annuaire
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction

pages = Blueprint("groupement_opportunites", __name__, url_prefix="/groupement/opportunites")
DECIDEES = (EtatOpportunite.PROPOSEE, EtatOpportunite.ECARTEE)


@pages.get("")
@allow("agent", "coordonnateur")
def lister() -> str:
    """Open opportunities with their reasons, then those that were decided."""
    with reading() as session:
        ouvertes = session.scalars(lectures.opportunites(siret(), EtatOpportunite.OUVERTE)).all()
        decidees = session.scalars(lectures.opportunites(siret(), *DECIDEES)).all()
        return render_template(
            "groupement/opportunites.html",
            ouvertes=ouvertes,
            decidees=decidees,
            conduites={o.id for o in ouvertes if _conduite(session, o)},
            lieux=annuaire(),
            libelles=LIBELLES,
        )


def _conduite(session: Session, opportunite: t.Opportunite) -> bool:
    convention = session.get_one(t.Convention, opportunite.convention_id)
    return convention.coordonnateur == siret() and current_user().a("coordonnateur")


def _a_decider(opportunite_id: uuid.UUID) -> t.Opportunite:
    """An open opportunity of a group that the user coordinates."""
    with reading() as session:
        opportunite = lectures.opportunite_visible(session, opportunite_id, siret())
        if not _conduite(session, opportunite):
            raise NotFoundError("Cette opportunité n’existe pas.", code="opportunite_inconnue")
        exiger_ouverte(EtatOpportunite(opportunite.etat))
        return opportunite


@pages.route("/<uuid:opportunite_id>/proposer", methods=["GET", "POST"])
@allow("coordonnateur")
def proposer(opportunite_id: uuid.UUID) -> Vue:
    """Name the purchase, then create it as a project and tell the members."""
    opportunite = _a_decider(opportunite_id)
    form = PropositionForm.initial(_propose(opportunite))
    if request.method == "POST":
        form = PropositionForm.bind(request.form)
        if form.valid and (achat := _proposer(form, opportunite_id)):
            n = len(opportunite.membres)
            flash(f"L’achat {achat.reference} est créé en projet, {n} membres sont invités.", "ok")
            return vers_achat(achat.id)
    return rendu("opportunite_proposer.html", form, opportunite=opportunite)


def _propose(opportunite: t.Opportunite) -> dict[str, str]:
    lancement = max(opportunite.debut, context().clock.today())
    with reading() as session:
        famille = lectures.famille_habituelle(session, opportunite.cpv, siret())
    return {
        "objet": f"{opportunite.objet} {lancement.year}",
        "famille": famille,
        "publication_prevue_le": lancement.isoformat(),
        "duree_mois": "12",
    }


def _proposer(form: PropositionForm, opportunite_id: uuid.UUID) -> t.Achat | None:
    site = context().settings.public_url
    try:
        with transaction() as uow:
            return proposer_opportunite(
                uow, opportunite_id, siret(), Proposition(**form.data), site=site
            )
    except DomainError as refus:
        form.reject(refus)
        return None


@pages.route("/<uuid:opportunite_id>/ecarter", methods=["GET", "POST"])
@allow("coordonnateur")
def ecarter(opportunite_id: uuid.UUID) -> Vue:
    """Set it aside, with the reason."""
    opportunite = _a_decider(opportunite_id)
    form = MotifForm.initial() if request.method == "GET" else MotifForm.bind(request.form)
    if request.method == "POST" and form.valid:
        try:
            with transaction() as uow:
                ecarter_opportunite(uow, opportunite_id, siret(), form.data["motif"])
        except DomainError as refus:
            form.reject(refus)
        else:
            flash("L’opportunité est écartée.", "ok")
            return rediriger("/groupement/opportunites", 303)
    return rendu("opportunite_ecarter.html", form, opportunite=opportunite)
