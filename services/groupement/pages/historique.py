"""« Mes données » : what the instance knows of the organisation, to take away or to read."""

import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, render_template

from services.groupement.domain.historique import feuilles
from services.groupement.pages.vues import siret
from services.groupement.queries import historique as lectures
from services.groupement.usecases.reprendre_historique import exporter_historique
from shared.kernel.errors import NotFoundError
from shared.web.access import allow
from shared.web.context import context, reading
from shared.web.exports import Fichier, Tableau, classeur_ods, telecharger

pages = Blueprint("groupement_historique", __name__, url_prefix="/groupement/mes-donnees")
INDENTATION = 2


@pages.get("")
@allow("agent", "coordonnateur")
def voir() -> str:
    """How much there is, how to take it away, what was taken over from other instances."""
    document = _document()
    contenu = document["contenu"]
    return render_template(
        "groupement/mes_donnees.html",
        document=document,
        comptes=[(nom, len(lignes)) for nom, _, lignes in feuilles(contenu)],
        reprises=_reprises(),
    )


def _document() -> dict[str, Any]:
    reglages = context().settings
    instance = lectures.Instance(reglages.instance_siret, reglages.instance_nom)
    with reading() as session:
        return exporter_historique(session, siret(), instance, context().clock)


def _reprises() -> list[Any]:
    with reading() as session:
        return list(lectures.reprises(session, siret()))


@pages.get("/historique.<extension>")
@allow("agent", "coordonnateur")
def emporter(extension: str) -> Response:
    """The whole history: JSON for another instance, ODS for people."""
    document = _document()
    nom = f"historique-{siret()}"
    if extension == "json":
        texte = json.dumps(document, ensure_ascii=False, indent=INDENTATION)
        return telecharger(Fichier(f"{nom}.json", "application/json", texte.encode()))
    if extension == "ods":
        tableaux = [Tableau(*feuille) for feuille in feuilles(document["contenu"])]
        return telecharger(classeur_ods(nom, tableaux))
    raise NotFoundError("Choisissez JSON ou ODS.", code="format_inconnu")


@pages.get("/reprise/<uuid:historique_id>")
@allow("agent", "coordonnateur")
def reprise(historique_id: uuid.UUID) -> str:
    """A history taken over, to read only."""
    with reading() as session:
        lue = lectures.reprise(session, historique_id, siret())
    return render_template(
        "groupement/historique_repris.html",
        reprise=lue,
        le=dt.date.fromisoformat,
        nombre=Decimal,
    )
