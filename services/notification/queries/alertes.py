"""What a link of a message leads to, and what criteria would have brought."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, cast, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from services.notification.domain.abonnement import Etat
from services.notification.domain.avis import lire_avis
from services.notification.domain.correspondance import Portee, portee
from services.notification.domain.criteres import Criteres
from services.notification.tables import Abonnement, AvisConnu, Destinataire, Remise

RECUL_JOURS = 90


@dataclass(frozen=True, slots=True)
class Gestion:
    """An address and its alerts, for whoever holds its secret link."""

    courriel: str
    alertes: Sequence[Abonnement]


def gestion(session: Session, jeton: str) -> Gestion | None:
    """Alerts of the address that the management link stands for, live ones first."""
    destinataire = session.scalar(select(Destinataire).where(Destinataire.jeton == jeton))
    if destinataire is None:
        return None
    requete = (
        select(Abonnement)
        .where(Abonnement.destinataire_id == destinataire.id)
        .order_by(Abonnement.etat == Etat.ARRETE, Abonnement.cree_le.desc(), Abonnement.id)
    )
    return Gestion(destinataire.courriel, session.scalars(requete).all())


def en_attente_de_confirmation(session: Session, jeton: str) -> Abonnement | None:
    """The alert of a confirmation link, whatever its state."""
    return session.scalar(select(Abonnement).where(Abonnement.jeton_confirmation == jeton))


def du_lien(jeton: str) -> ColumnElement[bool]:
    """Select the alerts of a stop link: one alert, or all those that brought one message."""
    cite = func.jsonb_build_array(
        func.jsonb_build_object("abonnement_id", cast(Abonnement.id, Text))
    )
    par_message = exists().where(
        Remise.jeton_arret == jeton,
        Remise.destinataire_id == Abonnement.destinataire_id,
        Remise.donnees["alertes"].op("@>")(cite),
    )
    return or_(Abonnement.jeton_arret == jeton, par_message)


def alertes_du_lien(session: Session, jeton: str) -> Sequence[Abonnement]:
    """The alerts that a stop link would stop."""
    return session.scalars(select(Abonnement).where(du_lien(jeton)).order_by(Abonnement.id)).all()


def portee_recente(session: Session, criteres: Criteres, maintenant: dt.datetime) -> Portee:
    """How many notices of the last months these criteria would have brought."""
    depuis = maintenant - dt.timedelta(days=RECUL_JOURS)
    parus = session.scalars(select(AvisConnu.donnees).where(AvisConnu.publie_le >= depuis))
    return portee(criteres, [lire_avis(donnees) for donnees in parus], RECUL_JOURS)
