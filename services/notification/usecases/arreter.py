"""Stop alerts: one, those that brought a message, or all those of an address."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select

from services.notification.domain.abonnement import Etat
from services.notification.tables import Abonnement, Destinataire, Remise
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork


def arreter_par_jeton(uow: UnitOfWork, jeton: str) -> Sequence[Abonnement]:
    """Stop what a stop link points at: one alert, or all those that brought one message.

    Return the alerts of the link, stopped now or before; raise `NotFoundError` for an unknown one.
    """
    return _arreter(uow, cible(uow, jeton))


def arreter_tout(uow: UnitOfWork, jeton_gestion: str) -> Sequence[Abonnement]:
    """Stop every alert of an address, confirmed or not."""
    destinataire_id = uow.session.scalar(
        select(Destinataire.id).where(Destinataire.jeton == jeton_gestion)
    )
    if destinataire_id is None:
        raise _inconnu()
    return _arreter(uow, Abonnement.destinataire_id == destinataire_id)


def cible(uow: UnitOfWork, jeton: str) -> ColumnElement[bool]:
    """Condition that selects the alerts of a stop link."""
    if uow.session.scalar(select(Abonnement.id).where(Abonnement.jeton_arret == jeton)):
        return Abonnement.jeton_arret == jeton
    remise = uow.session.scalar(select(Remise).where(Remise.jeton_arret == jeton))
    if remise is None:
        raise _inconnu()
    ids = [alerte["abonnement_id"] for alerte in remise.donnees.get("alertes", [])]
    return Abonnement.id.in_(ids) & (Abonnement.destinataire_id == remise.destinataire_id)


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
