"""Stop alerts: one, those that brought a message, or all those of an address."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from services.notification.domain.abonnement import Etat
from services.notification.queries import du_lien
from services.notification.tables import Abonnement, Destinataire
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork


def arreter_par_jeton(uow: UnitOfWork, jeton: str) -> Sequence[Abonnement]:
    """Stop what a stop link points at: one alert, or all those that brought one message.

    Return the alerts of the link, stopped now or before; raise `NotFoundError` for an unknown one.
    """
    alertes = _arreter(uow, du_lien(jeton))
    if not alertes:
        raise _inconnu()
    return alertes


def arreter_tout(uow: UnitOfWork, jeton_gestion: str) -> Sequence[Abonnement]:
    """Stop every alert of an address, confirmed or not."""
    destinataire_id = uow.session.scalar(
        select(Destinataire.id).where(Destinataire.jeton == jeton_gestion)
    )
    if destinataire_id is None:
        raise _inconnu()
    return _arreter(uow, Abonnement.destinataire_id == destinataire_id)


def _arreter(uow: UnitOfWork, condition: ColumnElement[bool]) -> Sequence[Abonnement]:
    requete = select(Abonnement).where(condition).order_by(Abonnement.id).with_for_update()
    alertes = uow.session.scalars(requete).all()
    for alerte in alertes:
        if alerte.etat != Etat.ARRETE:
            alerte.etat = Etat.ARRETE
            alerte.arrete_le = uow.clock.now()
            uow.audit("abonnement.arrete", str(alerte.id))
    return alertes


def _inconnu() -> NotFoundError:
    return NotFoundError("Ce lien n’est pas connu.", code="jeton_inconnu")
