"""What the public simulations read and answer; every number is a text."""

from decimal import Decimal

import marshmallow as ma
from marshmallow import fields

from services.groupement.domain.allotissement import Decoupage, MotifLotUnique
from services.groupement.domain.repartition import Strategie
from shared.kernel.parametres import ClasseAcheteur, Nature
from shared.web.fields import CpvField, NombreField
from shared.web.ouverte import Demande, Liste, Texte

CPV = "^[0-9]{8}(-[0-9])?$"
PARTS_MAX = 10_000
ARTICLES_MAX = 1_000
BESOINS_MAX = 25_000
LIGNES_MAX = 5_000
CONDITIONNEMENTS_MAX = 50


class Element(ma.Schema):
    """Base of what a list of the body holds."""

    class Meta:
        unknown = ma.RAISE


def empreinte() -> fields.String:
    return fields.String(
        required=True,
        metadata={"description": "SHA-256 des entrées, quel que soit leur ordre"},
    )


class PartDemandeeSchema(Element):
    cle = Texte(required=True)
    poids = NombreField(required=True)
    classe = NombreField(
        decimales=0,
        zero=False,
        load_default=Decimal(1),
        metadata={"description": "priorite : 1 d’abord"},
    )
    plancher = NombreField(load_default=Decimal(), metadata={"description": "plancher"})
    quantite = NombreField(load_default=None, metadata={"description": "manuelle"})


class RepartitionDemande(Demande):
    total = NombreField(required=True, metadata={"example": "60"})
    quantum = NombreField(required=True, zero=False, metadata={"example": "1"})
    methode = fields.String(
        load_default="prorata",
        validate=ma.validate.OneOf([s.value.lower() for s in Strategie]),
    )
    motif = Texte(
        load_default="", minimum=0, maximum=500, metadata={"description": "manuelle : obligatoire"}
    )
    parts = Liste(PartDemandeeSchema, required=True, minimum=1, maximum=PARTS_MAX)


class PartSchema(ma.Schema):
    cle = fields.String(required=True)
    quantite = NombreField(required=True)
    exact = fields.String(required=True, metadata={"description": "part exacte, avant arrondi"})
    motif = fields.String(required=True)


class RepartitionSchema(ma.Schema):
    parts = fields.List(fields.Nested(PartSchema), required=True)
    total = NombreField(required=True)
    empreinte = empreinte()


class ArticleDemande(Element):
    code = Texte(required=True)
    cpv = CpvField(required=True, metadata={"pattern": CPV, "example": "30197630"})
    unite_base = Texte(required=True, metadata={"example": "feuille"})
    conditionnements = fields.Dict(
        keys=Texte(),
        values=NombreField(zero=False),
        load_default=dict,
        validate=ma.validate.Length(max=CONDITIONNEMENTS_MAX),
        metadata={"example": {"carton": "2500"}, "description": "contenance en unité de base"},
    )
    commande_par = Texte(load_default=None, allow_none=True, metadata={"example": "carton"})


class BesoinDemande(Element):
    id = Texte(required=True)
    membre = Texte(required=True)
    article = Texte(required=True)
    quantite = NombreField(required=True)
    unite = Texte(required=True)
    lieu = Texte(load_default=None, allow_none=True)
    tolerance = NombreField(load_default=Decimal())


class ConsolidationDemande(Demande):
    articles = Liste(ArticleDemande, required=True, minimum=1, maximum=ARTICLES_MAX)
    besoins = Liste(BesoinDemande, required=True, maximum=BESOINS_MAX)


class BesoinServiSchema(ma.Schema):
    besoin = fields.String(required=True)
    membre = fields.String(required=True)
    quantite = NombreField(required=True)
    servie = NombreField(required=True)


class LigneConsolideeSchema(ma.Schema):
    article = fields.String(required=True)
    lieu = fields.String(required=True)
    unite = fields.String(required=True, metadata={"description": "unité de base"})
    quantite = NombreField(required=True, metadata={"description": "somme des besoins"})
    commandee = NombreField(required=True, metadata={"description": "paquets entiers compris"})
    composition = fields.List(fields.Nested(BesoinServiSchema), required=True)


class ConsolidationSimuleeSchema(ma.Schema):
    lignes = fields.List(fields.Nested(LigneConsolideeSchema), required=True)
    empreinte = empreinte()


class LigneALotirDemande(Element):
    cle = Texte(required=True)
    cpv = CpvField(required=True, metadata={"pattern": CPV, "example": "30197630"})
    lieu = Texte(required=True)
    montant_ht = NombreField(required=True, decimales=2)


class LotsDemande(Demande):
    date_lancement = fields.Date(required=True, metadata={"description": "date clé des seuils"})
    nature = fields.Enum(Nature, required=True, by_value=True)
    acheteur = fields.Enum(ClasseAcheteur, load_default=ClasseAcheteur.COLLECTIVITE, by_value=True)
    decoupage = fields.String(
        required=True, validate=ma.validate.OneOf([d.value.lower() for d in Decoupage])
    )
    plafond = NombreField(load_default=None, decimales=2, zero=False)
    petits_lots = Liste(
        NombreField(decimales=0, zero=False),
        load_default=list,
        maximum=LIGNES_MAX,
        metadata={"description": "numéros des lots à passer en procédure adaptée"},
    )
    motif = fields.Enum(MotifLotUnique, load_default=None, by_value=True)
    precision = Texte(load_default="", minimum=0, maximum=500)
    lignes = Liste(LigneALotirDemande, required=True, minimum=1, maximum=LIGNES_MAX)


class LotSimuleSchema(ma.Schema):
    numero = NombreField(required=True)
    objet = fields.String(required=True)
    cpv = fields.String(required=True)
    montant_ht = fields.String(required=True)
    lignes = fields.List(fields.String(), required=True)
    conseil = fields.String(required=True, allow_none=True)


class PetitsLotsSchema(ma.Schema):
    applicable = fields.Boolean(required=True)
    eligibles = fields.List(NombreField(), required=True)
    cumul_max_ht = fields.String(required=True)
    choisis = fields.List(NombreField(), required=True)
    cumul_choisi_ht = fields.String(required=True)
    explication = fields.String(required=True)


class LotsSchema(ma.Schema):
    lots = fields.List(fields.Nested(LotSimuleSchema), required=True)
    total_ht = fields.String(required=True)
    procedure = fields.String(required=True)
    publicite = fields.String(required=True)
    explication = fields.String(required=True)
    petits_lots = fields.Nested(PetitsLotsSchema, required=True)
    empreinte = empreinte()


class BesoinDeLigneDemande(Element):
    membre = Texte(required=True)
    quantite = NombreField(required=True)


class LigneAttribueeDemande(Element):
    cle = Texte(required=True)
    quantite = NombreField(required=True)
    prix_unitaire_ht = NombreField(required=True)
    besoins = Liste(BesoinDeLigneDemande, required=True, minimum=1, maximum=PARTS_MAX)


class QuotasDemande(Demande):
    montant_ht = NombreField(required=True, decimales=2)
    lignes = Liste(LigneAttribueeDemande, required=True, minimum=1, maximum=ARTICLES_MAX)


class QuotaSimuleSchema(ma.Schema):
    ligne = fields.String(required=True)
    membre = fields.String(required=True)
    quantite = NombreField(required=True)
    exact = fields.String(required=True)
    montant_max_ht = fields.String(required=True)
    motif = fields.String(required=True)


class QuotasSimulesSchema(ma.Schema):
    quotas = fields.List(fields.Nested(QuotaSimuleSchema), required=True)
    total_ht = fields.String(required=True)
    empreinte = empreinte()


class HeuresDemande(Demande):
    montant_ht = NombreField(required=True, decimales=2, metadata={"example": "1000000"})
    part_main_oeuvre = NombreField(required=True, metadata={"example": "0.5"})
    effort = NombreField(required=True, metadata={"example": "0.05"})
    cout_horaire = NombreField(required=True, zero=False, metadata={"example": "30"})


class HeuresSchema(ma.Schema):
    heures = NombreField(required=True)
    exact = fields.String(required=True)
    motif = fields.String(required=True)
    empreinte = empreinte()
