"""Orders commit money, receipts say when the service was executed."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.paiement.queries import engagements
from services.paiement.tables import Commande, PartReception, Reception
from services.paiement.usecases.acheteurs import connaitre_acheteur
from services.paiement.usecases.controler_lignes import recontroler
from services.paiement.usecases.ecrire import contrepasser, ecrire_engagement, piece_commande, tenir
from services.paiement.usecases.rapprocher import rapprocher_reception
from shared.kernel.errors import TemporaryError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CommandePassee:
    """An order of a member within its quota."""

    commande_id: uuid.UUID
    reference: str
    marche_id: uuid.UUID
    membre_siret: str
    membre_nom: str
    article: str
    quantite: Decimal
    conditionnement: str
    prix_unitaire_ht: Decimal
    montant_ht: Montant
    passee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class CommandeAnnulee:
    """An order that will not be delivered."""

    commande_id: uuid.UUID
    motif: str
    annulee_le: dt.datetime


@dataclass(frozen=True, slots=True)
class PartRecue:
    """What one order received of a delivery."""

    commande_id: uuid.UUID
    membre_siret: str
    membre_nom: str
    part: Decimal


@dataclass(frozen=True, slots=True)
class ReceptionEnregistree:
    """A delivery shared between the members that ordered."""

    reception_id: uuid.UUID
    marche_id: uuid.UUID
    article: str
    conditionnement: str
    quantite: Decimal
    demande: Decimal
    recue_le: dt.date
    parts: Sequence[PartRecue]


def enregistrer_engagement(uow: UnitOfWork, passee: CommandePassee) -> None:
    """Commit the amount of an order; the contract itself may be heard of later."""
    tenir(uow, passee.commande_id)
    if uow.session.get(Commande, passee.commande_id) is not None:
        return
    connaitre_acheteur(uow, passee.membre_siret, passee.membre_nom)
    commande = Commande(
        id=passee.commande_id,
        marche_id=passee.marche_id,
        reference=passee.reference,
        membre_siret=passee.membre_siret,
        membre_nom=passee.membre_nom,
        article=passee.article,
        conditionnement=passee.conditionnement,
        quantite=passee.quantite,
        prix_unitaire_ht=passee.prix_unitaire_ht,
        montant_ht=passee.montant_ht,
        passee_le=passee.passee_le,
    )
    uow.session.add(commande)
    uow.session.flush()
    chiffres = engagements.de_la_commande(uow.session, commande.id)
    ecrire_engagement(uow, commande, chiffres.engage_ht if chiffres else commande.montant_ht)
    uow.audit("engagement.enregistre", str(passee.commande_id), {"montant": passee.montant_ht})
    recontroler(uow, passee.marche_id)


def annuler_engagement(uow: UnitOfWork, annulee: CommandeAnnulee) -> None:
    """Release the amount of an order; wait for the order when it is not known yet."""
    commande = uow.session.get(Commande, annulee.commande_id, with_for_update=True)
    if commande is None:
        raise TemporaryError("La commande à annuler n’est pas encore connue.")
    if commande.annulee_le is not None:
        return
    commande.annulee_le = annulee.annulee_le
    commande.motif_annulation = annulee.motif
    contrepasser(uow, piece_commande(commande), annulee.motif)
    uow.audit("engagement.annule", str(commande.id), {"motif": annulee.motif})
    recontroler(uow, commande.marche_id)


def enregistrer_reception(uow: UnitOfWork, recue: ReceptionEnregistree) -> None:
    """Keep a delivery, and start the clock of the invoices that were waiting for it."""
    if uow.session.get(Reception, recue.reception_id) is not None:
        return
    reception = Reception(
        id=recue.reception_id,
        marche_id=recue.marche_id,
        article=recue.article,
        conditionnement=recue.conditionnement,
        quantite=recue.quantite,
        demande=recue.demande,
        recue_le=recue.recue_le,
    )
    uow.session.add(reception)
    uow.session.flush()
    uow.session.add_all(
        PartReception(
            reception_id=recue.reception_id,
            commande_id=part.commande_id,
            membre_siret=part.membre_siret,
            membre_nom=part.membre_nom,
            part=part.part,
        )
        for part in recue.parts
    )
    uow.session.flush()
    uow.audit("reception.enregistree", str(recue.reception_id), {"le": recue.recue_le})
    rapprocher_reception(uow, reception)
    recontroler(uow, recue.marche_id)
