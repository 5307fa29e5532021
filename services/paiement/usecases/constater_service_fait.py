"""The buyer certifies that the service was done, and when."""

import datetime as dt
import uuid

from services.paiement.domain.facture import Etat
from services.paiement.tables import Facture
from services.paiement.usecases.suivi import (
    charger,
    dire,
    exiger_un_reste,
    mettre_a_l_heure,
    passer,
)
from services.paiement.usecases.suspendre import verifier_jour
from shared.messaging.uow import UnitOfWork

PLUS_ANCIEN = dt.timedelta(days=1830)


def constater_service_fait(
    uow: UnitOfWork,
    facture_id: uuid.UUID,
    acheteur_siret: str,
    *,
    execute_le: dt.date | None = None,
) -> Facture:
    """Certify the service; by default at the date of the receipt, else today."""
    facture = charger(uow, facture_id, acheteur_siret)
    exiger_un_reste(facture)
    aujourdhui = uow.clock.today()
    le = execute_le or facture.executee_le or aujourdhui
    passer(uow, facture, Etat.SERVICE_FAIT)
    verifier_jour(le, facture.emise_le - PLUS_ANCIEN, aujourdhui, "execute_le")
    facture.service_fait_le = le
    mettre_a_l_heure(uow, facture)
    dire(uow, facture, "service_fait", {"service_fait_le": le, "echeance_le": facture.echeance_le})
    return facture
