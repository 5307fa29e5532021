"""The same results in other formats: Atom, iCalendar, JSON, spreadsheets."""

import datetime as dt
import uuid
from urllib.parse import urlsplit

from flask import Blueprint, Response, json
from werkzeug.wrappers import Response as Reponse

from services.publication import flux, queries
from services.publication.api.schemas import AvisResume
from services.publication.pages import recherche
from services.publication.pages.cache import conditionnelle
from services.publication.presentation import avis_resume
from shared.web.access import public
from shared.web.context import context, reading
from shared.web.exports import exporter, telecharger
from shared.web.pagination import page_demandee

pages = Blueprint("flux", __name__)
PAR_FLUX = 100
EVENEMENTS_MAX = 1_000


def domaine() -> str:
    """Host part of the identifiers given to calendars."""
    return urlsplit(context().settings.public_url).hostname or "localhost"


def _maintenant() -> dt.datetime:
    return context().clock.now()


@pages.get("/avis.atom")
@public
def atom() -> Reponse:
    """Feed of these results, a hundred entries at a time, the next ones linked (RFC 5005)."""
    demande = recherche.lire()
    reglages = context().settings
    with reading() as session:
        page = queries.chercher(session, demande.criteres, _maintenant(), page_demandee(), PAR_FLUX)
        maj_le = queries.derniere_mise_a_jour(session)
        racine = reglages.public_url
        soi = racine + demande.adresse("/avis.atom")
        suite = None
        if page.numero < page.pages:
            suite = f"{soi}{'&' if '?' in soi else '?'}page={page.numero + 1}"
        adresses = flux.Adresses(
            racine=racine, soi=soi, page=racine + demande.adresse("/avis"), suivante=suite
        )
        corps = flux.atom(page.items, adresses, reglages.instance_nom, maj_le)
    return conditionnelle(Response(corps, mimetype="application/atom+xml"), maj_le)


@pages.get("/avis.ics")
@public
def ical() -> Reponse:
    """Calendar of the deadlines of these results; its name says how many of them it holds."""
    demande = recherche.lire()
    with reading() as session:
        page = queries.chercher(session, demande.criteres, _maintenant(), 1, EVENEMENTS_MAX)
        corps = flux.calendrier_avis(
            page.items, f"Dates limites de réponse ({len(page.items)} sur {page.total})", domaine()
        )
    return conditionnelle(Response(corps, mimetype="text/calendar"))


@pages.get("/avis/<uuid:avis_id>.ics")
@public
def ical_un(avis_id: uuid.UUID) -> Reponse:
    """The deadline of one notice."""
    with reading() as session:
        avis, _ = queries.avis_publie(session, avis_id)
        corps = flux.calendrier_avis([avis], avis.reference, domaine())
    return conditionnelle(Response(corps, mimetype="text/calendar"))


@pages.get("/avis.json")
@public
def en_json() -> Reponse:
    """Every result of this search, with its count."""
    demande = recherche.lire()
    with reading() as session:
        maintenant = _maintenant()
        lignes = [
            avis_resume(avis, maintenant)
            for avis in queries.toutes(session, demande.criteres, maintenant)
        ]
    corps = {"total": len(lignes), "avis": AvisResume(many=True).dump(lignes)}
    return conditionnelle(Response(json.dumps(corps), mimetype="application/json"))


@pages.get("/avis.<any(csv, ods, xlsx):extension>")
@public
def tableur(extension: str) -> Reponse:
    """Every result of this search as a spreadsheet."""
    demande = recherche.lire()
    with reading() as session:
        maintenant = _maintenant()
        avis = queries.toutes(session, demande.criteres, maintenant)
        fichier = exporter(flux.tableau_avis(avis, maintenant), extension)
    return telecharger(fichier)
