"""Forms of the pages; their fields bear the names that refusals of the domain use."""

import datetime as dt

import marshmallow as ma

from services.paiement.usecases.saisir_parametre import TAUX_BCE
from shared.kernel.parametres import ClasseAcheteur
from shared.web.fields import CpvField, JourField, MontantField, QuantiteField, SiretField
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


class CarteForm(Form):
    """A new card and its ceilings."""

    porteur = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Porteur"})
    fin_numero = ma.fields.String(
        required=True,
        validate=ma.validate.Regexp(r"^\d{4}$", error="Saisissez quatre chiffres."),
        metadata={"libelle": "Derniers chiffres"},
    )
    expire_le = JourField(required=True, metadata={"libelle": "Date d’expiration"})
    plafond_transaction = MontantField(required=True, metadata={"libelle": "Par opération"})
    plafond_periode = MontantField(required=True, metadata={"libelle": "Par mois"})
    plafond_fournisseur = MontantField(required=True, metadata={"libelle": "Par fournisseur"})
    budget_annuel = MontantField(load_default=None, metadata={"libelle": "Budget de l’année"})
    familles = ma.fields.String(load_default="", metadata={"libelle": "Familles exclues"})

    @ma.validates("plafond_transaction")
    def _positif(self, valeur: object, **_: object) -> None:
        if not valeur:
            raise ma.ValidationError("Un plafond nul ne permet aucune opération.")


class OperationForm(Form):
    """What a holder wants to buy."""

    accepteur_siret = SiretField(required=True, metadata={"libelle": "SIRET du fournisseur"})
    accepteur_nom = ma.fields.String(
        required=True, validate=COURT, metadata={"libelle": "Nom du fournisseur"}
    )
    montant = MontantField(required=True, metadata={"libelle": "Montant TTC"})
    cpv = CpvField(load_default=None, metadata={"libelle": "Famille CPV"})
    marche = ma.fields.String(load_default=None, metadata={"libelle": "Marché exécuté"})
    sur_stock = CaseField(metadata={"libelle": "Compte de stock"})
    motif_travaux = ma.fields.String(
        load_default="", validate=LONG, metadata={"libelle": "Décision motivée"}
    )

    @ma.validates("montant")
    def _positif(self, valeur: object, **_: object) -> None:
        if not valeur:
            raise ma.ValidationError("Le montant doit être supérieur à zéro.")


class FournisseurForm(Form):
    siret = SiretField(required=True, metadata={"libelle": "SIRET"})
    nom = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Nom"})


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
