"""Forms of the pages; their fields bear the names that refusals of the domain use."""

import datetime as dt

import marshmallow as ma

from services.paiement.domain.motifs import LITIGE, MOTIFS, REFUSEE, SUSPENDUE
from services.paiement.domain.reception import Exigence, Niveau
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
    code = ma.fields.String(
        load_default="JUSTIF_ABS",
        validate=ma.validate.OneOf(MOTIFS[SUSPENDUE]),
        metadata={"libelle": "Nature du motif"},
    )


class CompletudeForm(Form):
    completee_le = JourField(load_default=None, metadata={"libelle": "Date de réception"})


class PaiementForm(Form):
    payee_le = JourField(load_default=None, metadata={"libelle": "Date du paiement"})


class RejetForm(Form):
    motif = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Motif"})
    code = ma.fields.String(
        load_default="NON_CONFORME",
        validate=ma.validate.OneOf(MOTIFS[REFUSEE]),
        metadata={"libelle": "Nature du motif"},
    )


class RecyclageForm(Form):
    motif = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Motif"})


class AdresseForm(Form):
    """What a supplier may correct of an invoice to recycle."""

    code_service = ma.fields.String(
        load_default=None, validate=COURT, metadata={"libelle": "Code du service"}
    )
    engagement = ma.fields.String(
        load_default=None, validate=COURT, metadata={"libelle": "Numéro d’engagement"}
    )


class AcceptationForm(Form):
    motif = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Motif"})


class ContestationForm(Form):
    montant = MontantField(required=True, metadata={"libelle": "Montant contesté TTC"})
    code = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(MOTIFS[LITIGE]),
        metadata={"libelle": "Nature du motif"},
    )
    motif = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Explication"})


class AdmissionForm(Form):
    motif = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Motif"})
    payee_le = JourField(load_default=None, metadata={"libelle": "Date du paiement"})


class ReglageForm(Form):
    """Tolerances, in percent as people write them."""

    prix = QuantiteField(zero=True, required=True, metadata={"libelle": "Tolérance de prix"})
    quantite = QuantiteField(
        zero=True, required=True, metadata={"libelle": "Tolérance de quantité"}
    )
    montant = MontantField(required=True, metadata={"libelle": "Tolérance par ligne"})


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


class AccueilForm(Form):
    """What French findings do, and what an invoice must cite."""

    niveau_br_fr = ma.fields.Enum(Niveau, by_value=True, required=True)
    exigence = ma.fields.Enum(Exigence, by_value=True, required=True)


class ServiceForm(Form):
    """A service that may receive invoices."""

    code = ma.fields.String(
        required=True, validate=ma.validate.Length(1, 100), metadata={"libelle": "Code"}
    )
    nom = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Nom"})
    engagement_requis = CaseField(metadata={"libelle": "Engagement exigé"})


def jour_iso(date: dt.date | None) -> str:
    """A day as a date input wants it."""
    return date.isoformat() if date else ""
