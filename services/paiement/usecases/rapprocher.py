"""Bring invoices and receipts of a contract together: the execution date starts the clock.

A receipt is billed once per buyer, unless a reverse entry cancels it. An invoice that waits takes
every receipt not billed yet; `controler_lignes` compares quantities and prices.
"""

import datetime as dt
import uuid

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import joinedload

from services.paiement.domain.engagements import GenreReception
from services.paiement.domain.facture import Etat
from services.paiement.queries.engagements import vivante
from services.paiement.tables import (
    Facture,
    Marche,
    PartReception,
    Rapprochement,
    Reception,
)
from services.paiement.usecases.suivi import mettre_a_l_heure
from shared.messaging.uow import UnitOfWork

_ATTENTE = (Etat.DEPOSEE.value, Etat.MISE_A_DISPOSITION.value)
_NON_CERTIFIEE = (*_ATTENTE, Etat.SUSPENDUE.value, Etat.COMPLETEE.value)


def rapprocher_facture(uow: UnitOfWork, facture: Facture) -> None:
    """Give a new invoice the receipts of its contract that nobody billed yet."""
    if facture.marche_id is None:
        return
    libres = uow.session.scalars(
        select(Reception)
        .join(Marche, Marche.id == Reception.marche_id)
        .where(
            Reception.marche_id == facture.marche_id,
            vivante(),
            _concerne(facture.acheteur_siret),
            ~_facturee(facture.acheteur_siret),
        )
        .order_by(Reception.recue_le)
    ).all()
    for reception in libres:
        _lier(uow, reception, facture)


def rapprocher_reception(uow: UnitOfWork, reception: Reception) -> None:
    """Give a new receipt to the oldest invoice that waits for one, buyer by buyer."""
    en_attente = uow.session.scalars(
        select(Facture)
        .where(
            Facture.marche_id == reception.marche_id,
            Facture.etat.in_(_ATTENTE),
            Facture.executee_le.is_(None),
        )
        .options(joinedload(Facture.acheteur))
        .order_by(Facture.recue_le, Facture.id)
        .with_for_update(of=Facture)
    ).all()
    servis: set[str] = set()
    for facture in en_attente:
        if facture.acheteur_siret in servis or not _peut_facturer(uow, reception, facture):
            continue
        servis.add(facture.acheteur_siret)
        _lier(uow, reception, facture)
        mettre_a_l_heure(uow, facture)


def detacher_reception(uow: UnitOfWork, reception_id: uuid.UUID) -> None:
    """Time again the invoices whose delivery was reversed, as long as nobody certified them."""
    factures = uow.session.scalars(
        select(Facture)
        .join(Rapprochement, Rapprochement.facture_id == Facture.id)
        .where(Rapprochement.reception_id == reception_id, Facture.etat.in_(_NON_CERTIFIEE))
        .options(joinedload(Facture.acheteur))
        .order_by(Facture.recue_le, Facture.id)
        .with_for_update(of=Facture)
    ).all()
    for facture in factures:
        facture.executee_le = _derniere_execution(uow, facture)
        if facture.executee_le is None:
            rapprocher_facture(uow, facture)
        mettre_a_l_heure(uow, facture)


def _derniere_execution(uow: UnitOfWork, facture: Facture) -> dt.date | None:
    return uow.session.scalar(
        select(func.max(Reception.recue_le))
        .join(Rapprochement, Rapprochement.reception_id == Reception.id)
        .where(Rapprochement.facture_id == facture.id, vivante())
    )


def _lier(uow: UnitOfWork, reception: Reception, facture: Facture) -> None:
    uow.session.add(
        Rapprochement(
            reception_id=reception.id,
            acheteur_siret=facture.acheteur_siret,
            facture_id=facture.id,
        )
    )
    facture.executee_le = max(facture.executee_le or dt.date.min, reception.recue_le)
    uow.session.flush()


def _peut_facturer(uow: UnitOfWork, reception: Reception, facture: Facture) -> bool:
    requete = (
        select(Reception.id)
        .join(Marche, Marche.id == Reception.marche_id)
        .where(
            Reception.id == reception.id,
            vivante(),
            _concerne(facture.acheteur_siret),
            ~_facturee(facture.acheteur_siret),
        )
    )
    return uow.session.scalar(requete) is not None


def _concerne(acheteur_siret: str) -> ColumnElement[bool]:
    """The buyer holds the contract, or received a part of the delivery.

    A surplus is already in its delivery: it concerns only the member that took it.
    """
    recu = exists().where(
        PartReception.reception_id == Reception.id,
        PartReception.membre_siret == acheteur_siret,
    )
    livraison = Reception.genre == GenreReception.LIVRAISON.value
    return (livraison & (Marche.acheteur_siret == acheteur_siret)) | recu


def _facturee(acheteur_siret: str) -> ColumnElement[bool]:
    return exists().where(
        Rapprochement.reception_id == Reception.id,
        Rapprochement.acheteur_siret == acheteur_siret,
    )
