"""What the API writes."""

import marshmallow as ma

from services.publication.champs import TauxField
from services.publication.domain.programme import EtatProgramme
from services.publication.presentation import EtatAvis
from shared.kernel.parametres import Nature
from shared.web.fields import CpvField, JourField, MontantField, SiretField


class OrganisationSortie(ma.Schema):
    siret = SiretField(required=True)
    nom = ma.fields.String(required=True)


class LieuSortie(ma.Schema):
    code = ma.fields.String(required=True)
    nom = ma.fields.String(required=True)


class LotSortie(ma.Schema):
    numero = ma.fields.Integer(required=True)
    objet = ma.fields.String(required=True)
    cpv = CpvField(required=True)
    montant_estime_ht = MontantField(required=True)


class AvisResume(ma.Schema):
    """A notice in a list."""

    id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)
    etat = ma.fields.Enum(EtatAvis, by_value=True, required=True)
    objet = ma.fields.String(required=True)
    nature = ma.fields.String(required=True)
    procedure = ma.fields.String(required=True)
    cpv = CpvField(required=True)
    codes_cpv = ma.fields.List(ma.fields.String(), required=True)
    lieu = ma.fields.Nested(LieuSortie, required=True)
    montant_estime_ht = MontantField(required=True, allow_none=True)
    date_limite = ma.fields.AwareDateTime(required=True)
    publie_le = ma.fields.AwareDateTime(required=True)
    maj_le = ma.fields.AwareDateTime(required=True)
    acheteur = ma.fields.Nested(OrganisationSortie, required=True)
    groupe = ma.fields.Boolean(required=True)
    nombre_lots = ma.fields.Integer(required=True)
    contact = ma.fields.String(required=True)
    url = ma.fields.URL(required=True, require_tld=False)


class ChangementSortie(ma.Schema):
    champ = ma.fields.String(required=True)
    avant = ma.fields.String(required=True)
    apres = ma.fields.String(required=True)


class VersionSortie(ma.Schema):
    """One version of a notice: version 1 has neither reason nor changes."""

    numero = ma.fields.Integer(required=True)
    le = ma.fields.AwareDateTime(required=True)
    motif = ma.fields.String(required=True, allow_none=True)
    changements = ma.fields.List(ma.fields.Nested(ChangementSortie), required=True)


class AvisComplet(AvisResume):
    """A notice with everything it says and its history."""

    description = ma.fields.String(required=True)
    criteres = ma.fields.String(required=True)
    modalites_remise = ma.fields.String(required=True)
    duree_mois = ma.fields.Integer(required=True, allow_none=True)
    supports = ma.fields.List(ma.fields.String(), required=True)
    avance_taux = TauxField(required=True, allow_none=True)
    membres = ma.fields.List(ma.fields.Nested(OrganisationSortie), required=True)
    lots = ma.fields.List(ma.fields.Nested(LotSortie), required=True)
    versions = ma.fields.List(ma.fields.Nested(VersionSortie), required=True)
    motif_annulation = ma.fields.String(required=True, allow_none=True)
    avertissements = ma.fields.List(ma.fields.String(), load_default=list)


class PageAvis(ma.Schema):
    """One page of a search, with the count of the whole."""

    total = ma.fields.Integer(required=True)
    page = ma.fields.Integer(required=True)
    pages = ma.fields.Integer(required=True)
    par = ma.fields.Integer(required=True)
    avis = ma.fields.List(ma.fields.Nested(AvisResume), required=True)


class ProgrammeSortie(ma.Schema):
    """A purchase to come; `avis_url` is set once its notice is published."""

    id = ma.fields.UUID(required=True)
    objet = ma.fields.String(required=True)
    etat = ma.fields.Enum(EtatProgramme, by_value=True, required=True)
    nature = ma.fields.Enum(Nature, by_value=True, required=True)
    cpv = CpvField(required=True)
    lieu = ma.fields.Nested(LieuSortie, required=True)
    acheteur = ma.fields.Nested(OrganisationSortie, required=True)
    montant_estime_ht = MontantField(required=True, allow_none=True)
    publication_prevue_le = JourField(required=True, allow_none=True)
    groupe = ma.fields.Boolean(required=True)
    avis_url = ma.fields.URL(required=True, allow_none=True, require_tld=False)


class PageProgramme(ma.Schema):
    """One page of the forward programme."""

    total = ma.fields.Integer(required=True)
    page = ma.fields.Integer(required=True)
    pages = ma.fields.Integer(required=True)
    par = ma.fields.Integer(required=True)
    programmation = ma.fields.List(ma.fields.Nested(ProgrammeSortie), required=True)


class PaginationSchema(ma.Schema):
    """Pages of a list."""

    page = ma.fields.Integer(load_default=1, validate=ma.validate.Range(min=1, max=100_000))
    par = ma.fields.Integer(load_default=20, validate=ma.validate.Range(min=1, max=100))
