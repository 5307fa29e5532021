"""JSON of the cases; durations are in seconds, delays in days."""

import marshmallow as ma

from shared.web.fields import JourField, MontantField


class DetentionSchema(ma.Schema):
    """`au` is null while the case is still held."""

    detenteur = ma.fields.String(required=True)
    du = ma.fields.AwareDateTime(required=True)
    au = ma.fields.AwareDateTime(allow_none=True, required=True)
    secondes = ma.fields.Integer(required=True)


class FactureDAffaireSchema(ma.Schema):
    id = ma.fields.UUID(required=True)
    numero = ma.fields.String(required=True)
    etat = ma.fields.String(required=True)
    deposee_le = ma.fields.AwareDateTime(required=True)
    montant_ttc = MontantField(required=True)
    lien = ma.fields.String(required=True)


class AffaireSchema(ma.Schema):
    """`delai_vecu_jours`: from the first deposit to the money, or to today before it."""

    id = ma.fields.UUID(required=True)
    premier_depot_le = JourField(required=True)
    payee_le = JourField(allow_none=True, required=True)
    delai_reglementaire_jours = ma.fields.Integer(allow_none=True, required=True)
    delai_vecu_jours = ma.fields.Integer(required=True)
    factures = ma.fields.List(ma.fields.Nested(FactureDAffaireSchema), required=True)
    detentions = ma.fields.List(ma.fields.Nested(DetentionSchema), required=True)
