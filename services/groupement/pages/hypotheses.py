"""« Et si… »: tick members, cut lots by place, change a pack; before and after side by side."""

import uuid
from typing import Any

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from services.groupement import tables as t
from services.groupement.domain.comparaison import EcartMembre, Simulation
from services.groupement.domain.hypotheses import Entrees
from services.groupement.pages.formulaires_hypotheses import HypothesesForm, propositions
from services.groupement.pages.vues import Vue, conduit, rendu, siret
from services.groupement.queries.achats import achat_visible, noms
from services.groupement.queries.hypotheses import entrees, mis_a_part, supposer
from services.groupement.usecases.consolider import cadre
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import context, reading

MONTREES = 100
pages = Blueprint("groupement_hypotheses_pages", __name__, url_prefix="/groupement/achats")


@pages.get("/<uuid:achat_id>/hypotheses")
@allow("agent", "coordonnateur")
def voir(achat_id: uuid.UUID) -> Vue:
    """Compare today with what the address supposes; nothing is written."""
    with reading() as session:
        achat = achat_visible(session, achat_id, siret())
        pour_tous = conduit(achat)
        form, vue = _examiner(session, achat, pour_tous=pour_tous)
        return rendu(
            "hypotheses.html",
            form,
            achat=achat,
            conduit=pour_tous,
            noms=noms(session),
            maxi=MONTREES,
            **vue,
        )


def _examiner(
    session: Session, achat: t.Achat, *, pour_tous: bool
) -> tuple[HypothesesForm, dict[str, Any]]:
    depart = entrees(session, achat)
    absents = mis_a_part(session, achat.id)
    concernes = sorted({*depart.membres, *absents})
    visibles = [s for s in concernes if pour_tous or s == siret()]
    form = _form(depart)
    simulation = None
    if depart.groupes:
        ici = context()
        seuils = cadre(session, achat, ici.parametres, ici.clock.today())
        try:
            supposees = form.hypotheses(depart, absents, visibles) if form.valid else []
            simulation = supposer(seuils, depart, supposees, None if pour_tous else siret())
        except DomainError as refus:
            form.reject(refus)
    return form, {
        "simulation": simulation,
        "visibles": visibles,
        "absents": absents,
        "propose": propositions(depart),
        "membres": _membres(simulation, visibles),
    }


def _form(depart: Entrees) -> HypothesesForm:
    """What the address says; everybody who takes part is ticked at first."""
    if request.args:
        return HypothesesForm.bind(request.args)
    return HypothesesForm.bind(MultiDict([("membres", siret) for siret in sorted(depart.membres)]))


def _membres(simulation: Simulation | None, visibles: list[str]) -> list[EcartMembre]:
    """The biggest movements first."""
    if simulation is None:
        return []
    vus = [membre for membre in simulation.membres if membre.siret in visibles]
    return sorted(vus, key=lambda m: (-abs(m.ecart.decimal), m.siret))
