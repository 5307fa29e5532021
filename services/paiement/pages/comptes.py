"""The ledger on screen: contracts and their figures, entries of one, the daily control."""

import uuid

from flask import Blueprint, Response, render_template

from services.paiement.domain.ecritures import LIBELLES, Compte
from services.paiement.pages.acces import siret
from services.paiement.queries import comptes as lectures
from services.paiement.tables import Mouvement
from shared.web.access import allow
from shared.web.context import reading
from shared.web.exports import Tableau, Valeur, exporter, telecharger
from shared.web.pagination import page_demandee

pages = Blueprint("comptes", __name__, url_prefix="/paiement")
COLONNES = (
    "Date",
    "Mouvement",
    "Pièce",
    "Compte",
    "Montant",
    "Motif",
    "Écrit le",
    "Acteur",
)
TOUT = 100_000


@pages.get("/comptes")
@allow("finances")
def lister() -> str:
    """Figures of every contract, derived from entries, and what the last control found."""
    with reading() as session:
        controle = lectures.dernier_controle(session)
        return render_template(
            "paiement/comptes.html",
            page=lectures.grand_livre(session, siret(), page_demandee()),
            controle=controle,
            ecarts=lectures.ecarts_de(session, controle, siret()) if controle else [],
        )


@pages.get("/marches/<uuid:marche_id>/ecritures")
@allow("finances", "coordonnateur", "entreprise")
def ecritures(marche_id: uuid.UUID) -> str:
    """Every movement of a contract, with its lines and, when reversed, why."""
    with reading() as session:
        livre = lectures.livre(session, marche_id, siret(), page_demandee())
        return render_template(
            "paiement/ecritures.html",
            livre=livre,
            marche=livre.grand.marche,
            s=livre.grand.situation,
            libelles=LIBELLES,
        )


@pages.get("/marches/<uuid:marche_id>/ecritures.<extension>")
@allow("finances", "coordonnateur", "entreprise")
def exporter_ecritures(marche_id: uuid.UUID, extension: str) -> Response:
    """The same entries as a table, one line each."""
    with reading() as session:
        livre = lectures.livre(session, marche_id, siret(), 1, par=TOUT)
        lignes = [ligne for m in livre.page.items for ligne in _lignes(m)]
    nom = f"ecritures-{livre.grand.marche.reference}"
    return telecharger(exporter(Tableau(nom, COLONNES, lignes), extension))


def _lignes(mouvement: Mouvement) -> list[list[Valeur]]:
    return [
        [
            mouvement.jour,
            mouvement.libelle,
            mouvement.piece,
            LIBELLES[Compte(ligne.compte)],
            ligne.montant,
            mouvement.motif,
            mouvement.le,
            mouvement.acteur,
        ]
        for ligne in mouvement.lignes
    ]
