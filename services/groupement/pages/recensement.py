"""« Suivi du recensement » : members × families, on screen and in a spreadsheet."""

from flask import Blueprint, Response, render_template

from services.groupement.domain.suivi import Carte
from services.groupement.pages.vues import siret
from services.groupement.queries.suivi import carte, relances
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.exports import Tableau, Valeur, exporter, telecharger

pages = Blueprint("groupement_recensement", __name__, url_prefix="/groupement")


@pages.get("/recensement")
@allow("coordonnateur")
def suivre() -> str:
    """Heat map of the needs, with who is awaited."""
    jour = context().clock.today()
    with reading() as session:
        return render_template(
            "groupement/recensement.html",
            carte=carte(session, siret(), jour),
            attendus=relances(session, siret(), jour),
        )


@pages.get("/recensement.<extension>")
@allow("coordonnateur")
def exporter_carte(extension: str) -> Response:
    """The same table as the screen, from the same query."""
    with reading() as session:
        lue = carte(session, siret(), context().clock.today())
    colonnes = ["Membre", "SIRET", *lue.familles, "Total"]
    lignes = [_ligne(lue, membre, nom) for membre, nom in lue.membres]
    lignes.append(["Total", "", *(lue.total(famille) for famille in lue.familles), lue.montant])
    return telecharger(exporter(Tableau("recensement", colonnes, lignes), extension))


def _ligne(lue: Carte, membre: str, nom: str) -> list[Valeur]:
    cases = [lue.cases[membre, famille] for famille in lue.familles]
    montants: list[Valeur] = [
        "en attente" if case.en_attente else case.montant if case.consulte else None
        for case in cases
    ]
    return [nom, membre, *montants, lue.total_membre(membre)]
