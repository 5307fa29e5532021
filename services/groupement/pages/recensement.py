"""« Suivi du recensement » : members × families, live, on screen and in a spreadsheet."""

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from services.groupement.domain.suivi import Carte
from services.groupement.pages.flux import guetteur
from services.groupement.pages.vues import siret
from services.groupement.queries.appels import suivis
from services.groupement.queries.suivi import carte
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.exports import Tableau, Valeur, exporter, telecharger

pages = Blueprint("groupement_recensement", __name__, url_prefix="/groupement")


@pages.get("/recensement")
@allow("coordonnateur")
def suivre() -> str:
    """Heat map of the needs, with who is awaited; the version read first, so that none is lost."""
    version = guetteur().lire()
    with reading() as session:
        return _rendre(session, "recensement.html", version=version)


@pages.get("/recensement/carte")
@allow("coordonnateur")
def fragment() -> str:
    """The part of the page that lives."""
    with reading() as session:
        return _rendre(session, "_recensement.html")


def _rendre(session: Session, gabarit: str, **plus: str) -> str:
    jour = context().clock.today()
    return render_template(
        f"groupement/{gabarit}",
        carte=carte(session, siret(), jour),
        suivis=suivis(session, siret(), context().parametres, jour),
        maintenant=context().clock.now(),
        **plus,
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
