"""Events read leniently: what this service does not use is ignored."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma

from services.groupement.domain.articles import Article
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.noter_attribution import Attribution
from services.groupement.usecases.noter_paiement import FacturePayee
from services.groupement.usecases.noter_programme import ProgrammeAnnonce
from services.groupement.usecases.ouvrir_quotas import LigneNotifiee, MarcheNotifie
from services.groupement.usecases.traiter_demande_membre import (
    AchatDemande,
    BesoinDemande,
    CommandeDemande,
    Demande,
    ParticipationDemande,
)
from shared.kernel.errors import ContractError, ValidationError
from shared.kernel.parametres import Nature
from shared.kernel.quantites import Conditionnement
from shared.messaging.envelope import Event
from shared.web.fields import JourField, MontantField, QuantiteField
from shared.web.messages import en_dictionnaire


class Lu(ma.Schema):
    """A payload; unknown fields are for others."""

    class Meta:
        unknown = ma.EXCLUDE

    @classmethod
    def lire(cls, donnees: Mapping[str, Any]) -> dict[str, Any]:
        """Raise `ContractError` when a field that we use breaks its contract."""
        try:
            lues: dict[str, Any] = cls().load(donnees)
        except ma.ValidationError as erreur:
            champs = en_dictionnaire(erreur.messages)
            raise ContractError("Événement illisible.", champs=champs) from erreur
        return lues


class _Organisation(Lu):
    siret = ma.fields.String(required=True)
    nom = ma.fields.String(required=True)


class _Titulaire(_Organisation):
    courriel = ma.fields.String(allow_none=True, load_default=None)
    pme = ma.fields.Boolean(load_default=False)


class _LigneMarche(Lu):
    ligne_id = ma.fields.UUID(allow_none=True, load_default=None)
    article = ma.fields.String(required=True)
    quantite = QuantiteField(required=True)
    conditionnement = ma.fields.String(required=True)
    prix_unitaire_ht = ma.fields.Decimal(required=True, as_string=True)


class MarcheNotifieLu(Lu):
    """`publication.marche.notifie.v1`; without `achat_id` the contract is not the group's."""

    marche_id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    achat_id = ma.fields.UUID(allow_none=True, load_default=None)
    lot = ma.fields.Integer(required=True)
    objet = ma.fields.String(required=True)
    titulaire = ma.fields.Nested(_Titulaire, required=True)
    montant_ht = MontantField(required=True)
    duree_mois = ma.fields.Integer(required=True)
    date_notification = JourField(required=True)
    lignes = ma.fields.List(ma.fields.Nested(_LigneMarche), required=True)


class AttributionLue(Lu):
    """`publication.marche.notifie.v1` of any buyer: what its firm turns out able to hold."""

    marche_id = ma.fields.UUID(required=True)
    cpv = ma.fields.String(required=True)
    lieu = ma.fields.String(load_default=None)
    acheteur = ma.fields.Nested(_Organisation, required=True)
    titulaire = ma.fields.Nested(_Titulaire, required=True)
    montant_ht = MontantField(required=True)
    date_notification = JourField(required=True)


class ProgrammeLu(Lu):
    """`publication.programme.*`; with `achat_id` it is already a grouped purchase."""

    programme_id = ma.fields.UUID(required=True)
    achat_id = ma.fields.UUID(allow_none=True, load_default=None)
    objet = ma.fields.String(required=True)
    etat = ma.fields.String(required=True)
    cpv = ma.fields.String(required=True)
    nature = ma.fields.Enum(Nature, required=True)
    lieu = ma.fields.String(required=True)
    acheteur = ma.fields.Nested(_Organisation, required=True)
    montant_estime_ht = MontantField(allow_none=True, load_default=None)
    publication_prevue_le = JourField(allow_none=True, load_default=None)


class FacturePayeeLue(Lu):
    """`paiement.facture.payee.v1`."""

    facture_id = ma.fields.UUID(required=True)
    marche_id = ma.fields.UUID(allow_none=True, load_default=None)
    numero = ma.fields.String(required=True)
    acheteur = ma.fields.Nested(_Organisation, required=True)
    montant_ht = MontantField(required=True)
    montant_ttc = MontantField(required=True)
    payee_le = JourField(required=True)
    echeance_le = JourField(required=True)
    delai_jours = ma.fields.Integer(required=True)
    interets = MontantField(required=True, allow_none=True)
    indemnite = MontantField(required=True)


class _Contenance(Lu):
    nom = ma.fields.String(required=True)
    contient = QuantiteField(required=True)


class _Article(Lu):
    code = ma.fields.String(required=True)
    designation = ma.fields.String(required=True)
    lot = ma.fields.Integer(required=True)
    unite_base = ma.fields.String(required=True)
    prix_estime_ht = QuantiteField(required=True, zero=True)
    conditionnements = ma.fields.List(ma.fields.Nested(_Contenance), required=True)
    conditionnement_achat = ma.fields.String(required=True)


class AchatDemandeLu(Lu):
    """`membre.achat.demande.v1`."""

    objet = ma.fields.String(required=True)
    famille = ma.fields.String(required=True)
    cpv = ma.fields.String(required=True)
    nature = ma.fields.Enum(Nature, required=True)
    lieu = ma.fields.String(required=True)
    montant_estime_ht = MontantField(allow_none=True, load_default=None)
    souhaite_le = JourField(allow_none=True, load_default=None)
    articles = ma.fields.List(ma.fields.Nested(_Article), load_default=list)


class BesoinDemandeLu(Lu):
    """`membre.besoin.declare.v1`."""

    achat_reference = ma.fields.String(required=True)
    article = ma.fields.String(required=True)
    quantite = QuantiteField(required=True, zero=True)
    unite = ma.fields.String(required=True)
    tolerance = QuantiteField(load_default=Decimal(), zero=True)
    lieu = ma.fields.String(allow_none=True, load_default=None)


class ParticipationDemandeLue(Lu):
    """`membre.participation.declare.v1`."""

    achat_reference = ma.fields.String(required=True)
    reponse = ma.fields.Enum(
        Reponse, required=True, validate=ma.validate.OneOf((Reponse.PARTICIPE, Reponse.DECLINE))
    )
    engagement_max_ht = MontantField(allow_none=True, load_default=None)


class CommandeDemandeLue(Lu):
    """`membre.commande.demande.v1`."""

    achat_reference = ma.fields.String(required=True)
    article = ma.fields.String(required=True)
    quantite = QuantiteField(required=True)
    lieu = ma.fields.String(allow_none=True, load_default=None)


def marche_notifie(donnees: Mapping[str, Any]) -> MarcheNotifie | None:
    """The contract, or None when it does not come from a grouped purchase."""
    lu = MarcheNotifieLu.lire(donnees)
    if lu["achat_id"] is None:
        return None
    titulaire, lignes = lu.pop("titulaire"), lu.pop("lignes")
    return MarcheNotifie(
        **lu,
        titulaire_siret=titulaire["siret"],
        titulaire_nom=titulaire["nom"],
        titulaire_courriel=titulaire["courriel"],
        lignes=tuple(LigneNotifiee(**ligne) for ligne in lignes),
    )


def attribution(donnees: Mapping[str, Any]) -> Attribution:
    lue = AttributionLue.lire(donnees)
    titulaire = lue["titulaire"]
    return Attribution(
        marche_id=lue["marche_id"],
        cpv=lue["cpv"].partition("-")[0],
        lieu=lue["lieu"],
        acheteur_siret=lue["acheteur"]["siret"],
        titulaire_siret=titulaire["siret"],
        titulaire_nom=titulaire["nom"],
        titulaire_pme=titulaire["pme"],
        montant_ht=lue["montant_ht"],
        notifie_le=lue["date_notification"],
    )


def programme(event: Event) -> ProgrammeAnnonce | None:
    """The purchase to come, or None when it has no date or is a grouped purchase of ours."""
    lu = ProgrammeLu.lire(event.data)
    if lu.pop("achat_id") or lu["publication_prevue_le"] is None:
        return None
    siret = lu.pop("acheteur")["siret"]
    cpv = lu.pop("cpv").partition("-")[0]
    return ProgrammeAnnonce(**lu, siret=siret, cpv=cpv, sequence=event.sequence)


def facture_payee(donnees: Mapping[str, Any]) -> FacturePayee | None:
    """The invoice, or None when it is on no contract."""
    lue = FacturePayeeLue.lire(donnees)
    acheteur = lue.pop("acheteur")
    if lue["marche_id"] is None:
        return None
    return FacturePayee(**lue, acheteur_siret=acheteur["siret"])


def demande(event: Event) -> Demande:
    return Demande(
        event.id,
        event.type,
        event.siret,
        str(event.data["reference_membre"]),
        event.source,
        event.sequence,
    )


def achat_demande(donnees: Mapping[str, Any]) -> AchatDemande:
    """Read a request; what a member wrote wrong is answered, it is not a defect of ours."""
    lu = _demande_lue(AchatDemandeLu, donnees)
    articles = tuple(article(a) for a in lu.pop("articles"))
    return AchatDemande(**lu, articles=articles)


def besoin_demande(donnees: Mapping[str, Any]) -> BesoinDemande:
    return BesoinDemande(**_demande_lue(BesoinDemandeLu, donnees))


def participation_demande(donnees: Mapping[str, Any]) -> ParticipationDemande:
    return ParticipationDemande(**_demande_lue(ParticipationDemandeLue, donnees))


def commande_demande(donnees: Mapping[str, Any]) -> CommandeDemande:
    return CommandeDemande(**_demande_lue(CommandeDemandeLue, donnees))


def article(lu: Mapping[str, Any]) -> Article:
    """An article as described by a person or by software."""
    contenances = tuple(
        Conditionnement(c["nom"], c["contient"], lu["unite_base"]) for c in lu["conditionnements"]
    )
    champs = {k: v for k, v in lu.items() if k != "conditionnements"}
    return Article(**{**champs, "code": lu["code"].upper()}, conditionnements=contenances)


def _demande_lue(schema: type[Lu], donnees: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return schema.lire(donnees)
    except ContractError as erreur:
        message = "La demande contient des valeurs illisibles."
        raise ValidationError(message, code="valeur_invalide", champs=erreur.champs) from erreur
