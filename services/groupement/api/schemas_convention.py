"""What the API says of conventions; the clauses are those that the engine applies."""

import marshmallow as ma
from marshmallow import fields

from services.groupement.domain.cao import RegleCao
from services.groupement.domain.conventions import EtatAdhesion, EtatConvention
from services.groupement.tables.clauses import ClausesSchema
from shared.web.fields import JourField


class CommissionSchema(ma.Schema):
    regle = fields.Enum(RegleCao, required=True)
    titre = fields.String(required=True)
    explication = fields.String(required=True)
    composition = fields.List(fields.String(), required=True)


class MembreSchema(ma.Schema):
    siret = fields.String(required=True)
    nom = fields.String(required=True)
    forme = fields.String(required=True)
    etat = fields.String(required=True, metadata={"enum": [e.value for e in EtatAdhesion]})
    deliberation_le = JourField(allow_none=True)
    deliberation_numero = fields.String(allow_none=True)
    effet_le = JourField(allow_none=True)
    fin_le = JourField(allow_none=True)


class ConventionSchema(ma.Schema):
    id = fields.UUID(required=True)
    nom = fields.String(required=True)
    version = fields.Integer(required=True)
    etat = fields.String(required=True, metadata={"enum": [e.value for e in EtatConvention]})
    coordonnateur = fields.String(required=True)
    debut = JourField(allow_none=True)
    fin = JourField(allow_none=True)
    clauses = fields.Nested(ClausesSchema, required=True)
    commission = fields.Nested(CommissionSchema, required=True)
    membres = fields.List(fields.Nested(MembreSchema), required=True)


class ConventionsSchema(ma.Schema):
    conventions = fields.List(fields.Nested(ConventionSchema), required=True)
