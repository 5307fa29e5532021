"""What only the buyer knows of a contract, asked for its open data."""

import marshmallow as ma

from services.paiement.domain import decp_listes as listes
from shared.web.fields import JourField, MontantField, QuantiteField, SiretField
from shared.web.forms import Form

OUI_NON = ("oui", "non")
COURT = ma.validate.Length(max=200)


def _un(valeurs: tuple[str, ...], libelle: str) -> ma.fields.String:
    choix = ma.validate.OneOf(valeurs, error="Choisissez une valeur de la liste.")
    return ma.fields.String(load_default=None, validate=choix, metadata={"libelle": libelle})


def _plusieurs(valeurs: tuple[str, ...], libelle: str) -> ma.fields.List[str]:
    choix = ma.validate.ContainsOnly(valeurs, error="Choisissez parmi les valeurs proposées.")
    return ma.fields.List(
        ma.fields.String(), load_default=list, validate=choix, metadata={"libelle": libelle}
    )


def _part(libelle: str) -> ma.fields.String:
    part = ma.validate.Regexp(r"^(0(\.\d{1,4})?|1(\.0{1,4})?)$", error="De 0 à 1, exemple : 0.25.")
    return ma.fields.String(load_default=None, validate=part, metadata={"libelle": libelle})


class DecpForm(Form):
    """Everything may be left for later: the page names what is missing."""

    identifiant = ma.fields.String(
        load_default=None,
        validate=ma.validate.Regexp(
            r"^[^&\"\\<\s,;]{1,16}$", error="16 caractères au plus, sans espace ni guillemet."
        ),
        metadata={"libelle": "Identifiant du marché"},
    )
    nature = _un(listes.NATURES, "Nature")
    procedure = _un(listes.PROCEDURES, "Procédure")
    techniques = _plusieurs(listes.TECHNIQUES, "Techniques d’achat")
    modalites = _plusieurs(listes.MODALITES, "Modalités d’exécution")
    id_accord_cadre = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(max=16),
        metadata={"libelle": "Identifiant de l’accord-cadre"},
    )
    innovant = _un(OUI_NON, "Marché innovant")
    ccag = _un(listes.CCAG, "CCAG")
    offres_recues = ma.fields.Integer(
        load_default=None,
        validate=ma.validate.Range(min=1, max=9_999, error="Au moins une offre."),
        metadata={"libelle": "Offres reçues"},
    )
    groupement_operateurs = _un(listes.GROUPEMENTS, "Groupement d’opérateurs")
    lieu_code = ma.fields.String(
        load_default=None, validate=ma.validate.Length(max=10), metadata={"libelle": "Code du lieu"}
    )
    lieu_type = _un(listes.LIEUX, "Type de code")
    types_prix = _plusieurs(listes.TYPES_PRIX, "Types de prix")
    forme_prix = _un(listes.FORMES_PRIX, "Forme du prix")
    sous_traitance = _un(OUI_NON, "Sous-traitance déclarée")
    sociales = _plusieurs(listes.SOCIALES, "Considérations sociales")
    environnementales = _plusieurs(listes.ENVIRONNEMENTALES, "Considérations environnementales")
    origine_ue = _part("Part de l’Union européenne")
    origine_france = _part("Part de France")


class ActeForm(Form):
    """A special act of subcontracting."""

    siret = SiretField(required=True, metadata={"libelle": "SIRET du sous-traitant"})
    nom = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Nom"})
    duree = QuantiteField(required=True, metadata={"libelle": "Durée en mois"})
    notifie_le = JourField(required=True, metadata={"libelle": "Notifié le"})
    montant_ht = MontantField(required=True, metadata={"libelle": "Montant HT"})
    variation = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf(listes.VARIATIONS),
        metadata={"libelle": "Variation du prix"},
    )

    @ma.validates("montant_ht")
    def _un_euro(self, valeur: object, **_: object) -> None:
        if not valeur:
            raise ma.ValidationError("Le montant doit être d’au moins un euro.")
