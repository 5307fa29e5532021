"""What the public simulations read and answer: amounts and rates are texts, days are dates."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields

from services.paiement.domain.avance import Forme
from services.paiement.domain.horloge import Interruption
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.web.fields import NombreField, ecrire_decimal
from shared.web.ouverte import Demande, Liste

PREMIER, DERNIER = dt.date(1990, 1, 1), dt.date(2199, 12, 31)
EXECUTIONS_MAX = 1_000
MOIS_MAX = 999
_MOIS = re.compile("[1-9][0-9]{0,2}")


class Element(ma.Schema):
    """Base of what a body holds inside it."""

    class Meta:
        unknown = ma.RAISE


class DateField(fields.Date):
    """An ISO day between 1990 and 2199: beyond, calendars and the law are guesses."""

    def __init__(self, **kwargs: Any) -> None:
        bornes = ma.validate.Range(PREMIER, DERNIER, error="Choisissez une date de 1990 à 2199.")
        super().__init__(format="iso", validate=bornes, **kwargs)


class MontantTexte(NombreField):
    """An amount as a text of plain digits, at most two decimals."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"example": "12000.00", **kwargs.pop("metadata", {})}
        super().__init__(decimales=2, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return Montant(super()._deserialize(value, *args, **kwargs))

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)


class PartField(NombreField):
    """A share of one as a text: `0.05` is 5 %. Written with two decimals at least."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "pattern": r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$",
            "example": "0.05",
            "description": "part de 1 : 0.05 pour 5 %",
            **kwargs.pop("metadata", {}),
        }
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Decimal:
        part = super()._deserialize(value, *args, **kwargs)
        if part > 1:
            raise ma.ValidationError("Écrivez une part de 1. Exemple : 0.05 pour 5 %.")
        return part

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else deux_decimales(value)


class PourcentField(fields.Field[Decimal]):
    """A rate in percent, written with two decimals at least: `10.15`."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else deux_decimales(value)


class MoisField(fields.Field[int]):
    """A whole number of months: `6` or `"6"`."""

    def __init__(self, **kwargs: Any) -> None:
        formes = [
            {"type": "integer", "minimum": 1, "maximum": MOIS_MAX},
            {"type": "string", "pattern": "^[1-9][0-9]{0,2}$"},
        ]
        super().__init__(metadata={"oneOf": formes, "example": 6}, **kwargs)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> int:
        texte = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else value
        if not isinstance(texte, str) or not _MOIS.fullmatch(texte):
            raise ma.ValidationError(f"Écrivez un nombre entier de mois, de 1 à {MOIS_MAX}.")
        return int(texte)


def deux_decimales(valeur: Decimal) -> str:
    entier, _, decimales = ecrire_decimal(valeur).partition(".")
    return f"{entier}.{decimales:0<2}"


class InterruptionDemande(Element):
    notifiee_le = DateField(
        required=True, metadata={"description": "réception de la demande par le fournisseur"}
    )
    completee_le = DateField(
        load_default=None,
        allow_none=True,
        metadata={"description": "réception de toutes les pièces ; null tant qu’il en manque"},
    )

    @ma.post_load
    def _construire(self, donnees: dict[str, Any], **_: Any) -> Interruption:
        return Interruption(**donnees)


class DelaiDemande(Demande):
    acheteur = fields.Enum(ClasseAcheteur, required=True, by_value=True)
    facture_recue = DateField(required=True, metadata={"example": "2026-03-02"})
    service_fait = DateField(
        load_default=None,
        allow_none=True,
        metadata={"description": "exécution, si elle suit la réception de la facture"},
    )
    paye_le = DateField(required=True, metadata={"example": "2026-04-21"})
    montant_ttc = MontantTexte(required=True)
    interruption = fields.Nested(InterruptionDemande, load_default=None, allow_none=True)


class EtapeSimulee(ma.Schema):
    libelle = fields.String(required=True)
    date = fields.Date(required=True)
    reference = fields.String(required=True)


class DelaiSchema(ma.Schema):
    depart = fields.Date(required=True)
    echeance = fields.Date(
        required=True, allow_none=True, metadata={"description": "null : délai interrompu"}
    )
    jours_retard = fields.Integer(required=True)
    taux = PourcentField(
        required=True,
        allow_none=True,
        metadata={"type": "string", "example": "10.15", "description": "en pourcentage"},
    )
    interets = MontantTexte(required=True)
    indemnite = MontantTexte(required=True)
    etapes = fields.List(fields.Nested(EtapeSimulee), required=True)


class PolitiqueDemande(Element):
    taux = PartField(required=True)
    garantie = fields.Boolean(load_default=False)


class AvanceDemande(Demande):
    date_lancement = DateField(
        required=True, metadata={"example": "2026-02-02", "description": "date clé du régime"}
    )
    acheteur = fields.Enum(ClasseAcheteur, required=True, by_value=True)
    depenses_reelles_eur = MontantTexte(
        load_default=None,
        allow_none=True,
        metadata={"description": "dépenses réelles de fonctionnement, budget principal, N-2"},
    )
    titulaire_pme = fields.Boolean(load_default=False)
    montant_ht = MontantTexte(required=True)
    taux_tva = PartField(required=True, metadata={"example": "0.20"})
    duree_mois = MoisField(required=True)
    nature = fields.Enum(Forme, load_default=Forme.MARCHE, by_value=True)
    sous_traite_ht = MontantTexte(load_default=Montant.zero(), metadata={"example": "0"})
    politique = fields.Nested(PolitiqueDemande, load_default=None, allow_none=True)

    @ma.validates_schema
    def _verifier_sous_traitance(self, donnees: dict[str, Any], **_: Any) -> None:
        if donnees["sous_traite_ht"] > donnees["montant_ht"]:
            raise ma.ValidationError(
                "La part sous-traitée ne peut pas dépasser le montant.", "sous_traite_ht"
            )


class AvanceSchema(ma.Schema):
    obligatoire = fields.Boolean(required=True)
    taux = PartField(required=True)
    assiette_ttc = MontantTexte(required=True)
    montant = MontantTexte(required=True)
    garantie = fields.Boolean(required=True)
    motifs = fields.List(fields.String(), required=True)


class ResorptionDemande(Demande):
    date_lancement = DateField(required=True, metadata={"description": "date clé du régime"})
    montant_ttc = MontantTexte(
        required=True,
        zero=False,
        metadata={"description": "du marché, ou de la part du titulaire depuis 2026"},
    )
    avance = MontantTexte(required=True, metadata={"example": "6000.00"})
    taux_avance = PartField(required=True)
    fin = PartField(
        load_default=None,
        allow_none=True,
        metadata={"example": "0.80", "description": "clause du marché ; null : sans clause"},
    )
    executions_ttc_cumulees = Liste(
        MontantTexte(), required=True, maximum=EXECUTIONS_MAX, metadata={"example": ["60000.00"]}
    )

    @ma.validates_schema
    def _verifier(self, donnees: dict[str, Any], **_: Any) -> None:
        if donnees["avance"] > donnees["montant_ttc"]:
            raise ma.ValidationError("L’avance ne peut pas dépasser le montant.", "avance")
        executions = donnees["executions_ttc_cumulees"]
        for rang in range(1, len(executions)):
            if executions[rang] < executions[rang - 1]:
                raise ma.ValidationError(
                    {"executions_ttc_cumulees": {rang: ["Un cumul ne diminue jamais."]}}
                )


class RecuperationSchema(ma.Schema):
    execute_ttc = MontantTexte(required=True)
    cumul = MontantTexte(required=True)


class ResorptionSchema(ma.Schema):
    recuperations = fields.List(fields.Nested(RecuperationSchema), required=True)
