"""JSON of purchasing cards: cards, receipts, statements, and the public simulation of a check."""

import marshmallow as ma

from services.paiement.domain.pointage import Ecart
from services.paiement.domain.programme import EtatCarte
from services.paiement.domain.releve import EtatLigne, EtatReleve, Issue, Niveau
from services.paiement.schemas.api import SANS_NUL, PaginationSchema
from services.paiement.schemas.simulations import DateField, Element, MontantTexte
from shared.web.fields import JourField, MontantField
from shared.web.ouverte import Demande, Liste, Texte

LONG = [ma.validate.Length(max=2000), SANS_NUL]


class CarteSchema(ma.Schema):
    """A card; `fin_numero` is all that is known of its number."""

    id = ma.fields.UUID(required=True)
    programme_id = ma.fields.UUID(required=True)
    porteur = ma.fields.String(required=True)
    fin_numero = ma.fields.String(required=True)
    expire_le = JourField(required=True)
    etat = ma.fields.String(required=True, validate=ma.validate.OneOf([*EtatCarte]))
    plafond_transaction = MontantField(required=True)
    plafond_periode = MontantField(required=True)
    plafond_fournisseur = MontantField(required=True)
    depense_periode = MontantField(required=True)


class CartesSchema(ma.Schema):
    total = ma.fields.Integer(required=True)
    cartes = ma.fields.List(ma.fields.Nested(CarteSchema), required=True)


class PieceSchema(ma.Schema):
    id = ma.fields.UUID(required=True)
    nature = ma.fields.String(required=True)
    nom = ma.fields.String(required=True)
    empreinte = ma.fields.String(required=True)
    deposee_le = ma.fields.AwareDateTime(required=True)


class ReleveSchema(ma.Schema):
    """A statement; `exceptions` lines wait in the queue, `a_decider` counts them too."""

    id = ma.fields.UUID(required=True)
    programme_id = ma.fields.UUID(required=True)
    numero = ma.fields.String(required=True)
    emetteur = ma.fields.String(required=True)
    du = JourField(required=True)
    au = JourField(required=True)
    total = MontantField(required=True)
    lignes = ma.fields.Integer(required=True)
    exceptions = ma.fields.Integer(required=True)
    a_decider = ma.fields.Integer(required=True)
    approuve = MontantField(required=True)
    conteste = MontantField(required=True)
    recu_le = JourField(required=True)
    echeance_le = JourField(required=True)
    etat = ma.fields.String(required=True, validate=ma.validate.OneOf([*EtatReleve]))


class LignesDemandees(PaginationSchema):
    etat = ma.fields.String(
        load_default="", validate=ma.validate.OneOf(["", *(e.value for e in EtatLigne)])
    )


class LigneReleveSchema(ma.Schema):
    """A line; its claim on the supplier's side was extinguished on `jour`."""

    rang = ma.fields.Integer(required=True)
    carte = ma.fields.String(required=True)
    autorisation = ma.fields.String(allow_none=True, required=True)
    jour = JourField(required=True)
    accepteur_siret = ma.fields.String(allow_none=True, required=True)
    accepteur_nom = ma.fields.String(required=True)
    montant_ttc = MontantField(required=True, positif=False)
    niveau = ma.fields.String(required=True, validate=ma.validate.OneOf([*Niveau]))
    operation_id = ma.fields.UUID(allow_none=True, required=True)
    etat = ma.fields.String(required=True, validate=ma.validate.OneOf([*EtatLigne]))
    ecarts = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf([*Ecart])), required=True)
    motif = ma.fields.String(allow_none=True, required=True)


class PageLignes(ma.Schema):
    total = ma.fields.Integer(required=True)
    page = ma.fields.Integer(required=True)
    pages = ma.fields.Integer(required=True)
    lignes = ma.fields.List(ma.fields.Nested(LigneReleveSchema), required=True)


class DecisionDemande(ma.Schema):
    """Approve or dispute a line, or record the issuer's answer with its `issue`."""

    class Meta:
        unknown = ma.RAISE

    decision = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["approuver", "contester", "repondre"])
    )
    motif = ma.fields.String(load_default="", validate=LONG)
    issue = ma.fields.Enum(Issue, by_value=True, load_default=None)

    @ma.validates_schema
    def _issue(self, donnees: dict[str, object], **_: object) -> None:
        if donnees["decision"] == "repondre" and donnees["issue"] is None:
            raise ma.ValidationError("Ce champ est obligatoire.", "issue")


class MarcheSimule(Element):
    reference = Texte(load_default="marché")
    travaux = ma.fields.Boolean(load_default=False)
    avance = ma.fields.Boolean(load_default=False)
    reste = MontantTexte(load_default=None, allow_none=True)


class LigneSimulee(Element):
    compte = ma.fields.String(required=True, validate=ma.validate.Regexp(r"^[0-9]{2,10}\Z"))
    reste = MontantTexte(required=True)


class CarteSimulee(Element):
    """A card, its ceilings and what it has already spent."""

    etat = ma.fields.Enum(EtatCarte, by_value=True, load_default=EtatCarte.ACTIVE)
    porteur_actif = ma.fields.Boolean(load_default=True)
    expire_le = DateField(load_default=None, allow_none=True)
    plafond_transaction = MontantTexte(required=True)
    plafond_periode = MontantTexte(required=True)
    plafond_fournisseur = MontantTexte(required=True)
    budget_annuel = MontantTexte(load_default=None, allow_none=True)
    depense_periode = MontantTexte(load_default="0")
    depense_fournisseur = MontantTexte(load_default="0")
    depense_annee = MontantTexte(load_default=None, allow_none=True)
    familles_exclues = Liste(
        ma.fields.String(validate=ma.validate.Regexp(r"^[0-9]{8}\Z")),
        maximum=100,
        load_default=list,
    )
    mcc_exclus = Liste(
        ma.fields.String(validate=ma.validate.Regexp(r"^[0-9]{4}\Z")),
        maximum=100,
        load_default=list,
    )


class OperationSimulee(Element):
    """An operation asked for; `le` is today when it is not given."""

    le = DateField(load_default=None, allow_none=True)
    montant = MontantTexte(required=True, zero=False)
    siret = ma.fields.String(
        load_default="91070001200016", validate=ma.validate.Regexp(r"^[0-9]{14}\Z")
    )
    fournisseur_reference = ma.fields.Boolean(load_default=True)
    cpv = ma.fields.String(
        load_default=None, allow_none=True, validate=ma.validate.Regexp(r"^[0-9]{8}\Z")
    )
    mcc = ma.fields.String(
        load_default=None, allow_none=True, validate=ma.validate.Regexp(r"^[0-9]{4}\Z")
    )
    sur_stock = ma.fields.Boolean(load_default=False)
    motif_travaux = Texte(load_default="", minimum=0, maximum=2000)
    marche = ma.fields.Nested(MarcheSimule, load_default=None, allow_none=True)
    ligne = ma.fields.Nested(LigneSimulee, load_default=None, allow_none=True)


class CarteDemande(Demande):
    carte = ma.fields.Nested(CarteSimulee, required=True)
    operation = ma.fields.Nested(OperationSimulee, required=True)


class ControleSimule(ma.Schema):
    nom = ma.fields.String(required=True)
    resultat = ma.fields.String(
        required=True, validate=ma.validate.OneOf(["respecte", "echec", "non_examine"])
    )
    explication = ma.fields.String(required=True)


class DecisionSimulee(ma.Schema):
    autorisee = ma.fields.Boolean(required=True)
    motif = ma.fields.String(allow_none=True, required=True)
    explication = ma.fields.String(required=True)
    controles = ma.fields.List(ma.fields.Nested(ControleSimule), required=True)
