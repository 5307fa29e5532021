"""Due dates: messages to hand over, requests that nobody confirmed."""

import datetime as dt
from functools import cache
from typing import cast

from services.notification.domain.remise import Etat
from services.notification.gateways.facteur import Expediteur, facteur_de
from services.notification.gateways.redaction import Redacteur
from services.notification.settings import NotificationSettings
from services.notification.usecases.expirer import expirer
from services.notification.usecases.remettre import Expedition
from shared.ops import metrics
from shared.ops.context import ServiceContext
from shared.ops.jobs import Job
from shared.web.theme import ACCENT


def expedition(context: ServiceContext) -> Expedition:
    """The way out of the messages of this instance."""
    settings = cast("NotificationSettings", context.settings)
    expediteur = Expediteur(settings.instance_nom, settings.expediteur)
    return Expedition(
        transactions=context.transactions,
        facteur=facteur_de(settings.smtp_url, expediteur, context.clock),
        composer=_redacteur(
            settings.instance_nom,
            settings.public_url,
            settings.secret_key,
            settings.accent or ACCENT,
        ).composer,
        compter=_compter,
        bail=dt.timedelta(seconds=settings.bail_secondes),
    )


@cache
def _redacteur(instance: str, public_url: str, secret: str, accent: str) -> Redacteur:
    return Redacteur(instance=instance, public_url=public_url, secret=secret, accent=accent)


def _compter(etat: Etat) -> None:
    metrics.NOTIFICATIONS.labels("courriel", etat.value.lower()).inc()


def remettre(context: ServiceContext) -> int:
    """Hand over every due message."""
    return expedition(context).remettre()


def oublier(context: ServiceContext) -> int:
    """Erase the requests that nobody confirmed within 48 hours."""
    with context.transactions.begin() as uow:
        return expirer(uow)


JOBS = [
    Job("remettre_courriels", dt.timedelta(seconds=1), remettre),
    Job("oublier_demandes", dt.timedelta(minutes=5), oublier),
]
