"""The payment order: the invoice goes to the public accountant."""

import uuid

from services.paiement.domain.facture import Etat
from services.paiement.domain.phrases import jour
from services.paiement.tables import Facture
from services.paiement.usecases.suivi import charger, dire, passer
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def mandater(uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str) -> Facture:
    """Order the payment; public money only pays for a service done."""
    facture = charger(uow, facture_id, acheteur_siret)
    if facture.etat == Etat.MISE_A_DISPOSITION:
        raise ConflictError(
            "Constatez d’abord le service fait\u00a0: on ne mandate qu’un service exécuté.",
            code="service_fait_manquant",
        )
    facture.mandatee_le = uow.clock.today()
    passer(uow, facture, Etat.MANDATEE, _mention(facture))
    dire(uow, facture, "mandatee", {"mandatee_le": facture.mandatee_le})
    return facture


def _mention(facture: Facture) -> str:
    """What the payer must tell the accountant: deadline, start, expiry (décret 2013-269)."""
    if facture.depart_le is None or facture.echeance_le is None:
        return ""
    return f"Délai parti le {jour(facture.depart_le)}, échéance le {jour(facture.echeance_le)}."
