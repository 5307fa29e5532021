"""A member's programme and the opportunities that follow, over JSON."""

import uuid
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields

from services.groupement import tables as t
from services.groupement.api.schemas import Requete
from services.groupement.domain.opportunites import EtatOpportunite
from services.groupement.domain.programmation import Projet, periode, reference_de
from services.groupement.queries import opportunites as lectures
from services.groupement.usecases.inscrire_prevision import inscrire_prevision, retirer_prevision
from shared.kernel.parametres import Nature
from shared.web.access import allow, current_user
from shared.web.context import reading, transaction
from shared.web.fields import CpvField, JourField, MontantField
from shared.web.stricte import BlueprintStrict

ACTEURS = ("api", "agent", "coordonnateur")
api = BlueprintStrict(
    "groupement_opportunites_api",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Programmation des membres et opportunités de grouper",
)


class NouvellePrevisionSchema(Requete):
    """Without `debut` and `fin`, the end of the running contract drives the period."""

    reference = fields.String(required=True, validate=ma.validate.Length(min=1, max=60))
    objet = fields.String(required=True, validate=ma.validate.Length(min=1, max=200))
    cpv = CpvField(required=True)
    nature = fields.Enum(Nature, load_default=Nature.FOURNITURES)
    lieu = fields.String(required=True, validate=ma.validate.Regexp(r"(?:\d{2}|2[AB])\d{0,3}$"))
    debut = JourField(load_default=None, allow_none=True)
    fin = JourField(load_default=None, allow_none=True)
    montant_estime_ht = MontantField(load_default=None, allow_none=True)
    fin_contrat_le = JourField(load_default=None, allow_none=True)


class PrevisionSchema(ma.Schema):
    id = fields.UUID(required=True)
    source = fields.String(required=True, metadata={"enum": ["saisie", "programme"]})
    reference = fields.String(required=True)
    objet = fields.String(required=True)
    cpv = fields.String(required=True)
    nature = fields.String(required=True)
    lieu = fields.String(required=True)
    debut = JourField(required=True)
    fin = JourField(required=True)
    montant_estime_ht = MontantField(allow_none=True)
    fin_contrat_le = JourField(allow_none=True)
    version = fields.Integer(required=True)


class PrevisionsSchema(ma.Schema):
    previsions = fields.List(fields.Nested(PrevisionSchema), required=True)


class OpportuniteSchema(ma.Schema):
    id = fields.UUID(required=True)
    etat = fields.String(required=True, metadata={"enum": [e.value for e in EtatOpportunite]})
    empreinte = fields.String(required=True)
    objet = fields.String(required=True)
    cpv = fields.String(required=True)
    nature = fields.String(required=True)
    lieu = fields.String(required=True)
    debut = JourField(required=True)
    fin = JourField(required=True)
    montant_estime_ht = MontantField(required=True)
    membres = fields.List(fields.Dict(), required=True)
    analyse = fields.Dict(required=True)
    motif = fields.String(allow_none=True)
    achat_id = fields.UUID(allow_none=True)


class OpportunitesSchema(ma.Schema):
    opportunites = fields.List(fields.Nested(OpportuniteSchema), required=True)


@api.get("/previsions")
@api.response(200, PrevisionsSchema)
@allow(*ACTEURS)
def previsions() -> dict[str, Any]:
    """Lister les achats prévus par l’organisation"""
    with reading() as session:
        return {"previsions": lectures.previsions(session, current_user().siret)}


@api.post("/previsions")
@api.arguments(NouvellePrevisionSchema)
@api.response(200, PrevisionSchema)
@allow(*ACTEURS)
def inscrire(voulue: Mapping[str, Any]) -> t.Prevision:
    """Inscrire un achat prévu, ou remplacer celui de même référence

    La référence tient lieu de clé d’idempotence : le même corps deux fois ne change rien.
    """
    debut, fin = periode(voulue["debut"], voulue["fin"], voulue["fin_contrat_le"])
    reference = reference_de(voulue["reference"], voulue["objet"])
    projet = Projet(**{**voulue, "debut": debut, "fin": fin, "reference": reference})
    with transaction() as uow:
        return inscrire_prevision(uow, current_user().siret, projet)


@api.delete("/previsions/<uuid:prevision_id>")
@api.response(204)
@allow(*ACTEURS)
def retirer(prevision_id: uuid.UUID) -> None:
    """Retirer un achat prévu"""
    with transaction() as uow:
        retirer_prevision(uow, current_user().siret, prevision_id)


@api.get("/opportunites")
@api.response(200, OpportunitesSchema)
@allow(*ACTEURS)
def opportunites() -> dict[str, Any]:
    """Lister les opportunités qui concernent l’organisation, avec leurs raisons"""
    with reading() as session:
        lues = session.scalars(lectures.opportunites(current_user().siret)).all()
    return {"opportunites": lues}
