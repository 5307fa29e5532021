"""Cuttings of a purchase into lots, over JSON."""

import marshmallow as ma
from marshmallow import fields

from services.groupement.api.schemas import Requete
from services.groupement.domain.allotissement import Decoupage, MotifLotUnique
from shared.web.fields import MontantField


class NouveauDecoupageSchema(Requete):
    methode = fields.Enum(Decoupage, required=True, by_value=True)
    plafond_ht = MontantField(
        load_default=None, metadata={"description": "le plus qu’un lot peut atteindre (MONTANT)"}
    )
    motif = fields.String(required=True, validate=ma.validate.Length(min=1, max=500))
    motif_lot_unique = fields.Enum(
        MotifLotUnique,
        load_default=None,
        by_value=True,
        metadata={"description": "cas légal, quand il ne reste qu’un lot"},
    )
    cloture_le = fields.AwareDateTime(
        load_default=None,
        metadata={"description": "fin des réponses, quand certaines sont redemandées"},
    )
    empreinte = fields.String(
        load_default=None,
        metadata={"description": "celle de la consolidation lue, pour refuser si elle a changé"},
    )


class LotNommeSchema(ma.Schema):
    numero = fields.Integer(required=True)
    objet = fields.String(required=True)
    cpv = fields.String(required=True)


class DecoupageSchema(ma.Schema):
    numero = fields.Integer(required=True)
    methode = fields.String(required=True)
    plafond_ht = MontantField(allow_none=True)
    motif = fields.String(required=True)
    motif_lot_unique = fields.String(allow_none=True)
    lots_avant = fields.List(fields.Nested(LotNommeSchema), required=True)
    lots = fields.List(fields.Nested(LotNommeSchema), required=True)
    redemandees = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.Integer()),
        required=True,
        metadata={"description": "SIRET du membre : les lots où sa réponse est redemandée"},
    )
    recensement = fields.Integer(
        allow_none=True, metadata={"description": "l’appel où ces réponses sont attendues"}
    )
    fait_le = fields.AwareDateTime(required=True)


class DecoupagesSchema(ma.Schema):
    decoupages = fields.List(fields.Nested(DecoupageSchema), required=True)
