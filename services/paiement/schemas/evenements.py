"""Events of other services, read leniently: what this service does not use is ignored."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import marshmallow as ma

from services.paiement.domain.engagements import GenreLiberation
from services.paiement.usecases.engagements import (
    CommandeAnnulee,
    CommandePassee,
    PartRecue,
    ReceptionEnregistree,
)
from services.paiement.usecases.enregistrer_marche import MarcheNotifie
from services.paiement.usecases.mouvements import (
    AvenantConclu,
    CommandeLiberee,
    ReceptionContrepassee,
    SurplusAttribue,
)
from shared.kernel.errors import ContractError
from shared.web.fields import MontantField
from shared.web.messages import en_dictionnaire

T = TypeVar("T")


class _Organisation(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    siret = ma.fields.String(required=True)
    nom = ma.fields.String(required=True)


class _Titulaire(_Organisation):
    pme = ma.fields.Boolean(required=True)
    courriel = ma.fields.String(allow_none=True, load_default=None)


class _Lu(ma.Schema, Generic[T]):
    """A payload: its nested parties are flattened (`acheteur.siret` → `acheteur_siret`)."""

    class Meta:
        unknown = ma.EXCLUDE

    fabrique: Callable[..., T]

    @ma.post_load
    def _construire(self, donnees: dict[str, Any], **_: Any) -> T:
        plat: dict[str, Any] = {}
        for nom, valeur in donnees.items():
            if isinstance(valeur, dict):
                plat.update({f"{nom}_{cle}": v for cle, v in valeur.items()})
            else:
                plat[nom] = valeur
        return type(self).fabrique(**plat)

    @classmethod
    def lire(cls, donnees: Mapping[str, Any]) -> T:
        """Read a payload; raise `ContractError` when it breaks its contract."""
        try:
            lu: T = cls().load(donnees)
        except ma.ValidationError as erreur:
            champs = en_dictionnaire(erreur.messages)
            raise ContractError("Événement illisible.", champs=champs) from erreur
        return lu


class MarcheNotifieLu(_Lu[MarcheNotifie]):
    """`publication.marche.notifie.v1`."""

    fabrique = MarcheNotifie
    marche_id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    achat_id = ma.fields.UUID(allow_none=True, load_default=None)
    lot = ma.fields.Integer(required=True)
    objet = ma.fields.String(required=True)
    cpv = ma.fields.String(required=True)
    nature = ma.fields.String(required=True)
    acheteur = ma.fields.Nested(_Organisation, required=True)
    titulaire = ma.fields.Nested(_Titulaire, required=True)
    montant_ht = MontantField(required=True)
    taux_tva = ma.fields.Decimal(required=True)
    duree_mois = ma.fields.Integer(required=True)
    date_lancement = ma.fields.Date(required=True)
    date_notification = ma.fields.Date(required=True)
    avance_taux = ma.fields.Decimal(required=True)
    avance_garantie = ma.fields.Boolean(required=True)
    travaux = ma.fields.Boolean(required=True)


class CommandePasseeLu(_Lu[CommandePassee]):
    """`groupement.commande.passee.v1`."""

    fabrique = CommandePassee
    commande_id = ma.fields.UUID(required=True)
    reference = ma.fields.String(required=True)
    marche_id = ma.fields.UUID(required=True)
    membre = ma.fields.Nested(_Organisation, required=True)
    article = ma.fields.String(required=True)
    quantite = ma.fields.Decimal(required=True)
    conditionnement = ma.fields.String(required=True)
    prix_unitaire_ht = ma.fields.Decimal(required=True)
    montant_ht = MontantField(required=True)
    passee_le = ma.fields.AwareDateTime(required=True)


class CommandeAnnuleeLu(_Lu[CommandeAnnulee]):
    """`groupement.commande.annulee.v1`."""

    fabrique = CommandeAnnulee
    commande_id = ma.fields.UUID(required=True)
    motif = ma.fields.String(required=True)
    annulee_le = ma.fields.AwareDateTime(required=True)


class PartRecueLu(_Lu[PartRecue]):
    """One share of `groupement.reception.enregistree.v1`."""

    fabrique = PartRecue
    commande_id = ma.fields.UUID(required=True)
    membre = ma.fields.Nested(_Organisation, required=True)
    part = ma.fields.Decimal(required=True)


class ReceptionEnregistreeLu(_Lu[ReceptionEnregistree]):
    """`groupement.reception.enregistree.v1`."""

    fabrique = ReceptionEnregistree
    reception_id = ma.fields.UUID(required=True)
    marche_id = ma.fields.UUID(required=True)
    article = ma.fields.String(required=True)
    conditionnement = ma.fields.String(required=True)
    quantite = ma.fields.Decimal(required=True)
    demande = ma.fields.Decimal(required=True)
    recue_le = ma.fields.Date(required=True)
    parts = ma.fields.List(ma.fields.Nested(PartRecueLu), required=True)


class CommandeLibereeLu(_Lu[CommandeLiberee]):
    """`groupement.commande.liberee.v1`."""

    fabrique = CommandeLiberee
    liberation_id = ma.fields.UUID(required=True)
    commande_id = ma.fields.UUID(required=True)
    marche_id = ma.fields.UUID(required=True)
    genre = ma.fields.Enum(GenreLiberation, by_value=True, required=True)
    quantite = ma.fields.Decimal(required=True)
    motif = ma.fields.String(required=True)
    le = ma.fields.AwareDateTime(required=True)


class _MouvementLu(_Lu[T]):
    """What a reverse entry and a surplus have in common: the delivery that they come from."""

    reception_id = ma.fields.UUID(required=True)
    origine_id = ma.fields.UUID(required=True)
    marche_id = ma.fields.UUID(required=True)
    article = ma.fields.String(required=True)
    conditionnement = ma.fields.String(required=True)
    quantite = ma.fields.Decimal(required=True)
    recue_le = ma.fields.Date(required=True)
    motif = ma.fields.String(required=True)


class ReceptionContrepasseeLu(_MouvementLu[ReceptionContrepassee]):
    """`groupement.reception.contrepassee.v1`."""

    fabrique = ReceptionContrepassee
    parts = ma.fields.List(ma.fields.Nested(PartRecueLu), required=True)


class SurplusAttribueLu(_MouvementLu[SurplusAttribue]):
    """`groupement.surplus.attribue.v1`."""

    fabrique = SurplusAttribue
    membre = ma.fields.Nested(_Organisation, required=True)
    commande_id = ma.fields.UUID(required=True)


class AvenantConcluLu(_Lu[AvenantConclu]):
    """`groupement.avenant.conclu.v1`; the new prices are kept as they are told."""

    fabrique = AvenantConclu
    avenant_id = ma.fields.UUID(required=True)
    marche_id = ma.fields.UUID(required=True)
    numero = ma.fields.Integer(required=True)
    motif = ma.fields.String(required=True)
    objet = ma.fields.String(required=True)
    montant_ht = MontantField(required=True, positif=False)
    fin_le = ma.fields.Date(required=True)
    cumul_part = ma.fields.Decimal(required=True)
    avis_cao_le = ma.fields.Date(allow_none=True, load_default=None)
    signe_le = ma.fields.Date(required=True)
    explication = ma.fields.String(required=True)
    prix = ma.fields.List(ma.fields.Dict(), required=True)
