"""Words, names and formats that the templates of this service use."""

import datetime as dt

from flask.blueprints import BlueprintSetupState
from markupsafe import Markup

from services.publication.domain import consultation as stages
from services.publication.domain import programme as programmes
from services.publication.domain.rectification import libelle
from services.publication.presentation import (
    NATURES,
    PROCEDURES,
    SUPPORTS,
    EtatAvis,
    etat,
)
from services.publication.tables import Avis, Consultation
from services.publication.usecases.chargement import faits
from shared.kernel.clock import jour_de
from shared.kernel.identifiants import email_valide
from shared.kernel.lieux import annuaire
from shared.web import formats
from shared.web.context import context


def installer(state: BlueprintSetupState) -> None:
    """Give them to every template, macros included."""
    env = state.app.jinja_env
    env.globals.update(
        NATURES=NATURES,
        PROCEDURES=PROCEDURES,
        SUPPORTS=SUPPORTS,
        Statut=stages.Statut,
        nom_lieu=annuaire().nom,
        lieu_complet=annuaire().complet,
        etat_avis=etat_avis,
        libelle_champ=libelle,
        statut_de=statut_de,
        libelle_statut=stages.LIBELLES.__getitem__,
        libelle_programme=programmes.LIBELLES.__getitem__,
    )
    env.filters.update(date_paris=jour_de, lien_contact=lien_contact, valeur_champ=valeur_champ)


def etat_avis(avis: Avis) -> EtatAvis:
    return etat(avis, context().clock.now())


def statut_de(consultation: Consultation) -> stages.Statut:
    return faits(consultation).statut(context().clock.now())


def lien_contact(texte: str) -> str | Markup:
    """Make a contact clickable when it is an e-mail or a web address."""
    if email_valide(texte):
        return Markup('<a href="mailto:{0}">{0}</a>').format(texte)
    if texte.startswith(("https://", "http://")) and " " not in texte:
        return Markup('<a href="{0}">{0}</a>').format(texte)
    return texte


def valeur_champ(texte: str, champ: str) -> str:
    """A value of a correction, as people read it."""
    if champ == "date_limite":
        return formats.instant(dt.datetime.fromisoformat(texte))
    return annuaire().complet(texte) if champ == "lieu" else texte
