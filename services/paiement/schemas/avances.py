"""Advances as the API shows them; amounts and shares are texts."""

import marshmallow as ma

from services.paiement.schemas.simulations import PartField
from shared.web.fields import JourField, MontantField


class PalierSchema(ma.Schema):
    part = PartField(required=True)
    execute_ttc = MontantField(required=True)
    cumul = MontantField(required=True)


class SommeRecupereeSchema(ma.Schema):
    piece = ma.fields.String(required=True)
    le = JourField(required=True)
    execute_ttc = MontantField(required=True)
    montant = MontantField(required=True)
    solde = ma.fields.Boolean(required=True)


class AvanceSuivieSchema(ma.Schema):
    """`cible` names the tranche or the order; empty for the whole contract."""

    id = ma.fields.UUID(required=True)
    forme = ma.fields.String(required=True)
    cible = ma.fields.String(required=True)
    etat = ma.fields.String(required=True)
    obligatoire = ma.fields.Boolean(required=True)
    garantie = ma.fields.Boolean(required=True)
    garantie_recue_le = JourField(required=True, allow_none=True)
    taux = PartField(required=True)
    assiette_ttc = MontantField(required=True)
    montant = MontantField(required=True)
    payable_avant_le = JourField(required=True)
    versee_le = JourField(required=True, allow_none=True)
    motifs = ma.fields.List(ma.fields.String(), required=True)
    rendu = MontantField(required=True)
    reste = MontantField(required=True)
    echeancier = ma.fields.List(ma.fields.Nested(PalierSchema), required=True)
    recuperations = ma.fields.List(ma.fields.Nested(SommeRecupereeSchema), required=True)


class AvancesSchema(ma.Schema):
    avances = ma.fields.List(ma.fields.Nested(AvanceSuivieSchema), required=True)
