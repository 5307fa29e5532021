"""What the API answers; amounts and quantities travel as strings."""

import marshmallow as ma
from marshmallow import fields

from shared.web.fields import MontantField, QuantiteField


class Requete(ma.Schema):
    """Base of what comes in: an unknown field is an error."""

    class Meta:
        unknown = ma.RAISE


class PageQuery(Requete):
    page = fields.Integer(load_default=1, validate=ma.validate.Range(min=1))
    par = fields.Integer(load_default=20, validate=ma.validate.Range(min=1, max=100))


class FluxQuery(Requete):
    apres = fields.Integer(load_default=0, validate=ma.validate.Range(min=0))
    limite = fields.Integer(load_default=100, validate=ma.validate.Range(min=1, max=500))


class AchatQuery(PageQuery):
    etat = fields.String(load_default=None)


class AchatFiltre(Requete):
    achat_id = fields.UUID(load_default=None)


class AccuseSchema(ma.Schema):
    id = fields.UUID(required=True)
    etat = fields.String(required=True)


class SortSchema(ma.Schema):
    id = fields.UUID(required=True)
    type = fields.String(required=True)
    etat = fields.String(
        required=True, metadata={"enum": ["recue", "acceptee", "refusee", "en_panne"]}
    )
    recu_le = fields.AwareDateTime(required=True)
    reponse = fields.Dict(allow_none=True, metadata={"description": "CloudEvent de la réponse"})


class FluxSchema(ma.Schema):
    evenements = fields.List(fields.Dict(), required=True)
    suivant = fields.Integer(required=True, metadata={"description": "à passer dans apres"})


class ArticleSchema(ma.Schema):
    code = fields.String(required=True)
    designation = fields.String(required=True)
    lot = fields.Integer(required=True)
    cpv = fields.String(required=True)
    lots_par_lieu = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "les lieux où l’article relève d’un autre lot"},
    )
    unite_base = fields.String(required=True)
    prix_estime_ht = QuantiteField(required=True)
    conditionnements = fields.List(fields.Dict(), required=True)
    conditionnement_achat = fields.String(required=True)
    minimum = QuantiteField(
        allow_none=True, metadata={"description": "minimum du fournisseur, par lieu"}
    )


class AchatResumeSchema(ma.Schema):
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    objet = fields.String(required=True)
    famille = fields.String(required=True)
    cpv = fields.String(required=True)
    nature = fields.String(required=True)
    etat = fields.String(required=True)
    recensement = fields.Integer(required=True)
    cloture_le = fields.AwareDateTime(allow_none=True)
    montant_estime_ht = MontantField(allow_none=True)


class AchatSchema(AchatResumeSchema):
    lieu = fields.String(required=True)
    coordonnateur = fields.String(required=True)
    convention_id = fields.UUID(required=True)
    duree_mois = fields.Integer(required=True)
    lance_le = fields.AwareDateTime(allow_none=True)
    articles = fields.List(fields.Nested(ArticleSchema), required=True)


class AchatsSchema(ma.Schema):
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    achats = fields.List(fields.Nested(AchatResumeSchema), required=True)


class CompositionSchema(ma.Schema):
    besoin_id = fields.UUID(required=True)
    siret = fields.String(required=True)
    quantite_base = QuantiteField(required=True)
    complement_base = QuantiteField(required=True)
    besoin_version = fields.Integer(required=True)


class LigneSchema(ma.Schema):
    id = fields.UUID(required=True)
    lot = fields.Integer(required=True)
    article = fields.String(required=True)
    designation = fields.String(required=True)
    lieu = fields.String(required=True)
    unite_base = fields.String(required=True)
    quantite_base = QuantiteField(required=True)
    conditionnement = fields.String(required=True)
    quantite = QuantiteField(required=True)
    non_affecte_base = QuantiteField(required=True)
    montant_estime_ht = MontantField(required=True)
    compositions = fields.List(
        fields.Nested(CompositionSchema), required=True, data_key="composition"
    )


class LotSchema(ma.Schema):
    numero = fields.Integer(required=True)
    objet = fields.String(required=True)
    cpv = fields.String(required=True)
    montant_estime_ht = MontantField(required=True)
    lignes = fields.List(fields.Nested(LigneSchema), required=True)


class ConsolidationSchema(ma.Schema):
    id = fields.UUID(required=True)
    numero = fields.Integer(required=True)
    recensement = fields.Integer(required=True)
    empreinte = fields.String(required=True)
    montant_estime_ht = MontantField(required=True)
    procedure = fields.String(required=True)
    publicite = fields.String(required=True)
    explication = fields.String(required=True)
    faite_le = fields.AwareDateTime(required=True)
    lots = fields.List(fields.Nested(LotSchema), required=True)


class BesoinSchema(ma.Schema):
    id = fields.UUID(required=True)
    achat_id = fields.UUID(required=True)
    article = fields.String(required=True)
    lieu = fields.String(required=True)
    quantite = QuantiteField(required=True)
    unite = fields.String(required=True)
    tolerance = QuantiteField(required=True)
    quantite_base = QuantiteField(required=True)
    version = fields.Integer(required=True)
    canal = fields.String(required=True)
    declare_le = fields.AwareDateTime(required=True)
    souhaite_du = fields.Date(allow_none=True)
    souhaite_au = fields.Date(allow_none=True)
    imputation = fields.String(allow_none=True)
    motif = fields.String(allow_none=True)


class BesoinsSchema(ma.Schema):
    besoins = fields.List(fields.Nested(BesoinSchema), required=True)


class BesoinSuiviSchema(BesoinSchema):
    etat = fields.String(required=True)
    achat_reference = fields.String(required=True)
    ligne_id = fields.UUID(allow_none=True)
    lot = fields.Integer(allow_none=True)
    prix_estime_ht = QuantiteField(required=True)
    montant_estime_ht = MontantField(required=True)
    prix_unitaire_ht = QuantiteField(allow_none=True)
    conditionnement = fields.String(allow_none=True)


class QuotaSchema(ma.Schema):
    id = fields.UUID(required=True)
    achat_id = fields.UUID(required=True)
    marche_id = fields.UUID(required=True)
    marche_reference = fields.String(required=True)
    article = fields.String(required=True)
    lieu = fields.String(required=True)
    conditionnement = fields.String(required=True)
    prix_unitaire_ht = QuantiteField(required=True)
    quantite = QuantiteField(required=True)
    commande = QuantiteField(required=True)
    recu = QuantiteField(required=True)
    reste = QuantiteField(required=True)
    montant_max_ht = MontantField(required=True)


class QuotasSchema(ma.Schema):
    quotas = fields.List(fields.Nested(QuotaSchema), required=True)


class NouvelleCommandeSchema(Requete):
    achat_id = fields.UUID(required=True)
    article = fields.String(required=True, validate=ma.validate.Length(min=1, max=100))
    quantite = QuantiteField(required=True, metadata={"example": "12"})
    lieu = fields.String(load_default=None, validate=ma.validate.Length(min=1, max=200))


class AnnulationSchema(Requete):
    motif = fields.String(required=True, validate=ma.validate.Length(min=1, max=500))


class CommandeSchema(ma.Schema):
    id = fields.UUID(required=True)
    reference = fields.String(required=True)
    etat = fields.String(required=True)
    achat_id = fields.UUID(required=True)
    marche_id = fields.UUID(required=True)
    article = fields.String(required=True)
    lieu = fields.String(required=True)
    conditionnement = fields.String(required=True)
    quantite = QuantiteField(required=True)
    prix_unitaire_ht = QuantiteField(required=True)
    montant_ht = MontantField(required=True)
    passee_le = fields.AwareDateTime(required=True)
    annulee_le = fields.AwareDateTime(allow_none=True)


class CommandesSchema(ma.Schema):
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    pages = fields.Integer(required=True)
    commandes = fields.List(fields.Nested(CommandeSchema), required=True)
