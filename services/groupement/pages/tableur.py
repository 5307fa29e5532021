"""Needs by spreadsheet: download the model, upload it filled in, see each line, confirm."""

import base64
import json
import uuid
import zlib
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.datastructures import FileStorage

from services.groupement.domain.besoins import Changement
from services.groupement.domain.tableur import COLONNES, TITRES, Apercu, Brutes, modele
from services.groupement.pages.formulaires import ImportForm
from services.groupement.pages.vues import Vue, dire_besoin, refuser, rendu, siret
from services.groupement.queries.achats import achat_visible
from services.groupement.queries.precedents import Precedent, precedents
from services.groupement.usecases.commun import articles_de, organisation
from services.groupement.usecases.importer_besoins import (
    apercevoir,
    besoins_connus,
    importer_besoins,
)
from shared.kernel.errors import DomainError
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.exports import Tableau, exporter, telecharger
from shared.web.imports import lire

DEBALLE_MAX = 16 * 1024 * 1024
pages = Blueprint(
    "groupement_tableur", __name__, url_prefix="/groupement/achats/<uuid:achat_id>/besoins"
)


@pages.get("/modele.<extension>")
@allow("agent", "coordonnateur")
def telecharger_modele(achat_id: uuid.UUID, extension: str) -> Response:
    """One line per article, what is already declared prefilled."""
    with reading() as session:
        achat = achat_visible(session, achat_id, siret())
        articles = articles_de(session, achat_id)
        connus = besoins_connus(session, achat_id, siret())
        lignes = modele(articles, connus, _memoire(precedents(session, siret(), achat)))
        lieux = sorted({organisation(session, siret()).lieu_livraison} | {x for _, x in connus})
    unites = {article.code: article.bareme.noms for article in articles}
    listes = {
        "Unité": [list(unites[ligne[0]]) for ligne in lignes],
        "Lieu de livraison": [lieux] * len(lignes),
    }
    tableau = Tableau(f"besoins-{achat.reference}", COLONNES, lignes, listes)
    return telecharger(exporter(tableau, extension))


def _memoire(passes: Mapping[str, Sequence[Precedent]]) -> dict[str, str]:
    """« 2025 : 12 cartons », place after place."""
    return {
        code: ", ".join(
            f"{p.annee} : {dire_besoin(p.quantite, p.tolerance, p.unite)} ({p.lieu})" for p in siens
        )
        for code, siens in passes.items()
    }


@pages.route("/import", methods=["GET", "POST"])
@allow("agent", "coordonnateur")
def importer(achat_id: uuid.UUID) -> Vue:
    """Read the file and show, line by line, what it would do."""
    if request.method == "GET":
        return _montrer(achat_id, ImportForm.initial(), [])
    form = ImportForm.bind(request.form, request.files)
    brutes: Brutes = []
    if form.valid:
        try:
            brutes = _lignes(form.data["fichier"])
        except DomainError as refus:
            refuser(form, "fichier", refus.message)
    return _montrer(achat_id, form, brutes)


def _lignes(fichier: FileStorage) -> Brutes:
    lues = lire(fichier.read(), TITRES, requises=("article", "quantite"))
    return [(ligne.numero, dict(ligne.valeurs)) for ligne in lues]


def _montrer(achat_id: uuid.UUID, form: ImportForm, brutes: Brutes) -> Vue:
    apercu: Apercu | None = None
    with reading() as session:
        achat = achat_visible(session, achat_id, siret())
        if form.valid and brutes:
            try:
                apercu = apercevoir(session, achat_id, siret(), brutes)
            except DomainError as refus:
                form.reject(refus)
    return rendu(
        "import.html",
        form,
        achat=achat,
        apercu=apercu,
        contenu=emballer(brutes) if apercu else "",
        Changement=Changement,
    )


@pages.post("/import/confirmer")
@allow("agent", "coordonnateur")
def confirmer(achat_id: uuid.UUID) -> Vue:
    """Write the lines that were shown; if something moved meanwhile, show them again."""
    form = ImportForm.initial()
    try:
        brutes = deballer(request.form.get("contenu", ""))
        with transaction() as uow:
            achat_visible(uow.session, achat_id, siret())
            vu = request.form.get("empreinte", "")
            apercu = importer_besoins(uow, achat_id, siret(), brutes, vu=vu)
    except ValueError:
        refuser(form, "fichier", "L’aperçu est illisible : envoyez de nouveau le fichier.")
        return _montrer(achat_id, form, [])
    except DomainError as refus:
        flash(refus.message, "alerte")
        return _montrer(achat_id, form, brutes)
    flash(_bilan(len(apercu.a_ecrire)), "ok")
    return redirect(url_for("groupement_besoins.declarer", achat_id=achat_id), 303)


def emballer(brutes: Brutes) -> str:
    """Lines of the preview, packed to come back with the confirmation."""
    texte = json.dumps(brutes, ensure_ascii=False).encode()
    return base64.b64encode(zlib.compress(texte)).decode()


def deballer(contenu: str) -> Brutes:
    """The same lines; they are checked again as if they came from the file.

    Raises `ValueError` when they are not what was packed.
    """
    try:
        texte = zlib.decompressobj().decompress(base64.b64decode(contenu), DEBALLE_MAX)
    except zlib.error as erreur:
        raise ValueError("contenu illisible") from erreur
    return [
        (int(numero), {champ: str(valeurs[champ]) for champ in TITRES if champ in valeurs})
        for numero, valeurs in json.loads(texte)
    ]


def _bilan(ecrites: int) -> str:
    if not ecrites:
        return "Aucun changement : ces besoins étaient déjà enregistrés."
    return f"{ecrites} besoins importés." if ecrites > 1 else "1 besoin importé."
