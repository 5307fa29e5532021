"""JSON of the API; amounts are texts, dates are ISO 8601."""

import marshmallow as ma

from services.paiement.domain.carte import Motif
from services.paiement.domain.facture import Etat
from shared.web.fields import CpvField, JourField, MontantField, SiretField

SANS_NUL = ma.validate.Regexp(r"[^\x00]*\Z", error="Le caractère nul n’est pas permis.")


class PaginationSchema(ma.Schema):
    page = ma.fields.Integer(load_default=1, validate=ma.validate.Range(min=1))


class FacturesDemandees(PaginationSchema):
    """`etat`: a state, `a_traiter` or `toutes`."""

    etat = ma.fields.String(
        load_default="toutes",
        validate=ma.validate.OneOf(["a_traiter", "toutes", *(e.value for e in Etat)]),
    )
    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=80))


class OrganisationSchema(ma.Schema):
    siret = ma.fields.String(required=True)
    nom = ma.fields.String(required=True)


class AnomalieSchema(ma.Schema):
    regle = ma.fields.String(required=True)
    gravite = ma.fields.String(required=True)
    message = ma.fields.String(required=True)


class FactureSchema(ma.Schema):
    """An invoice as lists show it."""

    id = ma.fields.UUID(required=True)
    numero = ma.fields.String(required=True)
    etat = ma.fields.String(required=True)
    detenteur = ma.fields.String(required=True)
    depuis_le = ma.fields.AwareDateTime(required=True)
    fournisseur = ma.fields.Nested(OrganisationSchema, required=True)
    acheteur = ma.fields.Nested(OrganisationSchema, required=True)
    marche = ma.fields.String(allow_none=True, required=True)
    montant_ht = MontantField(required=True)
    montant_ttc = MontantField(required=True)
    a_payer = MontantField(required=True)
    emise_le = JourField(required=True)
    recue_le = JourField(required=True)
    depart_le = JourField(allow_none=True, required=True)
    echeance_le = JourField(allow_none=True, required=True)
    payee_le = JourField(allow_none=True, required=True)
    delai_jours = ma.fields.Integer(allow_none=True, required=True)
    jours_retard = ma.fields.Integer(allow_none=True, required=True)
    interets = MontantField(allow_none=True, required=True)
    indemnite = MontantField(allow_none=True, required=True)
    verdict = ma.fields.String(required=True)


class EtapeSchema(ma.Schema):
    libelle = ma.fields.String(required=True)
    le = JourField(required=True)
    phrase = ma.fields.String(required=True)
    reference = ma.fields.String(required=True)


class PassageSchema(ma.Schema):
    etat = ma.fields.String(required=True)
    detenteur = ma.fields.String(required=True)
    le = ma.fields.AwareDateTime(required=True)
    note = ma.fields.String(required=True)
    rang = ma.fields.Integer(required=True)
    code = ma.fields.Integer(
        allow_none=True, required=True, metadata={"description": "Statut de la réforme, 200 à 221"}
    )
    motif = ma.fields.String(allow_none=True, required=True)


class StatutsSchema(ma.Schema):
    """Who held the invoice since when, and how its deadline is computed."""

    passages = ma.fields.List(ma.fields.Nested(PassageSchema), required=True)
    horloge = ma.fields.List(ma.fields.Nested(EtapeSchema), required=True)


class FactureComplete(FactureSchema):
    syntaxe = ma.fields.String(required=True)
    profil = ma.fields.String(required=True)
    empreinte = ma.fields.String(required=True)
    motif_rejet = ma.fields.String(allow_none=True, required=True)
    motif_suspension = ma.fields.String(allow_none=True, required=True)
    credite = MontantField(required=True)
    conteste = MontantField(required=True)
    exigible = MontantField(required=True)
    paye = MontantField(required=True)
    trop_verse = MontantField(required=True)
    anomalies = ma.fields.List(ma.fields.Nested(AnomalieSchema), required=True)


class PageFactures(ma.Schema):
    total = ma.fields.Integer(required=True)
    page = ma.fields.Integer(required=True)
    pages = ma.fields.Integer(required=True)
    factures = ma.fields.List(ma.fields.Nested(FactureSchema), required=True)


class MarcheSchema(ma.Schema):
    id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    numero_engagement = ma.fields.String(required=True)
    objet = ma.fields.String(required=True)
    acheteur = ma.fields.Nested(OrganisationSchema, required=True)
    titulaire = ma.fields.Nested(OrganisationSchema, required=True)
    montant_ht = MontantField(required=True)
    montant_ttc = MontantField(required=True)
    montant_actuel_ht = MontantField(required=True)
    date_notification = JourField(required=True)
    fin_le = JourField(required=True)
    avance = MontantField(allow_none=True, required=True)
    avance_etat = ma.fields.String(allow_none=True, required=True)


class PageMarches(ma.Schema):
    total = ma.fields.Integer(required=True)
    page = ma.fields.Integer(required=True)
    pages = ma.fields.Integer(required=True)
    marches = ma.fields.List(ma.fields.Nested(MarcheSchema), required=True)


class DemandeOperation(ma.Schema):
    """An operation that a holder asks for; `marche` and `commande` are references."""

    class Meta:
        unknown = ma.RAISE

    accepteur_siret = SiretField(required=True)
    accepteur_nom = ma.fields.String(required=True, validate=[ma.validate.Length(1, 200), SANS_NUL])
    montant = MontantField(required=True)
    cpv = CpvField(load_default=None, allow_none=True)
    mcc = ma.fields.String(
        load_default=None, allow_none=True, validate=ma.validate.Regexp(r"^[0-9]{4}\Z")
    )
    marche = ma.fields.String(load_default=None, allow_none=True, validate=SANS_NUL)
    commande = ma.fields.String(load_default=None, allow_none=True, validate=SANS_NUL)
    compte = ma.fields.String(load_default=None, allow_none=True, validate=SANS_NUL)
    sur_stock = ma.fields.Boolean(load_default=False)
    motif_travaux = ma.fields.String(
        load_default="", validate=[ma.validate.Length(max=2000), SANS_NUL]
    )

    @ma.validates("montant")
    def _positif(self, valeur: object, **_: object) -> None:
        if not valeur:
            raise ma.ValidationError("Le montant doit être supérieur à zéro.")


class ControleSchema(ma.Schema):
    """`passe` is null for a check that was not needed."""

    nom = ma.fields.String(required=True)
    passe = ma.fields.Boolean(allow_none=True, required=True)
    explication = ma.fields.String(required=True)


class OperationSchema(ma.Schema):
    """`code` is what the issuer's statement must quote."""

    id = ma.fields.UUID(required=True)
    code = ma.fields.String(required=True)
    autorisee = ma.fields.Boolean(required=True)
    motif = ma.fields.String(
        allow_none=True,
        required=True,
        validate=ma.validate.OneOf([None, *(m.value for m in Motif)]),
    )
    explication = ma.fields.String(required=True)
    controles = ma.fields.List(ma.fields.Nested(ControleSchema), required=True)
    reste_periode = MontantField(required=True)
    le = ma.fields.AwareDateTime(required=True)
