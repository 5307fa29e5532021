"""The missing documents are here: a new deadline runs."""

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


def completer(
    uow: UnitOfWork,
    facture_id: uuid.UUID,
    acheteur_siret: str,
    *,
    completee_le: dt.date | None = None,
) -> Facture:
    """Record the receipt of all the documents asked for, and make the invoice available again.

    A service certified before the interruption stays certified.
    """
    facture = charger(uow, facture_id, acheteur_siret)
    exiger_un_reste(facture)
    le = completee_le or uow.clock.today()
    passer(uow, facture, Etat.COMPLETEE, "Toutes les pièces demandées sont reçues.")
    verifier_jour(le, facture.suspendue_le or facture.recue_le, uow.clock.today(), "completee_le")
    facture.completee_le = le
    passer(uow, facture, Etat.MISE_A_DISPOSITION)
    if facture.service_fait_le is not None:
        passer(uow, facture, Etat.SERVICE_FAIT, "Déjà constaté avant l’interruption.")
    mettre_a_l_heure(uow, facture)
    dire(uow, facture, "completee", {"completee_le": le, "echeance_le": facture.echeance_le})
    return facture
