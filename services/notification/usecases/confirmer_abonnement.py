"""The owner of the address says yes."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from services.notification.domain.abonnement import Etat, verifier_confirmable
from services.notification.tables import Abonnement
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork


def confirmer_abonnement(uow: UnitOfWork, jeton: str) -> Abonnement:
    """Bring an alert to life; confirming twice is harmless, confirming late is refused."""
    abonnement = uow.session.scalar(
        select(Abonnement)
        .where(Abonnement.jeton_confirmation == jeton)
        .options(joinedload(Abonnement.destinataire))
        .with_for_update(of=Abonnement)
    )
    if abonnement is None:
        raise NotFoundError(
            "Ce lien n’est pas connu. Il a peut-être expiré\u00a0: créez de nouveau l’alerte.",
            code="jeton_inconnu",
        )
    verifier_confirmable(abonnement.etat, abonnement.cree_le, uow.clock.now())
    if abonnement.etat == Etat.EN_ATTENTE:
        abonnement.etat = Etat.ACTIF
        abonnement.confirme_le = uow.clock.now()
        uow.audit("abonnement.confirme", str(abonnement.id))
    return abonnement
