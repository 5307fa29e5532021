"""The outcome of the check of a deposited invoice: available, rejected, or still waiting."""

import uuid
from collections.abc import Sequence

from services.paiement.domain.depot import motifs
from services.paiement.domain.efacture import Anomalie, Verdict
from services.paiement.domain.facture import Etat
from services.paiement.tables import Facture
from services.paiement.usecases.rejeter import prononcer_rejet
from services.paiement.usecases.suivi import charger, dire, mettre_a_l_heure, passer
from shared.messaging.uow import UnitOfWork


def reprendre_controle(
    uow: UnitOfWork, facture_id: uuid.UUID, verdict: Verdict, anomalies: Sequence[Anomalie]
) -> None:
    """Conclude the check of an invoice that waited for it; nothing if it no longer waits."""
    facture = charger(uow, facture_id)
    if facture.etat == Etat.DEPOSEE:
        conclure(uow, facture, verdict, anomalies)


def conclure(
    uow: UnitOfWork, facture: Facture, verdict: Verdict, anomalies: Sequence[Anomalie]
) -> None:
    """Apply a verdict; the date of receipt stays that of the deposit."""
    facture.verdict = verdict
    facture.anomalies = [
        {"regle": a.regle, "gravite": a.gravite.value, "message": a.message} for a in anomalies
    ]
    mettre_a_l_heure(uow, facture)
    if verdict is Verdict.VALIDE:
        passer(uow, facture, Etat.MISE_A_DISPOSITION, "Conforme à la norme EN 16931.")
        dire(
            uow,
            facture,
            "recue",
            {
                "recue_le": facture.recue_le,
                "depart_le": facture.depart_le,
                "echeance_le": facture.echeance_le,
                "profil": facture.profil,
            },
        )
    elif verdict is Verdict.INVALIDE:
        prononcer_rejet(uow, facture, motifs(anomalies))
