"""What orders and contracts become: each fact is a row that adds up, in any order of arrival.

Nothing here waits for the order, the delivery or the contract that it speaks of: sums are derived
when they are read.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.paiement.domain.engagements import GenreLiberation, GenreReception
from services.paiement.queries import engagements
from services.paiement.tables import (
    Avenant,
    Commande,
    Liberation,
    Marche,
    PartReception,
    Reception,
)
from services.paiement.usecases.controler_lignes import recontroler
from services.paiement.usecases.ecrire import ecrire_avenant, ecrire_engagement, tenir
from services.paiement.usecases.engagements import PartRecue
from services.paiement.usecases.rapprocher import detacher_reception, rapprocher_reception
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CommandeLiberee:
    """A quantity that an order no longer waits for."""

    liberation_id: uuid.UUID
    commande_id: uuid.UUID
    marche_id: uuid.UUID
    genre: GenreLiberation
    quantite: Decimal
    motif: str
    le: dt.datetime


@dataclass(frozen=True, slots=True)
class ReceptionContrepassee:
    """The reverse entry of a delivery: its quantities are negative."""

    reception_id: uuid.UUID
    origine_id: uuid.UUID
    marche_id: uuid.UUID
    article: str
    conditionnement: str
    quantite: Decimal
    recue_le: dt.date
    motif: str
    parts: Sequence[PartRecue]


@dataclass(frozen=True, slots=True)
class SurplusAttribue:
    """A surplus of a delivery that a member took, and ordered for that."""

    reception_id: uuid.UUID
    origine_id: uuid.UUID
    marche_id: uuid.UUID
    article: str
    conditionnement: str
    membre_siret: str
    membre_nom: str
    commande_id: uuid.UUID
    quantite: Decimal
    recue_le: dt.date
    motif: str


@dataclass(frozen=True, slots=True)
class AvenantConclu:
    """An amendment; `fin_le` is the end of the contract with it."""

    avenant_id: uuid.UUID
    marche_id: uuid.UUID
    numero: int
    motif: str
    objet: str
    montant_ht: Montant
    fin_le: dt.date
    cumul_part: Decimal
    avis_cao_le: dt.date | None
    signe_le: dt.date
    explication: str
    prix: Sequence[Mapping[str, Any]]


def liberer_engagement(uow: UnitOfWork, liberee: CommandeLiberee) -> None:
    """Release a quantity of an order."""
    tenir(uow, liberee.commande_id)
    if uow.session.get(Liberation, liberee.liberation_id) is not None:
        return
    uow.session.add(
        Liberation(
            id=liberee.liberation_id,
            commande_id=liberee.commande_id,
            marche_id=liberee.marche_id,
            genre=liberee.genre.value,
            quantite=liberee.quantite,
            motif=liberee.motif,
            le=liberee.le,
        )
    )
    uow.session.flush()
    _liberer(uow, liberee)
    details = {"quantite": liberee.quantite, "motif": liberee.motif}
    uow.audit("engagement.libere", str(liberee.commande_id), details)
    uow.session.flush()
    recontroler(uow, liberee.marche_id)


def _liberer(uow: UnitOfWork, liberee: CommandeLiberee) -> None:
    """Write what remains committed; an order heard of later writes it then."""
    commande = uow.session.get(Commande, liberee.commande_id)
    chiffres = engagements.de_la_commande(uow.session, liberee.commande_id)
    if commande is not None and chiffres is not None:
        ecrire_engagement(uow, commande, chiffres.engage_ht, liberee.motif)


def contrepasser_reception(uow: UnitOfWork, inverse: ReceptionContrepassee) -> None:
    """Write the reverse of a delivery; invoices that leaned on it wait for another one."""
    if uow.session.get(Reception, inverse.reception_id) is not None:
        return
    _ecrire(
        uow,
        Reception(
            id=inverse.reception_id,
            genre=GenreReception.CONTREPASSATION.value,
            origine_id=inverse.origine_id,
            marche_id=inverse.marche_id,
            article=inverse.article,
            conditionnement=inverse.conditionnement,
            quantite=inverse.quantite,
            demande=Decimal(),
            recue_le=inverse.recue_le,
            motif=inverse.motif,
        ),
        inverse.parts,
    )
    details = {"origine": inverse.origine_id, "motif": inverse.motif}
    uow.audit("reception.contrepassee", str(inverse.reception_id), details)
    detacher_reception(uow, inverse.origine_id)
    recontroler(uow, inverse.marche_id)


def recevoir_surplus(uow: UnitOfWork, surplus: SurplusAttribue) -> None:
    """Give a member its part of a delivery that was left to nobody: nothing more was delivered."""
    if uow.session.get(Reception, surplus.reception_id) is not None:
        return
    part = PartRecue(
        surplus.commande_id, surplus.membre_siret, surplus.membre_nom, surplus.quantite
    )
    reception = Reception(
        id=surplus.reception_id,
        genre=GenreReception.ATTRIBUTION.value,
        origine_id=surplus.origine_id,
        marche_id=surplus.marche_id,
        article=surplus.article,
        conditionnement=surplus.conditionnement,
        quantite=Decimal(),
        demande=surplus.quantite,
        recue_le=surplus.recue_le,
        motif=surplus.motif,
    )
    _ecrire(uow, reception, [part])
    details = {"membre": surplus.membre_nom, "quantite": surplus.quantite}
    uow.audit("reception.surplus_attribue", str(surplus.reception_id), details)
    rapprocher_reception(uow, reception)
    recontroler(uow, surplus.marche_id)


def enregistrer_avenant(uow: UnitOfWork, conclu: AvenantConclu) -> None:
    """Keep an amendment: the contract's amount and end are then derived with it."""
    tenir(uow, conclu.marche_id)
    if uow.session.get(Avenant, conclu.avenant_id) is not None:
        return
    uow.session.add(
        Avenant(
            id=conclu.avenant_id,
            marche_id=conclu.marche_id,
            numero=conclu.numero,
            motif=conclu.motif,
            objet=conclu.objet,
            montant_ht=conclu.montant_ht,
            fin_le=conclu.fin_le,
            cumul_part=conclu.cumul_part,
            avis_cao_le=conclu.avis_cao_le,
            signe_le=conclu.signe_le,
            explication=conclu.explication,
            prix=list(conclu.prix),
        )
    )
    uow.session.flush()
    marche = uow.session.get(Marche, conclu.marche_id)
    if marche is not None:
        ecrire_avenant(uow, uow.session.get_one(Avenant, conclu.avenant_id), marche)
    details = {"numero": conclu.numero, "montant": conclu.montant_ht, "fin_le": conclu.fin_le}
    uow.audit("marche.avenant", str(conclu.marche_id), details)


def _ecrire(uow: UnitOfWork, reception: Reception, parts: Sequence[PartRecue]) -> None:
    uow.session.add(reception)
    uow.session.flush()
    uow.session.add_all(
        PartReception(
            reception_id=reception.id,
            commande_id=part.commande_id,
            membre_siret=part.membre_siret,
            membre_nom=part.membre_nom,
            part=part.part,
        )
        for part in parts
    )
    uow.session.flush()
