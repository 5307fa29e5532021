"""The life of an advance after its proposal: accepted or refused by the contractor, then paid."""

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from services.paiement.domain import avance as regle
from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.phrases import jour
from services.paiement.tables import Avance, Marche
from services.paiement.usecases.ecrire import ecrire_avance
from shared.kernel.errors import NotFoundError, ValidationError
from shared.messaging.uow import UnitOfWork


def accepter_avance(uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str) -> Avance:
    """Record that the contractor takes the advance."""
    avance = _charger(uow, marche_id, acheteur_siret)
    avance.etat = regle.changer(EtatAvance(avance.etat), EtatAvance.ACCEPTEE)
    avance.acceptee_le = uow.clock.today()
    uow.audit("avance.acceptee", str(avance.id), {"montant": avance.montant})
    return avance


def refuser_avance(uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str) -> Avance:
    """Record that the contractor gives the advance up, as the law lets it."""
    avance = _charger(uow, marche_id, acheteur_siret)
    avance.etat = regle.changer(EtatAvance(avance.etat), EtatAvance.REFUSEE)
    uow.audit("avance.refusee", str(avance.id), {"montant": avance.montant})
    return avance


def verser_avance(
    uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str, versee_le: dt.date
) -> Avance:
    """Record the payment of an accepted advance."""
    avance = _charger(uow, marche_id, acheteur_siret)
    avance.etat = regle.changer(EtatAvance(avance.etat), EtatAvance.VERSEE)
    _verifier_date(versee_le, avance.marche.date_notification, uow.clock.today())
    avance.versee_le = versee_le
    ecrire_avance(uow, avance, avance.marche)
    uow.emit(
        "paiement.avance.versee.v1",
        subject=str(marche_id),
        data={
            "avance_id": avance.id,
            "marche_id": marche_id,
            "titulaire": {
                "siret": avance.marche.titulaire_siret,
                "nom": avance.marche.titulaire_nom,
            },
            "montant": avance.montant,
            "versee_le": versee_le,
        },
    )
    uow.audit("avance.versee", str(avance.id), {"montant": avance.montant, "le": versee_le})
    return avance


def _charger(uow: UnitOfWork, marche_id: uuid.UUID, acheteur_siret: str) -> Avance:
    avance = uow.session.scalar(
        select(Avance)
        .join(Avance.marche)
        .where(Avance.marche_id == marche_id, Marche.acheteur_siret == acheteur_siret)
        .options(joinedload(Avance.marche))
        .with_for_update(of=Avance)
    )
    if avance is None:
        raise NotFoundError("Ce marché n’a pas d’avance.", code="avance_inconnue")
    return avance


def _verifier_date(versee_le: dt.date, notification: dt.date, aujourdhui: dt.date) -> None:
    if not notification <= versee_le <= aujourdhui:
        raise ValidationError(
            "La date de versement n’est pas possible.",
            code="date_impossible",
            champs={
                "versee_le": f"Choisissez une date entre le {jour(notification)}, notification "
                f"du marché, et aujourd’hui."
            },
        )
