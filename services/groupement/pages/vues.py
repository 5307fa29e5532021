"""What every page of groupement shares: the words of the trade, the user's organisation."""

import uuid
from decimal import Decimal
from typing import Any

from flask import redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from services.groupement import tables as t
from services.groupement.domain import (
    achats,
    conventions,
    formes,
    frais,
    journal,
    livraisons,
    seuils,
    substitutions,
    suivi,
    transferts,
)
from services.groupement.domain.appels import LIBELLES_POLITIQUE
from services.groupement.domain.besoins import fourchette
from services.groupement.domain.periodes import Periode, dire_periode
from services.groupement.domain.receptions import accorder
from services.groupement.queries.achats import achat_visible
from shared.kernel.errors import ValidationError
from shared.web.access import current_user
from shared.web.charts import bullet
from shared.web.forms import Form

Vue = str | tuple[str, int] | Response
TONS = {
    achats.EtatAchat.PROJET: "gris",
    achats.EtatAchat.RECENSEMENT_OUVERT: "or",
    achats.EtatAchat.ABANDONNE: "rouge",
    achats.EtatAchat.NOTIFIE: "vert",
    achats.EtatAchat.EN_EXECUTION: "vert",
    achats.EtatAchat.SOLDE: "gris",
}
TONS_CONVENTION = {"EN_VIGUEUR": "vert", "BROUILLON": "or", "EN_SIGNATURE": "or", "SUSPENDUE": "or"}
CANAUX = {
    "formulaire": "formulaire",
    "tableur": "tableur",
    "evenement": "logiciel (événement)",
    "api": "logiciel (API)",
}
NATURES = {
    "FOURNITURES": "Fournitures",
    "SERVICES": "Services",
    "TRAVAUX": "Travaux",
    "SERVICES_SOCIAUX": "Services sociaux et spécifiques",
}


def vocabulaire() -> dict[str, Any]:
    """Labels and small helpers for the templates."""
    return {
        "EtatAchat": achats.EtatAchat,
        "CHEMIN": achats.CHEMIN,
        "libelle_etat": lambda etat: achats.LIBELLES[achats.EtatAchat(etat)],
        "ton_etat": lambda etat: TONS.get(achats.EtatAchat(etat), ""),
        "rang_etat": lambda etat: _rang(achats.EtatAchat(etat)),
        "libelle_reponse": lambda reponse: suivi.LIBELLES_REPONSE[suivi.Reponse(reponse)],
        "libelle_besoin": lambda etat, valide=False: achats.LIBELLES_BESOIN[
            achats.etat_besoin(achats.EtatAchat(etat), valide=valide)
        ],
        "ETAPES_BESOIN": tuple(achats.LIBELLES_BESOIN.values()),
        "dire_periode": lambda du, au: dire_periode(Periode(du, au)),
        "libelle_procedure": lambda code: seuils.LIBELLES[code],
        "libelle_publicite": lambda code: seuils.LIBELLES_PUBLICITE[code],
        "libelle_convention": lambda etat: conventions.LIBELLES[conventions.EtatConvention(etat)],
        "libelle_mode": lambda mode: conventions.LIBELLES_MODE[conventions.ModeCoordination(mode)],
        "ton_convention": lambda etat: TONS_CONVENTION.get(etat, "gris"),
        "libelle_forme": lambda forme: formes.LIBELLES[formes.FormeJuridique(forme)],
        "libelle_adhesion": lambda etat: conventions.LIBELLES_ADHESION[etat],
        "libelle_transfert": lambda etat: transferts.LIBELLES[transferts.EtatTransfert(etat)],
        "libelle_frais": lambda genre: frais.LIBELLES[frais.GenreFrais(genre)],
        "libelle_liberation": lambda genre: livraisons.LIBELLES_LIBERATION[
            livraisons.GenreLiberation(genre)
        ],
        "libelle_anomalie": lambda genre: livraisons.LIBELLES_ANOMALIE[
            livraisons.GenreAnomalie(genre)
        ],
        "libelle_substitution": lambda reponse: substitutions.LIBELLES[
            substitutions.Reponse(reponse)
        ],
        "libelle_action": lambda entree: journal.phrase(entree.action, entree.details),
        "fourchette": fourchette,
        "dire_besoin": dire_besoin,
        "bullet": bullet,
        "LIBELLES_POLITIQUE": LIBELLES_POLITIQUE,
        "CANAUX": CANAUX,
        "NATURES": NATURES,
    }


def dire_besoin(quantite: Decimal, tolerance: Decimal, unite: str) -> str:
    """A need as people say it: « 5 à 7 palettes »."""
    return f"{fourchette(quantite, tolerance)}\u00a0{accorder(unite, quantite + tolerance)}"


def _rang(etat: achats.EtatAchat) -> int:
    """Place on the way forward; an abandoned purchase is nowhere on it."""
    return achats.CHEMIN.index(etat) if etat in achats.CHEMIN else -1


def siret() -> str:
    """The organisation of the user: the only one whose needs and orders it sees."""
    return current_user().siret


def achat_conduit(session: Session, achat_id: uuid.UUID) -> t.Achat:
    """A purchase that the user's organisation coordinates."""
    achat = achat_visible(session, achat_id, siret())
    achats.exiger_coordonnateur(siret(), achat.coordonnateur)
    return achat


def conduit(achat: t.Achat) -> bool:
    """Tell whether the user acts for the whole group on this purchase."""
    return achat.coordonnateur == siret() and current_user().a("coordonnateur")


def refuser(form: Form, champ: str, message: str) -> None:
    """Put a refusal on one field, as the form itself would."""
    form.reject(ValidationError(message, champs={champ: message}))


def rendu(gabarit: str, form: Form, **donnees: Any) -> Vue:
    """Show a form; 422 when it was refused."""
    corps = render_template(f"groupement/{gabarit}", form=form, **donnees)
    return (corps, 422) if form.errors else corps


def vers_achat(achat_id: uuid.UUID) -> Response:
    return redirect(url_for("groupement_achats_pages.voir", achat_id=achat_id), 303)
