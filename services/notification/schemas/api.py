"""What the API reads and answers."""

import marshmallow as ma
from marshmallow import fields, validate

from services.notification.schemas.saisies import CourrielField
from shared.web.fields import MontantField


class AbonnementSchema(ma.Schema):
    """An alert asked through the API."""

    courriel = CourrielField(required=True, metadata={"format": "email"})
    nom = fields.String(load_default="", validate=validate.Length(max=120))
    cpv = fields.List(fields.String(), load_default=list, metadata={"example": ["3019"]})
    mots = fields.List(fields.String(), load_default=list, metadata={"example": ["papier"]})
    lieux = fields.List(fields.String(), load_default=list, metadata={"example": ["07"]})
    montant_min = MontantField(load_default=None, allow_none=True)
    montant_max = MontantField(load_default=None, allow_none=True)


class AccuseSchema(ma.Schema):
    """What the asker learns: never whether the address is known."""

    etat = fields.String(required=True)
    message = fields.String(required=True)


class FiltreSchema(ma.Schema):
    type = fields.String(load_default="")
    correlation_id = fields.String(load_default="")
    sujet = fields.String(load_default="")
    page = fields.Integer(load_default=1, validate=validate.Range(min=1))
    par = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))


class EvenementSchema(ma.Schema):
    """An event of the journal."""

    id = fields.UUID(required=True)
    type = fields.String(required=True)
    source = fields.String(required=True)
    subject = fields.String(required=True)
    sequence = fields.Integer(required=True)
    time = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    correlation_id = fields.String(required=True)
    causation_id = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)


class PageJournalSchema(ma.Schema):
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    par = fields.Integer(required=True)
    evenements = fields.List(fields.Nested(EvenementSchema), required=True)
