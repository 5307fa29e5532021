"""Forms of advances: what they are for, what the contract fixes, why one is set aside."""

from decimal import Decimal
from typing import Any

import marshmallow as ma

from services.paiement.domain.avance import Forme, Garantie
from services.paiement.usecases.avances import Conditions
from services.paiement.usecases.proposer_avance import Demande
from shared.kernel.montant import Montant
from shared.web.fields import JourField, MontantField, QuantiteField
from shared.web.forms import CaseField, Form

CENT = Decimal(100)
FORMES = [
    (Forme.TRANCHE.value, "Une tranche affermie"),
    (Forme.BON_DE_COMMANDE.value, "Un bon de commande"),
    (Forme.ACCORD_CADRE_AVEC_MINIMUM.value, "Le minimum de l’accord-cadre"),
]
GARANTIES = [
    (Garantie.PREMIERE_DEMANDE.value, "Garantie à première demande"),
    (Garantie.CAUTION.value, "Caution personnelle et solidaire"),
]


class PourcentField(QuantiteField):
    """A percentage as people type it, read as a part of 1."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Decimal:
        pourcent = super()._deserialize(value, *args, **kwargs)
        if pourcent > CENT:
            raise ma.ValidationError("Saisissez un pourcentage de 0 à 100.")
        return pourcent / CENT


class AvanceForm(Form):
    forme = ma.fields.Enum(
        Forme, by_value=True, required=True, metadata={"libelle": "L’avance porte sur"}
    )
    cible = ma.fields.String(
        load_default="", validate=ma.validate.Length(max=80), metadata={"libelle": "Nom"}
    )
    montant_ht = MontantField(required=True, metadata={"libelle": "Montant HT"})
    duree_mois = ma.fields.Integer(
        required=True, validate=ma.validate.Range(1, 999), metadata={"libelle": "Durée"}
    )
    sous_traite_ht = MontantField(
        load_default=Montant.zero(), metadata={"libelle": "Part sous-traitée HT"}
    )
    taux = PourcentField(zero=True, load_default=Decimal(), metadata={"libelle": "Taux du marché"})
    garantie = CaseField(metadata={"libelle": "Garantie exigée"})

    def demande(self) -> Demande:
        return Demande(**self.data)


class ConditionsForm(Form):
    commencement_le = JourField(required=True, metadata={"libelle": "Départ du délai"})
    garantie_type = ma.fields.Enum(
        Garantie, by_value=True, load_default=None, metadata={"libelle": "Garantie"}
    )
    garantie_recue_le = JourField(load_default=None, metadata={"libelle": "Reçue le"})
    fin = PourcentField(load_default=None, metadata={"libelle": "Fin du remboursement"})

    def conditions(self) -> Conditions:
        return Conditions(**self.data)


class RefusForm(Form):
    motif = ma.fields.String(
        required=True, validate=ma.validate.Length(1, 500), metadata={"libelle": "Motif"}
    )
