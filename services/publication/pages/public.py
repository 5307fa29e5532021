"""The single window: home, list of notices, one notice."""

import uuid
from typing import Any, cast

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reponse

from services.publication import queries
from services.publication.domain.recherche import Criteres
from services.publication.pages import recherche, vocabulaire
from services.publication.pages.cache import conditionnelle, derniere
from services.publication.presentation import etat
from services.publication.settings import PublicationSettings
from services.publication.tables import Avis
from shared.kernel.lieux import annuaire
from shared.web.access import public
from shared.web.context import context, reading
from shared.web.pagination import PAR_PAGE, page_demandee

pages = Blueprint("publication", __name__)
pages.record_once(vocabulaire.installer)
RECENTS = 4
PROCHAINS = 5


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
        fragment = "HX-Request" in request.headers
        gabarit = "_resultats.html" if fragment else "avis.html"
        donnees = _resultats(session, demande)
        corps = render_template(f"publication/{gabarit}", fragment=fragment, **donnees)
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
