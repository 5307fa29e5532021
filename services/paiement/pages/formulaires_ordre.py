"""Forms of service orders."""

import marshmallow as ma

from services.paiement.domain.ordre_service import Autorite, MotifRefus, TypeOrdre
from services.paiement.pages.formulaires import COURT, LONG
from services.paiement.usecases.ordres_service import NouvelOrdre
from shared.web.fields import JourField, MontantField
from shared.web.forms import Form


class OrdreForm(Form):
    """An order as its authority writes it."""

    type = ma.fields.Enum(TypeOrdre, by_value=True, required=True, metadata={"libelle": "Type"})
    objet = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Objet"})
    texte = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Ordre"})
    autorite = ma.fields.Enum(
        Autorite, by_value=True, required=True, metadata={"libelle": "Autorité"}
    )
    emetteur = ma.fields.String(
        required=True, validate=COURT, metadata={"libelle": "Qualité du signataire"}
    )
    effet_le = JourField(required=True, metadata={"libelle": "Date d’effet"})
    validation_le = JourField(load_default=None, metadata={"libelle": "Validé par l’acheteur le"})
    jours = ma.fields.Integer(
        load_default=None,
        validate=ma.validate.Range(1, 3650, error="Entre 1 et 3 650 jours."),
        metadata={"libelle": "Jours accordés"},
    )
    montant_ht = MontantField(positif=False, load_default=None, metadata={"libelle": "Montant HT"})

    def nouvel(self) -> NouvelOrdre:
        return NouvelOrdre(**self.data)


class NotificationForm(Form):
    """Where the order goes."""

    courriel = ma.fields.String(
        required=True, validate=COURT, metadata={"libelle": "Adresse du titulaire"}
    )


class AnnulationForm(Form):
    """Why an order is cancelled."""

    note = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Raison"})


class ObservationsForm(Form):
    """What the contractor observes."""

    observations = ma.fields.String(
        required=True, validate=LONG, metadata={"libelle": "Observations"}
    )


class RefusForm(Form):
    """Why the contractor refuses: a reason of the law, and its facts."""

    motif = ma.fields.Enum(
        MotifRefus, by_value=True, required=True, metadata={"libelle": "Motif du refus"}
    )
    explication = ma.fields.String(
        required=True, validate=LONG, metadata={"libelle": "Explication"}
    )
