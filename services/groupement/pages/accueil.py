"""« À faire » : what the user's organisation has to do now."""

from flask import Blueprint, render_template

from services.groupement.domain.achats import EtatAchat
from services.groupement.pages.vues import siret
from services.groupement.queries import conventions, execution, suivi
from services.groupement.queries.achats import visibles
from shared.web.access import allow, current_user
from shared.web.context import reading

pages = Blueprint("groupement_accueil", __name__, url_prefix="/groupement")
A_CONDUIRE = (EtatAchat.PROJET, EtatAchat.RECENSEMENT_CLOS, EtatAchat.CONSOLIDE)


@pages.get("/")
@allow("agent", "coordonnateur")
def a_faire() -> str:
    """Calls to answer, shares to order, and what the coordinator must take further."""
    with reading() as session:
        conduits = (
            [
                achat
                for achat in session.scalars(visibles(siret()))
                if achat.coordonnateur == siret() and achat.etat in A_CONDUIRE
            ]
            if current_user().a("coordonnateur")
            else []
        )
        return render_template(
            "groupement/a_faire.html",
            appels=suivi.appels_ouverts(session, siret()),
            parts=[part for part in execution.parts(session, siret=siret()) if part.reste > 0],
            conduits=conduits,
            a_signer=conventions.a_signer(session, siret()),
            achats=suivi.achats_par_id(session, siret()),
        )
