"""« À faire » : what the user's organisation has to do now, by due date."""

from flask import Blueprint, render_template

from services.groupement.pages.vues import siret
from services.groupement.queries.taches import prochain_recensement, taches
from shared.web.access import allow, current_user
from shared.web.context import context, reading

pages = Blueprint("groupement_accueil", __name__, url_prefix="/groupement")


@pages.get("/")
@allow("agent", "coordonnateur")
def a_faire() -> str:
    """One list, the most urgent first; then what is done and may still change."""
    conduit = current_user().a("coordonnateur")
    with reading() as session:
        toutes = taches(session, siret(), context().clock.today(), conduit=conduit)
        return render_template(
            "groupement/a_faire.html",
            taches=[tache for tache in toutes if not tache.faite],
            faites=[tache for tache in toutes if tache.faite],
            prochain=prochain_recensement(session, siret()),
            maintenant=context().clock.now(),
        )
