"""Forms of payment by instalments."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import marshmallow as ma

from services.paiement.domain.acomptes import Methode
from services.paiement.domain.decompte import Genre
from services.paiement.domain.retenue import Garantie
from services.paiement.pages.formulaires import COURT, LONG
from services.paiement.usecases.conditions_marche import (
    ActeSpecial,
    NouvellesConditions,
    SuiteDeGarantie,
)
from services.paiement.usecases.decomptes import NouveauDecompte
from shared.kernel.montant import Montant
from shared.web.fields import JourField, MontantField, QuantiteField, SiretField
from shared.web.forms import CaseField, Form

ZERO = Montant.zero()
CENT = Decimal(100)


class ConditionsForm(Form):
    """What the contract says of its payment; the retention is typed in per cent."""

    methode = ma.fields.Enum(
        Methode, by_value=True, required=True, metadata={"libelle": "Calcul des acomptes"}
    )
    debut_le = JourField(required=True, metadata={"libelle": "Début de l’exécution"})
    retenue = QuantiteField(zero=True, required=True, metadata={"libelle": "Retenue de garantie"})
    garantie_mois = ma.fields.Integer(
        required=True,
        validate=ma.validate.Range(0, 240, error="Entre 0 et 240 mois."),
        metadata={"libelle": "Délai de garantie"},
    )
    sur_demande = CaseField(metadata={"libelle": "Acompte mensuel demandé"})

    def conditions(self) -> NouvellesConditions:
        return NouvellesConditions(**(self.data | {"retenue": self.data["retenue"] / CENT}))


class GarantieForm(Form):
    """Acceptance, reservations, guarantee received."""

    reception_le = JourField(load_default=None, metadata={"libelle": "Réception"})
    reserves = CaseField(metadata={"libelle": "Réserves"})
    reserves_levees_le = JourField(load_default=None, metadata={"libelle": "Levée des réserves"})
    garantie = ma.fields.Enum(
        Garantie, by_value=True, load_default=None, metadata={"libelle": "Garantie"}
    )
    garantie_recue_le = JourField(load_default=None, metadata={"libelle": "Garantie reçue le"})

    def suite(self) -> SuiteDeGarantie:
        return SuiteDeGarantie(**self.data)


class SousTraitantForm(Form):
    """A special act."""

    siret = SiretField(required=True, metadata={"libelle": "SIRET"})
    nom = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Nom"})
    prestation = ma.fields.String(
        required=True, validate=COURT, metadata={"libelle": "Prestations sous-traitées"}
    )
    montant_ttc = MontantField(required=True, metadata={"libelle": "Montant maximal TTC"})
    acceptee_le = JourField(required=True, metadata={"libelle": "Accepté le"})

    def acte(self) -> ActeSpecial:
        return ActeSpecial(**self.data)


class DecompteForm(Form):
    """What a period brings; an amount left empty is zero."""

    genre = ma.fields.Enum(
        Genre, by_value=True, load_default=Genre.ACOMPTE, metadata={"libelle": "Nature"}
    )
    du = JourField(required=True, metadata={"libelle": "Du"})
    au = JourField(required=True, metadata={"libelle": "Au"})
    travaux_ht = MontantField(
        positif=False, load_default=ZERO, metadata={"libelle": "Prestations HT"}
    )
    revision_ht = MontantField(
        positif=False, load_default=ZERO, metadata={"libelle": "Révision des prix HT"}
    )
    primes_ht = MontantField(positif=False, load_default=ZERO, metadata={"libelle": "Primes HT"})
    penalites = MontantField(positif=False, load_default=ZERO, metadata={"libelle": "Pénalités"})
    restituer = CaseField(metadata={"libelle": "Restituer la retenue"})
    objet = ma.fields.String(load_default="", validate=LONG, metadata={"libelle": "Objet"})

    def nouveau(self) -> NouveauDecompte:
        directs = {
            uuid.UUID(nom.removeprefix("st-")): montant
            for nom, montant in self.data.items()
            if nom.startswith("st-") and montant
        }
        simples = {nom: x for nom, x in self.data.items() if not nom.startswith("st-")}
        return NouveauDecompte(**simples, sous_traitants=directs)


def formulaire_de_decompte(actes: Sequence[uuid.UUID]) -> type[DecompteForm]:
    """The form of a certificate, with one amount per subcontractor paid directly."""
    champs: dict[str, Any] = {
        f"st-{acte}": MontantField(load_default=ZERO, metadata={"libelle": "Sous-traitant"})
        for acte in actes
    }
    return type("DecompteDuMarche", (DecompteForm,), champs)


class NoteForm(Form):
    """Why a certificate is given up."""

    note = ma.fields.String(required=True, validate=LONG, metadata={"libelle": "Raison"})
