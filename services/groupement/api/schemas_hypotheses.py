"""What-ifs over JSON: hypotheses in, two consolidations side by side out."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.groupement.api.schemas import Requete
from services.groupement.domain import hypotheses as h
from shared.web.fields import MontantField, QuantiteField

MAX_HYPOTHESES, MAX_BESOINS = 50, 2000
TEXTE = validate.Length(min=1, max=200)
MANQUE = "Ce champ est obligatoire pour ce type d’hypothèse."


class BesoinPrevuSchema(Requete):
    article = fields.String(required=True, validate=TEXTE)
    lieu = fields.String(required=True, validate=TEXTE)
    quantite = QuantiteField(required=True, zero=True, metadata={"example": "12"})
    unite = fields.String(required=True, validate=TEXTE)
    tolerance = QuantiteField(load_default=Decimal, zero=True, metadata={"example": "0"})

    @ma.post_load
    def construire(self, lu: dict[str, Any], **_: Any) -> h.BesoinPrevu:
        return h.BesoinPrevu(**lu)


_FORMES: Mapping[str, tuple[Sequence[str], Callable[..., h.Hypothese]]] = {
    "retirer_membre": (("siret",), h.RetirerMembre),
    "ajouter_membre": (
        ("siret", "besoins"),
        lambda siret, besoins: h.AjouterMembre(siret, tuple(besoins)),
    ),
    "separer_par_lieu": ((), h.SeparerParLieu),
    "regrouper_lots": (("lots",), lambda lots: h.RegrouperLots(tuple(lots))),
    "changer_conditionnement": (("article", "conditionnement"), h.ChangerConditionnement),
    "changer_quantite": (("siret", "besoin"), h.ChangerQuantite),
}


class HypotheseSchema(Requete):
    """One hypothesis; which fields it takes follows from `type`."""

    type = fields.String(required=True, validate=validate.OneOf(list(_FORMES)))
    siret = fields.String(validate=validate.Regexp(r"^\d{14}$"))
    besoins = fields.List(
        fields.Nested(BesoinPrevuSchema), validate=validate.Length(min=1, max=MAX_BESOINS)
    )
    besoin = fields.Nested(BesoinPrevuSchema)
    lots = fields.List(
        fields.Integer(validate=validate.Range(1, 999)), validate=validate.Length(min=2, max=99)
    )
    article = fields.String(validate=TEXTE)
    conditionnement = fields.String(validate=TEXTE)

    @ma.post_load
    def construire(self, lu: dict[str, Any], **_: Any) -> h.Hypothese:
        attendus, forme = _FORMES[lu.pop("type")]
        erreurs = {nom: [MANQUE] for nom in attendus if nom not in lu}
        erreurs |= {nom: ["Ce champ n’a pas de sens ici."] for nom in lu if nom not in attendus}
        if erreurs:
            raise ma.ValidationError(erreurs)
        return forme(*(lu[nom] for nom in attendus))


class HypothesesSchema(Requete):
    hypotheses = fields.List(
        fields.Nested(HypotheseSchema),
        required=True,
        validate=validate.Length(min=1, max=MAX_HYPOTHESES),
    )


class DetailQuery(Requete):
    detail = fields.Integer(
        load_default=20,
        validate=validate.Range(0, 1000),
        metadata={"description": "nombre de lignes, de parts et de besoins détaillés au plus"},
    )


class LotBilanSchema(ma.Schema):
    numero = fields.Integer(required=True)
    objet = fields.String(required=True)
    cpv = fields.String(required=True)
    montant_estime_ht = MontantField(required=True)
    lignes = fields.Integer(required=True)


class BilanSchema(ma.Schema):
    montant_estime_ht = MontantField(required=True)
    procedure = fields.String(required=True)
    publicite = fields.String(required=True)
    explication = fields.String(required=True)
    empreinte = fields.String(required=True)
    lots = fields.List(fields.Nested(LotBilanSchema), required=True)


class CoteSchema(ma.Schema):
    lot = fields.Integer(required=True)
    quantite_base = QuantiteField(required=True)
    conditionnement = fields.String(required=True)
    quantite = QuantiteField(required=True)
    non_affecte_base = QuantiteField(required=True)
    montant_ht = MontantField(required=True)


class EcartLigneSchema(ma.Schema):
    article = fields.String(required=True)
    lieu = fields.String(required=True)
    unite_base = fields.String(required=True)
    avant = fields.Nested(CoteSchema, allow_none=True)
    apres = fields.Nested(CoteSchema, allow_none=True)


class EcartPartSchema(ma.Schema):
    article = fields.String(required=True)
    lieu = fields.String(required=True)
    unite_base = fields.String(required=True)
    avant = QuantiteField(required=True)
    apres = QuantiteField(required=True)
    ecart = QuantiteField(required=True)


class EcartMembreSchema(ma.Schema):
    siret = fields.String(required=True)
    avant_ht = MontantField(required=True, attribute="avant")
    apres_ht = MontantField(required=True, attribute="apres")
    ecart_ht = MontantField(required=True, attribute="ecart")
    parts_changees = fields.Integer(required=True)
    parts = fields.List(fields.Nested(EcartPartSchema), required=True)


class SimulationSchema(ma.Schema):
    phrase = fields.String(required=True)
    ecart_ht = MontantField(required=True)
    avant = fields.Nested(BilanSchema, required=True)
    apres = fields.Nested(BilanSchema, required=True)
    membres = fields.List(fields.Nested(EcartMembreSchema), required=True)
    lignes_changees = fields.Integer(required=True)
    lignes = fields.List(fields.Nested(EcartLigneSchema), required=True)
    besoins_changes = fields.Integer(required=True)
    besoins = fields.List(fields.String(), required=True)
