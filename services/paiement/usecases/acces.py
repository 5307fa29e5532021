"""Give a piece of software a token for the API, and take it back."""

import hashlib
import secrets
import uuid

from services.paiement.tables import AccesApi
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork


def empreinte_de(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


def donner_acces(uow: UnitOfWork, siret: str, nom: str, role: str) -> str:
    """Create a token acting for `siret`; it is returned once and never kept."""
    jeton = secrets.token_urlsafe(32)
    acces = AccesApi(
        id=uow.new_id(),
        siret=siret,
        nom=nom,
        role=role,
        empreinte=empreinte_de(jeton),
        cree_le=uow.clock.now(),
    )
    uow.session.add(acces)
    uow.audit("acces.donne", str(acces.id), {"siret": siret, "role": role})
    return jeton


def revoquer_acces(uow: UnitOfWork, acces_id: uuid.UUID) -> None:
    """Close an access for good; doing it twice changes nothing."""
    acces = uow.session.get(AccesApi, acces_id, with_for_update=True)
    if acces is None:
        raise NotFoundError("Cet accès n’existe pas.", code="acces_inconnu")
    if acces.revoque_le is None:
        acces.revoque_le = uow.clock.now()
        uow.audit("acces.revoque", str(acces.id))
