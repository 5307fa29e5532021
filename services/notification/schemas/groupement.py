"""What the life of the group says: needs not bought, conventions, orders that change, amounts."""

from marshmallow import fields

from services.notification.schemas.lecture import (
    Lu,
    MembreContacteLu,
    MembrePrevenuLu,
    OrganisationLue,
    texte,
)
from shared.web.fields import MontantField


class LigneRetireeLue(MembrePrevenuLu):
    designation = texte()
    lieu = texte()
    quantite_base = fields.Decimal(required=True)
    unite_base = texte()
    minimum = fields.Decimal(required=True)
    conditionnement = texte()


class AchatConsolideLu(Lu):
    """Older events name nobody to tell."""

    achat_id = fields.UUID(required=True)
    reference = texte()
    objet = fields.String()
    prevenus = fields.List(fields.Nested(LigneRetireeLue))


class ConventionLue(Lu):
    """The steps that change what members may do; `membres` are those to tell."""

    convention_id = fields.UUID(required=True)
    version = fields.Integer(required=True)
    nom = texte()
    coordonnateur = fields.Nested(OrganisationLue, required=True)
    le = fields.Date(required=True)
    motif = fields.String()
    suivante = fields.Integer(allow_none=True)
    membres = fields.List(fields.Nested(MembreContacteLu), required=True)


class AdhesionInviteeLue(Lu):
    convention_id = fields.UUID(required=True)
    nom = texte()
    coordonnateur = fields.Nested(OrganisationLue, required=True)
    membre = fields.Nested(OrganisationLue, required=True)
    courriel = texte(allow_none=True)


class EvaluationOuverteLue(Lu):
    marche_id = fields.UUID(required=True)
    marche_reference = texte()
    objet = texte()
    titulaire = fields.Nested(OrganisationLue, required=True)
    fin_le = fields.Date(required=True)
    membres = fields.List(fields.Nested(MembreContacteLu), required=True)


class CommandeLibereeLue(Lu):
    reference = texte()
    achat_id = fields.UUID(required=True)
    membre = fields.Nested(OrganisationLue, required=True)
    courriel = texte(allow_none=True)
    article = texte()
    genre = texte()
    quantite = fields.Decimal(required=True)
    conditionnement = texte()
    motif = texte()


class SurplusAttribueLu(Lu):
    achat_id = fields.UUID(required=True)
    membre = fields.Nested(OrganisationLue, required=True)
    courriel = texte(allow_none=True)
    article = texte()
    quantite = fields.Decimal(required=True)
    conditionnement = texte()
    motif = texte()


class ReponseCloseLue(MembrePrevenuLu):
    reponse = texte()
    quantite = fields.Decimal(required=True)


class SubstitutionCloseLue(Lu):
    achat_id = fields.UUID(required=True)
    objet = texte()
    ancienne_designation = texte()
    nouvelle_designation = texte()
    conditionnement = texte()
    reponses = fields.List(fields.Nested(ReponseCloseLue), required=True)


class PartDeFraisLue(MembrePrevenuLu):
    montant_ht = MontantField(required=True, positif=False)
    explication = texte()


class FraisPartagesLus(Lu):
    achat_id = fields.UUID(required=True)
    marche_reference = texte()
    genre = texte()
    montant_ht = MontantField(required=True, positif=False)
    motif = texte()
    parts = fields.List(fields.Nested(PartDeFraisLue), required=True)
