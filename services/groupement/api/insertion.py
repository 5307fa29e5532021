"""Insertion hours over JSON: the banks, and declarations for the firm."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from services.groupement import tables as t
from services.groupement.api.schemas import Requete
from services.groupement.domain.banque_heures import EtatHeures
from services.groupement.domain.declarations_insertion import (
    ContratTravail,
    Declaration,
    Preuve,
    Public,
)
from services.groupement.queries import insertion as lectures
from services.groupement.usecases.declarer_heures import declarer_heures
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.fields import JourField, MontantField, QuantiteField
from shared.web.idempotence import idempotent
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "groupement_insertion_api",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Heures d’insertion",
)


class DeclarationHeuresSchema(Requete):
    """Hours of one person over one period; `personne` is the firm’s own code, never a name."""

    marche_id = fields.UUID(required=True)
    personne = fields.String(
        required=True, validate=validate.Length(min=4, max=20), metadata={"example": "INS-0042"}
    )
    public = fields.Enum(Public, required=True)
    contrat_travail = fields.Enum(ContratTravail, required=True)
    preuve = fields.Enum(Preuve, required=True)
    preuve_reference = fields.String(required=True, validate=validate.Length(min=1, max=60))
    debut = JourField(required=True, metadata={"format": "date"})
    fin = JourField(required=True, metadata={"format": "date"})
    heures = QuantiteField(required=True, metadata={"example": "35"})


class HeuresInsertionSchema(Schema):
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    marche_id = fields.UUID(required=True)
    debut = JourField(required=True)
    fin = JourField(required=True)
    heures = QuantiteField(required=True)
    coefficient = QuantiteField(required=True)
    comptees = QuantiteField(required=True, metadata={"description": "heures × coefficient"})
    etat = fields.String(required=True, metadata={"enum": [e.value for e in EtatHeures]})


class MarcheInsertionSchema(Schema):
    marche_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    heures_dues = fields.Integer(required=True)
    heures_propres = QuantiteField(required=True)
    heures_venues_d_ailleurs = QuantiteField(required=True)
    mutualisable = fields.Boolean(required=True)
    prevision = fields.String(allow_none=True, required=True)
    penalite_prevue = MontantField(required=True)


class BanqueHeuresSchema(Schema):
    siret = fields.String(required=True)
    nom = fields.String(required=True)
    dues = fields.Integer(required=True)
    engagees = QuantiteField(required=True)
    realisees = QuantiteField(required=True)
    disponibles = QuantiteField(required=True)
    marches = fields.List(fields.Nested(MarcheInsertionSchema), required=True)


class BanquesHeuresSchema(Schema):
    total = fields.Integer(required=True)
    banques = fields.List(fields.Nested(BanqueHeuresSchema), required=True)


@api.get("/insertion/banques")
@api.response(200, BanquesHeuresSchema)
@allow("api", "agent", "coordonnateur", "entreprise")
def banques() -> dict[str, Any]:
    """Lister les banques d’heures d’insertion, une par entreprise"""
    jour = context().clock.today()
    with reading() as session:
        lues = lectures.banques(
            session, current_user().siret, jour, entreprise=current_user().entreprise
        )
        return {"total": len(lues), "banques": [_banque(lue) for lue in lues]}


def _banque(lue: lectures.Banque) -> dict[str, Any]:
    chiffres = ("siret", "nom", "dues", "engagees", "realisees", "disponibles")
    return {c: getattr(lue, c) for c in chiffres} | {"marches": [_marche(m) for m in lue.marches]}


def _marche(m: lectures.MarcheDeBanque) -> dict[str, Any]:
    return {
        "marche_id": m.contrat.marche_id,
        "reference": m.contrat.reference,
        "heures_dues": m.clause.heures_dues,
        "heures_propres": m.propres,
        "heures_venues_d_ailleurs": m.venues_d_ailleurs,
        "mutualisable": m.clause.mutualisable,
        "prevision": m.prevision.phrase if m.prevision else None,
        "penalite_prevue": m.penalite,
    }


@api.post("/insertion/heures")
@idempotent
@api.arguments(DeclarationHeuresSchema)
@api.response(201, HeuresInsertionSchema)
@allow("api", "coordonnateur", "entreprise")
def declarer(demande: Mapping[str, Any]) -> t.HeuresInsertion:
    """Déclarer des heures d’insertion, pour l’entreprise titulaire

    Réservé au titulaire du marché et au coordonnateur de l’achat. Les heures comptent une fois
    validées. Refus 409 `heures_deja_declarees` quand la personne est déjà comptée ces jours-là.
    """
    with transaction() as uow:
        lectures.exiger_declarable(uow.session, demande["marche_id"], current_user().siret)
        declaration = Declaration.saisie(demande)
        return declarer_heures(uow, demande["marche_id"], declaration, context().parametres)
