"""The clauses of a convention in one JSONB column, checked by a schema on both ways."""

from typing import Any

import marshmallow as ma
from marshmallow import fields
from sqlalchemy import Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from services.groupement.domain.clauses import (
    ChargeRetrait,
    ChoixCao,
    Clauses,
    Coordination,
    RegleArrivee,
    Remuneration,
)
from services.groupement.domain.cles import Cle
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.partage_prevu import Plancher, Priorite
from services.groupement.domain.strategies import Strategie
from shared.web.fields import MontantField, QuantiteField

SUITES = ("coordinations", "evenements", "priorites", "planchers")


class CoordinationSchema(ma.Schema):
    """One exception to the default coordination."""

    coordonnateur = fields.String(required=True)
    mode = fields.Enum(ModeCoordination, required=True)
    famille = fields.String(required=True)
    cpv = fields.String(required=True)

    @ma.post_load
    def construire(self, lu: dict[str, Any], **_: Any) -> Coordination:
        return Coordination(**lu)


class PrioriteSchema(ma.Schema):
    """The class of one member, and why."""

    siret = fields.String(required=True)
    classe = fields.Integer(required=True)
    motif = fields.String(required=True)

    @ma.post_load
    def construire(self, lu: dict[str, Any], **_: Any) -> Priorite:
        return Priorite(**lu)


class PlancherSchema(ma.Schema):
    """What each member gets first of an article (of all, when it is empty)."""

    article = fields.String(required=True)
    quantite = QuantiteField(required=True, allow_none=True)
    pourcentage = QuantiteField(required=True, allow_none=True)

    @ma.post_load
    def construire(self, lu: dict[str, Any], **_: Any) -> Plancher:
        return Plancher(**lu)


class ClausesSchema(ma.Schema):
    """Every clause, each with its type; numbers are strings."""

    mode = fields.Enum(ModeCoordination, required=True)
    objet = fields.String(required=True)
    permanente = fields.Boolean(required=True)
    duree_mois = fields.Integer(required=True, allow_none=True)
    coordinations = fields.List(fields.Nested(CoordinationSchema), required=True)
    mode_par_achat = fields.Boolean(required=True)
    remuneration = fields.Enum(Remuneration, required=True)
    forfait_annuel = MontantField(required=True, allow_none=True)
    cle = fields.Enum(Cle, required=True)
    pourcentages = fields.Dict(keys=fields.String(), values=QuantiteField(zero=True), required=True)
    strategie = fields.Enum(Strategie, required=True)
    preavis_mois = fields.Integer(required=True)
    charge_retrait = fields.Enum(ChargeRetrait, required=True)
    arrivee = fields.Enum(RegleArrivee, required=True)
    cao = fields.Enum(ChoixCao, required=True)
    evenements = fields.List(fields.String(), required=True)
    delai_reponse_jours = fields.Integer(required=True)
    conciliation_jours = fields.Integer(required=True)
    tribunal = fields.String(required=True)
    mandat_epci = fields.Boolean(required=True)
    priorites = fields.List(fields.Nested(PrioriteSchema), required=True)
    planchers = fields.List(fields.Nested(PlancherSchema), required=True)

    @ma.post_load
    def construire(self, lu: dict[str, Any], **_: Any) -> Clauses:
        suites = {nom: tuple(lu[nom]) for nom in SUITES}
        return Clauses(**{**lu, **suites})


class ClausesType(TypeDecorator[Clauses]):
    """`Clauses` as JSONB: what does not respect the schema is neither written nor read."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: Clauses | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else ClausesSchema().dump(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Clauses | None:  # noqa: ARG002
        if value is None:
            return None
        clauses: Clauses = ClausesSchema().load(value)
        return clauses
