"""Forms of the pages; their fields bear the names that refusals of the domain use."""

import datetime as dt

import marshmallow as ma

from services.paiement.usecases.saisir_parametre import TAUX_BCE
from shared.kernel.parametres import ClasseAcheteur
from shared.web.fields import JourField, MontantField, QuantiteField, SiretField
from shared.web.forms import CaseField, FichierField, Form

COURT = ma.validate.Length(max=200)
LONG = ma.validate.Length(max=2_000)
CLASSES = {
    ClasseAcheteur.COLLECTIVITE: "Collectivité locale",
    ClasseAcheteur.ETAT: "État",
    ClasseAcheteur.OPH: "Office public de l’habitat",
    ClasseAcheteur.EPS: "Établissement public de santé",
    ClasseAcheteur.ENTREPRISE_PUBLIQUE: "Entreprise publique",
    ClasseAcheteur.ENTITE_ADJUDICATRICE: "Entité adjudicatrice",
    ClasseAcheteur.AUTRE_POUVOIR_ADJUDICATEUR: "Autre pouvoir adjudicateur",
}


class DepotForm(Form):
    """An invoice file."""

    fichier = FichierField(required=True, metadata={"libelle": "Fichier de la facture"})


class ConfirmationForm(Form):
    """Nothing to fill in."""


class MandatForm(Form):
    solde = CaseField(metadata={"libelle": "Solde du marché"})


class ServiceFaitForm(Form):
    execute_le = JourField(load_default=None, metadata={"libelle": "Date d’exécution"})


class SuspensionForm(Form):
    motif = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Motif"})
    pieces = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Pièces"})
    notifiee_le = JourField(load_default=None, metadata={"libelle": "Date de notification"})


class CompletudeForm(Form):
    completee_le = JourField(load_default=None, metadata={"libelle": "Date de réception"})


class PaiementForm(Form):
    payee_le = JourField(load_default=None, metadata={"libelle": "Date du paiement"})


class RejetForm(Form):
    motif = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Motif"})


class RelierForm(Form):
    numero = ma.fields.String(
        required=True, validate=COURT, metadata={"libelle": "Numéro de la facture rejetée"}
    )


class VersementForm(Form):
    versee_le = JourField(required=True, metadata={"libelle": "Date du versement"})


class ParametreForm(Form):
    code = ma.fields.String(load_default=TAUX_BCE, metadata={"libelle": "Paramètre"})
    du = JourField(required=True, metadata={"libelle": "Premier jour"})
    valeur = QuantiteField(zero=True, required=True, metadata={"libelle": "Valeur"})
    reference = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Source"})


class ClasseForm(Form):
    classe = ma.fields.Enum(ClasseAcheteur, by_value=True, required=True)
    depenses_reelles = MontantField(load_default=None)


class AccesForm(Form):
    siret = SiretField(required=True, metadata={"libelle": "SIRET"})
    nom = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Nom"})
    role = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["finances", "porteur", "entreprise"])
    )


def jour_iso(date: dt.date | None) -> str:
    """A day as a date input wants it."""
    return date.isoformat() if date else ""
