"""JSON of certificates: the public simulation, and those of a contract."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

from services.paiement.domain.decompte import Genre
from services.paiement.schemas.api import SANS_NUL, OrganisationSchema
from services.paiement.schemas.simulations import (
    DateField,
    Element,
    MontantTexte,
    PartField,
)
from services.paiement.usecases.decomptes import NouveauDecompte
from shared.kernel.montant import Montant
from shared.web.fields import JourField, MontantField
from shared.web.ouverte import Demande, Liste, Texte

ZERO = Montant.zero()
SOUS_TRAITANTS_MAX = 100


def _montant(description: str = "", **kwargs: Any) -> MontantTexte:
    metadata = {"description": description} if description else {}
    return MontantTexte(metadata=metadata, **kwargs)


class RetenueDemande(Element):
    taux = PartField(required=True)
    retenu = _montant("déjà retenu", load_default=ZERO)
    plafond = _montant("taux × (initial + avenants) TTC si absent", load_default=None)
    remplacee = fields.Boolean(load_default=False)


class AvanceADeduire(Element):
    montant = _montant("versé", required=True)
    taux = PartField(required=True, metadata={"description": "taux de l’avance"})
    fin = PartField(
        load_default=None, allow_none=True, metadata={"description": "clause du marché"}
    )
    rembourse = _montant("déjà remboursé", load_default=ZERO)


class SousTraitantDemande(Element):
    nom = Texte(required=True)
    montant_ttc = _montant(required=True)


class AcompteDemande(Demande):
    """The contract before the certificate, then what the period brings."""

    date_lancement = DateField(required=True, metadata={"description": "date clé du régime"})
    montant_ht = _montant("initial", required=True)
    avenants_ht = _montant(load_default=ZERO)
    taux_tva = PartField(required=True)
    cumul_ht = _montant("prestations déjà décomptées, aux prix de base", load_default=ZERO)
    retenue = fields.Nested(RetenueDemande, load_default=None, allow_none=True)
    avance = fields.Nested(AvanceADeduire, load_default=None, allow_none=True)
    travaux_ht = _montant("de la période, aux prix de base", required=True)
    revision_ht = _montant(load_default=ZERO)
    primes_ht = _montant(load_default=ZERO)
    penalites = _montant(load_default=ZERO)
    sous_traitants = Liste(SousTraitantDemande, maximum=SOUS_TRAITANTS_MAX, load_default=list)
    solde = fields.Boolean(load_default=False)


class LigneSchema(ma.Schema):
    code = fields.String(required=True)
    libelle = fields.String(required=True)
    formule = fields.String(required=True)
    montant = MontantTexte(required=True, metadata={"pattern": r"^-?[0-9]+\.[0-9]{2}$"})
    phrase = fields.String(required=True)


class AcompteSchema(ma.Schema):
    lignes = fields.List(fields.Nested(LigneSchema), required=True)
    net = MontantTexte(required=True, metadata={"pattern": r"^-?[0-9]+\.[0-9]{2}$"})
    avertissements = fields.List(fields.String(), required=True)


class PartDirecteDemande(Element):
    id = fields.UUID(required=True)
    montant_ttc = MontantField(required=True)


class DecompteDemande(Demande):
    """A certificate to prepare; amounts may be negative in a correction."""

    genre = fields.Enum(Genre, by_value=True, load_default=Genre.ACOMPTE)
    du = DateField(required=True)
    au = DateField(required=True)
    travaux_ht = MontantField(positif=False, load_default=ZERO)
    revision_ht = MontantField(positif=False, load_default=ZERO)
    primes_ht = MontantField(positif=False, load_default=ZERO)
    penalites = MontantField(positif=False, load_default=ZERO)
    restituer = fields.Boolean(load_default=False)
    objet = fields.String(load_default="", validate=[ma.validate.Length(max=2000), SANS_NUL])
    sous_traitants = Liste(PartDirecteDemande, maximum=SOUS_TRAITANTS_MAX, load_default=list)

    @ma.post_load
    def _construire(self, donnees: dict[str, Any], **_: Any) -> NouveauDecompte:
        directs = {part["id"]: part["montant_ttc"] for part in donnees.pop("sous_traitants")}
        return NouveauDecompte(**donnees, sous_traitants=directs)


class DecompteSchema(ma.Schema):
    """A certificate as lists show it."""

    id = fields.UUID(required=True)
    numero = fields.Integer(required=True)
    genre = fields.String(required=True)
    etat = fields.String(required=True)
    du = JourField(required=True)
    au = JourField(required=True)
    ttc = MontantField(required=True)
    retenue = MontantField(required=True)
    avance = MontantField(required=True)
    sous_traitants_ttc = MontantField(required=True)
    penalites = MontantField(required=True)
    net = MontantField(required=True)


class DecompteComplet(DecompteSchema):
    marche = fields.String(required=True, attribute="marche.reference")
    titulaire = fields.Nested(OrganisationSchema, required=True)
    objet = fields.String(required=True)
    lignes = fields.List(fields.Nested(LigneSchema), required=True)
    avertissements = fields.List(fields.String(), required=True)


class DecomptesSchema(ma.Schema):
    decomptes = fields.List(fields.Nested(DecompteSchema), required=True)
