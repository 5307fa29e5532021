"""What is read from events.

Of each event only the fields used here are declared: an emitter may add others, never remove these.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import marshmallow as ma
from marshmallow import fields

from services.notification.schemas.groupement import (
    AchatConsolideLu,
    AdhesionInviteeLue,
    CommandeLibereeLue,
    ConventionLue,
    EvaluationOuverteLue,
    FraisPartagesLus,
    SubstitutionCloseLue,
    SurplusAttribueLu,
)
from services.notification.schemas.lecture import (
    Lu,
    MembreContacteLu,
    MembrePrevenuLu,
    OrganisationLue,
    texte,
)
from shared.kernel.identifiants import cpv_valide
from shared.messaging.envelope import Event
from shared.web.fields import MontantField


class CpvLu(fields.String):
    """CPV code with or without its check digit."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        code = super()._deserialize(value, *args, **kwargs)
        if not cpv_valide(code):
            raise ma.ValidationError("Code CPV illisible.")
        return code


class LotLu(Lu):
    numero = fields.Integer(required=True)
    objet = texte()
    cpv = CpvLu(required=True)


class ChangementLu(Lu):
    champ = texte()
    avant = texte()
    apres = texte()


class AvisLu(Lu):
    """`publication.avis.publie.v1`; the two others add to it."""

    avis_id = fields.UUID(required=True)
    reference = texte()
    version = fields.Integer(required=True)
    objet = texte()
    description = texte()
    cpv = CpvLu(required=True)
    cpv_lots = fields.List(CpvLu(), required=True)
    lieu = texte()
    montant_estime_ht = MontantField(required=True, allow_none=True)
    date_limite = fields.AwareDateTime(required=True)
    acheteur = fields.Nested(OrganisationLue, required=True)
    groupe = fields.Boolean(required=True)
    contact = texte()
    url = texte()
    lots = fields.List(fields.Nested(LotLu), required=True)


class AvisRectifieLu(AvisLu):
    changements = fields.List(fields.Nested(ChangementLu), required=True)
    motif = texte()


class AvisAnnuleLu(AvisLu):
    motif = texte()


class OpportuniteProposeeLue(Lu):
    reference = texte()
    objet = texte()
    debut = fields.Date(required=True)
    fin = fields.Date(required=True)
    coordonnateur = fields.Nested(OrganisationLue, required=True)
    montant_estime_ht = MontantField(required=True)
    membres = fields.List(fields.Nested(MembreContacteLu), required=True)
    url = texte()


class RecensementOuvertLu(Lu):
    reference = texte()
    objet = texte()
    numero = fields.Integer(required=True)
    cloture_le = fields.AwareDateTime(required=True)
    membres = fields.List(fields.Nested(MembreContacteLu), required=True)
    url = texte()
    motif = fields.String(allow_none=True, load_default=None)


class RecensementRelanceLu(RecensementOuvertLu):
    """The same facts: somebody has still not answered."""


class RecensementProlongeLu(RecensementOuvertLu):
    minimum_ht = MontantField(required=True)
    total_ht = MontantField(required=True)


class LotNommeLu(Lu):
    numero = fields.Integer(required=True)
    objet = texte()


class MembreARepondreLu(MembreContacteLu):
    lots = fields.List(fields.Integer(), required=True)


class DecoupageAppliqueLu(Lu):
    """New lots; only those who must answer again are named."""

    reference = texte()
    objet = texte()
    motif = texte()
    lots = fields.List(fields.Nested(LotNommeLu), required=True)
    cloture_le = fields.AwareDateTime(required=True, allow_none=True)
    membres = fields.List(fields.Nested(MembreARepondreLu), required=True)
    url = texte()


class AchatAbandonneLu(Lu):
    """Older events name nobody to tell."""

    reference = texte()
    objet = fields.String()
    motif = texte()
    membres = fields.List(fields.Nested(MembreContacteLu))


class QuotaLu(Lu):
    membre = fields.Nested(OrganisationLue, required=True)
    courriel = texte(allow_none=True)
    article = texte()
    quantite = fields.Decimal(required=True)
    conditionnement = texte()
    montant_max_ht = MontantField(required=True)


class QuotasOuvertsLu(Lu):
    achat_id = fields.UUID(required=True)
    objet = texte()
    lot = fields.Integer(required=True)
    titulaire = fields.Nested(OrganisationLue, required=True)
    quotas = fields.List(fields.Nested(QuotaLu), required=True)


class PartLue(Lu):
    membre = fields.Nested(OrganisationLue, required=True)
    courriel = texte(allow_none=True)
    demande = fields.Decimal(required=True)
    part = fields.Decimal(required=True)
    explication = texte()


class ReceptionRepartieLu(Lu):
    achat_id = fields.UUID(required=True)
    article = texte()
    conditionnement = texte()
    quantite = fields.Decimal(required=True)
    demande = fields.Decimal(required=True)
    recue_le = fields.Date(required=True)
    parts = fields.List(fields.Nested(PartLue), required=True)


class EvaluationTransmiseLue(Lu):
    marche_id = fields.UUID(required=True)
    marche_reference = texte()
    objet = texte()
    coordonnateur = fields.Nested(OrganisationLue, required=True)
    titulaire = fields.Nested(OrganisationLue, required=True)
    courriel_titulaire = texte(allow_none=True)
    avis = fields.Integer(required=True)
    repondre_avant = fields.AwareDateTime(required=True)


class PartInverseLue(MembrePrevenuLu):
    part = fields.Decimal(required=True)


class ReceptionContrepasseeLu(Lu):
    achat_id = fields.UUID(required=True)
    article = texte()
    bon_livraison = texte()
    motif = texte()
    parts = fields.List(fields.Nested(PartInverseLue), required=True)


class TransfertLu(Lu):
    """The three facts of a transfer; `etat` says how a refused one ended."""

    achat_id = fields.UUID(required=True)
    objet = texte()
    designation = texte()
    conditionnement = texte()
    de = fields.Nested(OrganisationLue, required=True)
    vers = fields.Nested(OrganisationLue, required=True)
    quantite = fields.Decimal(required=True)
    motif = texte()
    etat = fields.String()
    membres = fields.List(fields.Nested(MembrePrevenuLu), required=True)


class PrixNouveauLu(Lu):
    article = texte()
    lieu = texte()
    prix_unitaire_ht = fields.Decimal(required=True)
    effet_le = fields.Date(required=True)


class AvenantConcluLu(Lu):
    achat_id = fields.UUID(required=True)
    objet_achat = texte()
    marche_reference = texte()
    numero = fields.Integer(required=True)
    objet = texte()
    montant_ht = MontantField(required=True, positif=False)
    montant_marche_ht = MontantField(required=True)
    fin_le = fields.Date(required=True)
    signe_le = fields.Date(required=True)
    explication = texte()
    prix = fields.List(fields.Nested(PrixNouveauLu), required=True)
    membres = fields.List(fields.Nested(MembrePrevenuLu), required=True)


class SubstitutionProposeeLu(Lu):
    achat_id = fields.UUID(required=True)
    objet = texte()
    designation = texte()
    nouvelle_designation = texte()
    prix_unitaire_ht = fields.Decimal(required=True)
    motif = texte()
    reponse_avant = fields.AwareDateTime(required=True)
    membres = fields.List(fields.Nested(MembrePrevenuLu), required=True)


class MembreEnAttenteLu(MembrePrevenuLu):
    attendu = fields.Decimal(required=True)


class LivraisonAnnonceeLu(Lu):
    achat_id = fields.UUID(required=True)
    objet = texte()
    designation = texte()
    lieu = texte()
    prevue_le = fields.Date(required=True)
    avant = fields.Date(required=True, allow_none=True)
    motif = texte()
    membres = fields.List(fields.Nested(MembreEnAttenteLu), required=True)


class AcompteTransmisLu(Lu):
    decompte_id = fields.UUID(required=True)
    marche_reference = texte()
    objet_marche = texte()
    acheteur = fields.Nested(OrganisationLue, required=True)
    courriel_titulaire = texte(allow_none=True)
    numero = fields.Integer(required=True)
    du = fields.Date(required=True)
    au = fields.Date(required=True)
    montant_ttc = MontantField(required=True, positif=False)
    net = MontantField(required=True, positif=False)


class OrdreNotifieLu(Lu):
    ordre_id = fields.UUID(required=True)
    marche_reference = texte()
    objet_marche = texte()
    acheteur = fields.Nested(OrganisationLue, required=True)
    courriel_titulaire = texte(allow_none=True)
    numero = fields.Integer(required=True)


class FactureLue(Lu):
    """Common to every `paiement.facture.*`; each fact then brings its own dates and amounts."""

    numero = texte()
    acheteur = fields.Nested(OrganisationLue, required=True)
    marche_reference = texte(allow_none=True)
    montant_ttc = MontantField(required=True, positif=False)
    courriel_fournisseur = texte(allow_none=True)
    depart_le = fields.Date()
    echeance_le = fields.Date()
    suspendue_le = fields.Date()
    completee_le = fields.Date()
    service_fait_le = fields.Date()
    mandatee_le = fields.Date()
    depuis_le = fields.Date()
    payee_le = fields.Date()
    motif = fields.String()
    motifs = fields.List(fields.String())
    delai_jours = fields.Integer()
    jours_retard = fields.Integer()
    taux_interet = fields.Decimal(allow_none=True)
    interets = MontantField(allow_none=True)
    indemnite = MontantField()


class EcheanceProcheLue(Lu):
    """Written to the buyer: the supplier's address is not read."""

    facture_id = fields.UUID(required=True)
    numero = texte()
    fournisseur = fields.Nested(OrganisationLue, required=True)
    acheteur = fields.Nested(OrganisationLue, required=True)
    marche_reference = texte(allow_none=True)
    montant_ttc = MontantField(required=True, positif=False)
    echeance_le = fields.Date(required=True)
    jours_restants = fields.Integer(required=True)
    detenteur = texte()
    limite_le = fields.Date(required=True, allow_none=True)
    courriel_finances = texte(allow_none=True)


class CarteLue(Lu):
    """A purchasing card suspended or restored; `motif` and `cause` when it is suspended."""

    carte_id = fields.UUID(required=True)
    membre = fields.Nested(OrganisationLue, required=True)
    porteur = texte()
    fin_numero = texte()
    courriel = texte(allow_none=True)
    le = fields.AwareDateTime(required=True)
    cause = fields.String()
    motif = fields.String()


LUS: Mapping[str, type[Lu]] = {
    "publication.avis.publie.v1": AvisLu,
    "publication.avis.rectifie.v1": AvisRectifieLu,
    "publication.avis.annule.v1": AvisAnnuleLu,
    "groupement.opportunite.proposee.v1": OpportuniteProposeeLue,
    "groupement.recensement.ouvert.v1": RecensementOuvertLu,
    "groupement.recensement.relance.v1": RecensementRelanceLu,
    "groupement.recensement.prolonge.v1": RecensementProlongeLu,
    "groupement.decoupage.applique.v1": DecoupageAppliqueLu,
    "groupement.achat.abandonne.v1": AchatAbandonneLu,
    "groupement.achat.attribue.v1": QuotasOuvertsLu,
    "groupement.reception.enregistree.v1": ReceptionRepartieLu,
    "groupement.reception.contrepassee.v1": ReceptionContrepasseeLu,
    "groupement.quota.transfert_propose.v1": TransfertLu,
    "groupement.quota.transfere.v1": TransfertLu,
    "groupement.quota.transfert_refuse.v1": TransfertLu,
    "groupement.avenant.conclu.v1": AvenantConcluLu,
    "groupement.substitution.proposee.v1": SubstitutionProposeeLu,
    "groupement.livraison.annoncee.v1": LivraisonAnnonceeLu,
    "paiement.ordre_service.notifie.v1": OrdreNotifieLu,
    "paiement.acompte.transmis.v1": AcompteTransmisLu,
    "paiement.facture.echeance_proche.v1": EcheanceProcheLue,
    "groupement.evaluation.transmise.v1": EvaluationTransmiseLue,
    "groupement.achat.consolide.v1": AchatConsolideLu,
    "groupement.convention.mise_en_signature.v1": ConventionLue,
    "groupement.convention.suspendue.v1": ConventionLue,
    "groupement.convention.retablie.v1": ConventionLue,
    "groupement.convention.resiliee.v1": ConventionLue,
    "groupement.convention.expiree.v1": ConventionLue,
    "groupement.adhesion.invitee.v1": AdhesionInviteeLue,
    "groupement.evaluation.ouverte.v1": EvaluationOuverteLue,
    "groupement.commande.liberee.v1": CommandeLibereeLue,
    "groupement.surplus.attribue.v1": SurplusAttribueLu,
    "groupement.substitution.close.v1": SubstitutionCloseLue,
    "groupement.frais.partages.v1": FraisPartagesLus,
    "paiement.carte.suspendue.v1": CarteLue,
    "paiement.carte.retablie.v1": CarteLue,
}


def lire(evenement: Event) -> Event:
    """The same event with only what this service uses of it, checked."""
    schema = LUS.get(evenement.type, FactureLue)
    return replace(evenement, data=schema.lire(evenement.data))
