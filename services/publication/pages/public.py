"""The single window: home, list of notices, one notice."""

import datetime as dt
import uuid
from typing import Any, cast

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reponse

from services.publication import queries
from services.publication.domain.lieux import annuaire
from services.publication.domain.recherche import Criteres
from services.publication.domain.rectification import libelle
from services.publication.pages import recherche
from services.publication.pages.cache import conditionnelle, derniere
from services.publication.presentation import NATURES, PROCEDURES, SUPPORTS, etat
from services.publication.settings import PublicationSettings
from services.publication.tables import Avis
from shared.kernel.clock import jour_de
from shared.kernel.identifiants import email_valide
from shared.web import formats
from shared.web.access import public
from shared.web.context import context, reading
from shared.web.pagination import PAR_PAGE, page_demandee

pages = Blueprint("publication", __name__)
RECENTS = 4
PROCHAINS = 5


@pages.app_context_processor
def vocabulaire() -> dict[str, Any]:
    """Words and names that the templates of this service use."""
    return {
        "NATURES": NATURES,
        "PROCEDURES": PROCEDURES,
        "SUPPORTS": SUPPORTS,
        "nom_lieu": annuaire().nom,
        "lieu_complet": annuaire().complet,
        "etat_avis": lambda avis: etat(avis, context().clock.now()),
        "libelle_champ": libelle,
    }


@pages.app_template_filter("date_paris")
def date_paris(instant: dt.datetime) -> dt.date:
    return jour_de(instant)


@pages.app_template_filter("lien_contact")
def lien_contact(texte: str) -> str | Markup:
    """Make a contact clickable when it is an e-mail or a web address."""
    if email_valide(texte):
        return Markup('<a href="mailto:{0}">{0}</a>').format(texte)
    if texte.startswith(("https://", "http://")) and " " not in texte:
        return Markup('<a href="{0}">{0}</a>').format(texte)
    return texte


@pages.app_template_filter("valeur_champ")
def valeur_champ(texte: str, champ: str) -> str:
    """A value of a correction, as people read it."""
    if champ == "date_limite":
        return formats.instant(dt.datetime.fromisoformat(texte))
    return annuaire().complet(texte) if champ == "lieu" else texte


def reglages() -> PublicationSettings:
    """The settings of this service, which name the mediator."""
    return cast("PublicationSettings", context().settings)


@pages.get("/")
@public
def accueil() -> Reponse:
    """Search, count of what is open, newest notices, next purchases, the mediator."""
    horloge = context().clock
    with reading() as session:
        recents = queries.chercher(session, Criteres(), horloge.now(), 1, RECENTS)
        a_venir = queries.a_venir(session, horloge.today(), PROCHAINS)
        corps = render_template(
            "publication/accueil.html", recents=recents, a_venir=a_venir, reglages=reglages()
        )
    return conditionnelle(corps)


@pages.get("/avis")
@public
def avis() -> Reponse:
    """Results and filters; the live search asks for the results alone."""
    demande = recherche.lire()
    with reading() as session:
        donnees = _resultats(session, demande)
        gabarit = "_resultats.html" if request.headers.get("HX-Request") else "avis.html"
        corps = render_template(f"publication/{gabarit}", **donnees)
    if demande.form.errors:
        return Response(corps, 422)
    return conditionnelle(corps)


def _resultats(session: Session, demande: recherche.Recherche) -> dict[str, Any]:
    acheteurs = queries.acheteurs(session)
    lieux = {*queries.lieux(session), demande.criteres.lieu} - {""}
    return {
        "demande": demande,
        "form": demande.form,
        "page": queries.chercher(
            session, demande.criteres, context().clock.now(), page_demandee(), PAR_PAGE
        ),
        "puces": demande.puces(acheteurs),
        "acheteurs": acheteurs,
        "lieux": sorted(((code, annuaire().nom(code)) for code in lieux), key=lambda lieu: lieu[1]),
        "etats": [(str(cle), texte) for cle, texte in recherche.ETATS.items()],
        "tris": [(str(cle), texte) for cle, texte in recherche.TRIS.items()],
    }


@pages.get("/avis/<uuid:avis_id>")
@public
def detail(avis_id: uuid.UUID) -> Reponse:
    """One notice: what is asked, until when, and what has been corrected."""
    maintenant = context().clock.now()
    with reading() as session:
        trouve, consultation = queries.avis_publie(session, avis_id)
        corps = render_template(
            "publication/detail.html",
            avis=trouve,
            consultation=consultation,
            etat=etat(trouve, maintenant),
            reglages=reglages(),
            semblables=_semblables(trouve),
        )
        marches = [m.notifie_le for m in consultation.marches if m.notifie_le]
        maj_le = derniere(trouve.maj_le, trouve.date_limite, maintenant=maintenant)
    return conditionnelle(corps, None if marches else maj_le)


def _semblables(avis: Avis) -> str:
    """Address of an alert on notices of the same kind in the same place."""
    criteres = Criteres(cpv=avis.cpv, lieu=avis.lieu)
    return recherche.Recherche(recherche.RechercheForm.initial(), criteres).alerte
