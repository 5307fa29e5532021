"""What the API takes and answers about contracts in force; quantities travel as strings."""

import marshmallow as ma
from marshmallow import fields

from services.groupement.api.schemas import Requete
from services.groupement.domain.modifications import Motif
from shared.web.fields import JourField, MontantField, QuantiteField


def _motif() -> fields.String:
    return fields.String(required=True, validate=ma.validate.Length(min=1, max=500))


class ClotureSchema(Requete):
    motif = _motif()
    quantite = QuantiteField(
        load_default=None, metadata={"description": "tout ce qui reste attendu, par défaut"}
    )


class LiberationSchema(ma.Schema):
    id = fields.UUID(required=True)
    commande_id = fields.UUID(required=True)
    genre = fields.String(required=True)
    quantite = QuantiteField(required=True)
    motif = fields.String(required=True)
    le = fields.AwareDateTime(required=True)


class NouveauTransfertSchema(Requete):
    contrat_ligne_id = fields.UUID(required=True)
    vers = fields.String(required=True, validate=ma.validate.Regexp(r"^\d{14}\Z"))
    quantite = QuantiteField(required=True, metadata={"example": "4"})
    motif = fields.String(load_default="", validate=ma.validate.Length(max=500))


class ReponseSchema(Requete):
    accepte = fields.Boolean(required=True, truthy={True}, falsy={False})


class TransfertSchema(ma.Schema):
    id = fields.UUID(required=True)
    contrat_ligne_id = fields.UUID(required=True)
    genre = fields.String(required=True)
    de_siret = fields.String(allow_none=True)
    vers_siret = fields.String(allow_none=True)
    quantite = QuantiteField(required=True)
    motif = fields.String(required=True)
    etat = fields.String(required=True)
    propose_le = fields.AwareDateTime(required=True)
    repondu_le = fields.AwareDateTime(allow_none=True)


class TransfertsSchema(ma.Schema):
    transferts = fields.List(fields.Nested(TransfertSchema), required=True)


class SubstitutionSchema(ma.Schema):
    id = fields.UUID(required=True)
    contrat_ligne_id = fields.UUID(required=True)
    article = fields.String(required=True)
    designation = fields.String(required=True)
    prix_unitaire_ht = QuantiteField(required=True)
    motif = fields.String(required=True)
    reponse_avant = fields.AwareDateTime(required=True)
    close_le = fields.AwareDateTime(allow_none=True)
    nouvelle_ligne_id = fields.UUID(allow_none=True)
    reponse = fields.String(allow_none=True, metadata={"description": "celle de l’organisation"})


class SubstitutionsSchema(ma.Schema):
    substitutions = fields.List(fields.Nested(SubstitutionSchema), required=True)


class LivraisonSchema(ma.Schema):
    reception_id = fields.UUID(required=True)
    commande_id = fields.UUID(required=True)
    genre = fields.String(required=True)
    article = fields.String(required=True)
    bon_livraison = fields.String(required=True)
    recue_le = JourField(required=True)
    quantite = QuantiteField(required=True, metadata={"description": "reçue par le groupe"})
    demande = QuantiteField(required=True)
    part = QuantiteField(required=True)
    explication = fields.String(required=True)


class LivraisonsSchema(ma.Schema):
    livraisons = fields.List(fields.Nested(LivraisonSchema), required=True)


class PrixSchema(Requete):
    contrat_ligne_id = fields.UUID(required=True)
    prix_unitaire_ht = QuantiteField(required=True, metadata={"example": "480"})
    effet_le = JourField(required=True)


class NouvelAvenantSchema(Requete):
    motif = fields.Enum(Motif, required=True)
    objet = _motif()
    signe_le = JourField(required=True)
    montant_ht = MontantField(load_default=None, positif=False)
    avis_cao_le = JourField(load_default=None)
    fin_le = JourField(load_default=None)
    prix = fields.List(
        fields.Nested(PrixSchema), load_default=list, validate=ma.validate.Length(max=200)
    )


class AvenantSchema(ma.Schema):
    id = fields.UUID(required=True)
    numero = fields.Integer(required=True)
    motif = fields.String(required=True)
    objet = fields.String(required=True)
    montant_ht = MontantField(required=True)
    signe_le = JourField(required=True)
    cumul_part = QuantiteField(required=True)
    avis_cao_le = JourField(allow_none=True)
    fin_le = JourField(allow_none=True)
    explication = fields.String(required=True)


class LigneMarcheSchema(ma.Schema):
    id = fields.UUID(required=True)
    article = fields.String(required=True)
    designation = fields.String(required=True)
    lieu = fields.String(required=True)
    conditionnement = fields.String(required=True)
    quantite = QuantiteField(required=True)
    prix_unitaire_ht = QuantiteField(required=True)
    remplace_id = fields.UUID(allow_none=True)


class MarcheSchema(ma.Schema):
    marche_id = fields.UUID(required=True)
    reference = fields.String(required=True)
    titulaire_nom = fields.String(required=True)
    montant_initial_ht = MontantField(required=True)
    montant_ht = MontantField(required=True)
    tolerance = QuantiteField(required=True)
    notifie_le = JourField(required=True)
    fin_le = JourField(required=True)
    lignes = fields.List(fields.Nested(LigneMarcheSchema), required=True)
    avenants = fields.List(fields.Nested(AvenantSchema), required=True)
