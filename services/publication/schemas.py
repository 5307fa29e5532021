"""Payloads in and out: events heard, searches, notices and contracts as JSON."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar, cast

import marshmallow as ma

from services.publication.champs import (
    CpvPrefixeField,
    InstantParisField,
    LieuField,
    TauxField,
    TexteField,
)
from services.publication.domain.achats import (
    AchatAbandonne,
    AchatEnvisage,
    AchatLance,
    LigneLancee,
    LotLance,
)
from services.publication.domain.consultation import Preparation
from services.publication.domain.recherche import Criteres, Etat, Tri
from services.publication.domain.valeurs import Organisation, Support
from shared.kernel.errors import ContractError
from shared.kernel.parametres import Nature
from shared.kernel.seuils import Publicite, TypeProcedure
from shared.web.fields import CpvField, JourField, MontantField, QuantiteField, SiretField
from shared.web.forms import CaseField
from shared.web.messages import en_dictionnaire

T = TypeVar("T")


class Lecture(ma.Schema, Generic[T]):
    """Base of what is read from an event: only the fields used here, as a value of the domain."""

    class Meta:
        unknown = ma.EXCLUDE

    construit: type[Any]

    @ma.post_load
    def construire(self, data: Mapping[str, Any], **_: Any) -> T:
        listes = {nom: tuple(v) if isinstance(v, list) else v for nom, v in data.items()}
        return cast("T", self.construit(**listes))

    @classmethod
    def lire(cls, data: Mapping[str, Any]) -> T:
        """Read a payload, or raise `ContractError` naming the faulty field."""
        try:
            return cast("T", cls().load(data))
        except ma.ValidationError as erreur:
            champs = en_dictionnaire(erreur.messages)
            raise ContractError(f"Contenu illisible : {champs}", champs=champs) from erreur


class OrganisationLue(Lecture[Organisation]):
    construit = Organisation
    siret = ma.fields.String(required=True)
    nom = ma.fields.String(required=True)


class AchatEnvisageLu(Lecture[AchatEnvisage]):
    construit = AchatEnvisage
    achat_id = ma.fields.UUID(required=True)
    objet = ma.fields.String(required=True)
    cpv = CpvField(required=True)
    nature = ma.fields.Enum(Nature, by_value=True, required=True)
    lieu = ma.fields.String(required=True)
    coordonnateur = ma.fields.Nested(OrganisationLue, required=True)
    montant_estime_ht = MontantField(required=True, allow_none=True)
    publication_prevue_le = JourField(required=True, allow_none=True)


class LigneLue(Lecture[LigneLancee]):
    construit = LigneLancee
    ligne_id = ma.fields.UUID(required=True)
    article = ma.fields.String(required=True)
    designation = ma.fields.String(required=True)
    unite_base = ma.fields.String(required=True)
    quantite_base = QuantiteField(required=True)
    conditionnement = ma.fields.String(required=True)
    quantite = QuantiteField(required=True)
    lieu = ma.fields.String(required=True)


class LotLu(Lecture[LotLance]):
    construit = LotLance
    numero = ma.fields.Integer(required=True)
    objet = ma.fields.String(required=True)
    cpv = CpvField(required=True)
    montant_estime_ht = MontantField(required=True)
    lignes = ma.fields.List(ma.fields.Nested(LigneLue), required=True)


class AchatLanceLu(Lecture[AchatLance]):
    construit = AchatLance
    achat_id = ma.fields.UUID(required=True)
    objet = ma.fields.String(required=True)
    cpv = CpvField(required=True)
    nature = ma.fields.Enum(Nature, by_value=True, required=True)
    lieu = ma.fields.String(required=True)
    montant_estime_ht = MontantField(required=True)
    procedure = ma.fields.Enum(TypeProcedure, by_value=True, required=True)
    publicite = ma.fields.Enum(Publicite, by_value=True, required=True)
    date_lancement = JourField(required=True)
    duree_mois = ma.fields.Integer(required=True)
    coordonnateur = ma.fields.Nested(OrganisationLue, required=True)
    contact = ma.fields.String(required=True)
    membres = ma.fields.List(ma.fields.Nested(OrganisationLue), required=True)
    avance_taux = ma.fields.Decimal(required=True)
    lots = ma.fields.List(
        ma.fields.Nested(LotLu), required=True, validate=ma.validate.Length(min=1)
    )


class AchatAbandonneLu(Lecture[AchatAbandonne]):
    construit = AchatAbandonne
    achat_id = ma.fields.UUID(required=True)
    motif = ma.fields.String(required=True)


class RechercheSchema(ma.Schema):
    """Criteria of a search, the same for the page, its exports and the API."""

    class Meta:
        unknown = ma.EXCLUDE

    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=200))
    cpv = CpvPrefixeField(load_default="")
    lieu = LieuField(load_default="")
    acheteur = SiretField(load_default="")
    nature = ma.fields.List(ma.fields.Enum(Nature, by_value=True), load_default=list)
    montant_min = MontantField(load_default=None)
    montant_max = MontantField(load_default=None)
    cloture_du = JourField(load_default=None)
    cloture_au = JourField(load_default=None)
    etat = ma.fields.Enum(Etat, by_value=True, load_default=Etat.OUVERTS)
    groupes = CaseField()
    tri = ma.fields.Enum(Tri, by_value=True, load_default=Tri.RECENTS)


def criteres(data: Mapping[str, Any]) -> Criteres:
    """Build the search from what `RechercheSchema` has read."""
    valeurs = {nom: valeur for nom, valeur in data.items() if nom in Criteres.__slots__}
    return Criteres(**valeurs, natures=tuple(data["nature"]))


class RechercheApiSchema(RechercheSchema):
    """The same with pages."""

    page = ma.fields.Integer(load_default=1, validate=ma.validate.Range(min=1, max=100_000))
    par = ma.fields.Integer(load_default=20, validate=ma.validate.Range(min=1, max=100))


class AvisNouveauSchema(ma.Schema):
    """A notice to publish. What is mandatory depends on the amount, and is decided by the law."""

    class Meta:
        unknown = ma.RAISE

    objet = ma.fields.String(required=True, validate=ma.validate.Length(min=3, max=300))
    cpv = CpvField(required=True)
    date_limite = InstantParisField(
        required=True, metadata={"type": "string", "format": "date-time"}
    )
    lieu = LieuField(required=True, validate=ma.validate.Length(min=1))
    contact = ma.fields.String(required=True, validate=ma.validate.Length(min=3, max=300))
    montant_estime_ht = MontantField(required=True)
    nature = ma.fields.Enum(Nature, by_value=True, load_default=None)
    description = TexteField(load_default="", validate=ma.validate.Length(max=20_000))
    criteres = TexteField(load_default="", validate=ma.validate.Length(max=5_000))
    modalites_remise = TexteField(load_default="", validate=ma.validate.Length(max=5_000))
    duree_mois = ma.fields.Integer(load_default=None, validate=ma.validate.Range(1, 1200))
    supports = ma.fields.List(ma.fields.Enum(Support, by_value=True), load_default=list)
    avance_taux = TauxField(load_default=None)


def preparation(data: Mapping[str, Any]) -> Preparation:
    """Build the preparation from what a form or the API has read."""
    connus = {nom: data[nom] for nom in Preparation.__slots__ if data.get(nom) is not None}
    return Preparation(**{**connus, "supports": tuple(data.get("supports", ()))})


class RectificationSchema(ma.Schema):
    """What changes in a notice (only the fields given), and why."""

    class Meta:
        unknown = ma.RAISE

    motif = ma.fields.String(required=True, validate=ma.validate.Length(min=3, max=2_000))
    objet = ma.fields.String(validate=ma.validate.Length(min=3, max=300))
    description = TexteField(validate=ma.validate.Length(max=20_000))
    lieu = LieuField()
    date_limite = InstantParisField(metadata={"type": "string", "format": "date-time"})
    contact = ma.fields.String(validate=ma.validate.Length(min=3, max=300))
    criteres = TexteField(validate=ma.validate.Length(max=5_000))
    modalites_remise = TexteField(validate=ma.validate.Length(max=5_000))
    duree_mois = ma.fields.Integer(validate=ma.validate.Range(1, 1200))
    supports = ma.fields.List(ma.fields.Enum(Support, by_value=True))


def modifications(data: Mapping[str, Any]) -> dict[str, Any]:
    """Fields to correct, as the domain compares them."""
    champs = {nom: valeur for nom, valeur in data.items() if nom != "motif"}
    if "supports" in champs:
        champs["supports"] = tuple(champs["supports"])
    return champs


class MotifSchema(ma.Schema):
    """The reason of a cancellation."""

    class Meta:
        unknown = ma.RAISE

    motif = ma.fields.String(required=True, validate=ma.validate.Length(min=3, max=2_000))
