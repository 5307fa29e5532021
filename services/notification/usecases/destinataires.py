"""Addresses and their ids: the one place where a use case handles them."""

import secrets
import uuid
from collections.abc import Iterable

from sqlalchemy import select

from services.notification.tables import Destinataire
from services.notification.usecases.ecrire_absents import ecrire_absents
from shared.messaging.uow import UnitOfWork

TAILLE_JETON = 24


def nouveau_jeton() -> str:
    """192 random bits: nobody guesses a link."""
    return secrets.token_urlsafe(TAILLE_JETON)


def identifier(uow: UnitOfWork, courriels: Iterable[str]) -> dict[str, uuid.UUID]:
    """Return the id of each address, known or not; sorted, so that two writers never cross."""
    adresses = sorted({courriel.lower() for courriel in courriels})
    if not adresses:
        return {}
    lignes = [
        {
            "id": uow.new_id(),
            "courriel": adresse,
            "jeton": nouveau_jeton(),
            "cree_le": uow.clock.now(),
        }
        for adresse in adresses
    ]
    ecrire_absents(uow, Destinataire, lignes)
    trouves = select(Destinataire.courriel, Destinataire.id).where(
        Destinataire.courriel.in_(adresses)
    )
    return dict(uow.session.execute(trouves).all())
