"""Organisations known to this instance: those that may be invited into a convention."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from marshmallow import fields

from services.groupement import tables as t
from services.groupement.domain.formes import LIBELLES as FORMES
from services.groupement.domain.formes import FormeJuridique
from services.groupement.pages.formulaires import REQUIS
from services.groupement.pages.formulaires_convention import texte
from services.groupement.pages.vues import Vue, refuser, rendu
from services.groupement.queries.conventions import organisations
from services.groupement.usecases.inscrire_organisation import (
    NouvelleOrganisation,
    inscrire_organisation,
)
from shared.kernel.errors import DomainError
from shared.kernel.parametres import ClasseAcheteur
from shared.web.access import allow
from shared.web.context import reading, transaction
from shared.web.fields import SiretField
from shared.web.forms import CaseField, Form

pages = Blueprint("groupement_organisations", __name__, url_prefix="/groupement/organisations")
CLASSES = {
    ClasseAcheteur.COLLECTIVITE: "Collectivité ou établissement local",
    ClasseAcheteur.OPH: "Office public de l’habitat",
    ClasseAcheteur.ETAT: "État",
    ClasseAcheteur.EPS: "Établissement public de santé",
    ClasseAcheteur.AUTRE_POUVOIR_ADJUDICATEUR: "Autre pouvoir adjudicateur",
    ClasseAcheteur.ENTREPRISE_PUBLIQUE: "Entreprise publique",
    ClasseAcheteur.ENTITE_ADJUDICATRICE: "Entité adjudicatrice",
}
"""What thresholds and payment delays depend on."""


class OrganisationForm(Form):
    """A buyer that this instance did not know."""

    siret = SiretField(required=True, error_messages=REQUIS, metadata={"libelle": "SIRET"})
    nom = texte("Nom")
    forme = fields.Enum(
        FormeJuridique, required=True, error_messages=REQUIS, metadata={"libelle": "Forme"}
    )
    classe = fields.Enum(
        ClasseAcheteur, required=True, error_messages=REQUIS, metadata={"libelle": "Classe"}
    )
    a_cao = CaseField(metadata={"libelle": "Commission d’appel d’offres"})
    courriel = fields.Email(
        required=True,
        error_messages={**REQUIS, "invalid": "Saisissez une adresse. Exemple : achats@mairie.fr."},
        metadata={"libelle": "Courriel"},
    )
    lieu_livraison = texte("Lieu de livraison")


@pages.get("")
@allow("coordonnateur")
def lister() -> str:
    """Everybody known here, with their kind."""
    with reading() as session:
        return render_template(
            "groupement/organisations.html", organisations=organisations(session), formes=FORMES
        )


@pages.route("/nouvelle", methods=["GET", "POST"])
@allow("coordonnateur")
def inscrire() -> Vue:
    """Make an organisation known; it is then invited from a convention."""
    choix = {"formes": list(FORMES.items()), "classes": list(CLASSES.items())}
    if request.method == "GET":
        return rendu("organisation_nouvelle.html", OrganisationForm.initial(), **choix)
    form = OrganisationForm.bind(request.form)
    if form.valid and _inscrire(form):
        flash("L’organisation est inscrite : invitez-la dans la convention.", "ok")
        return redirect(url_for("groupement_organisations.lister"), 303)
    return rendu("organisation_nouvelle.html", form, **choix)


def _inscrire(form: Form) -> bool:
    try:
        with transaction() as uow:
            if uow.session.get(t.Organisation, form.data["siret"]):
                refuser(form, "siret", "Cette organisation est déjà connue.")
                return False
            inscrire_organisation(uow, NouvelleOrganisation(**form.data))
    except DomainError as refus:
        form.reject(refus)
        return False
    return True
