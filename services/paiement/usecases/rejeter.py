"""An invoice is rejected: it will never be paid as it is; its reasons go to the supplier."""

import uuid
from collections.abc import Sequence

from sqlalchemy import delete

from services.paiement.domain.decisions import Decision
from services.paiement.domain.facture import Etat
from services.paiement.domain.motifs import REFUSEE, verifier_motif
from services.paiement.tables import Facture, Rapprochement
from services.paiement.usecases.ecarts import decider
from services.paiement.usecases.suivi import charger, dire, passer
from shared.messaging.uow import UnitOfWork


def rejeter(
    uow: UnitOfWork,
    facture_id: uuid.UUID,
    acheteur_siret: str,
    motif: str,
    code: str = "NON_CONFORME",
) -> Facture:
    """Reject an invoice before its payment order, with a reason of the closed list."""
    facture = charger(uow, facture_id, acheteur_siret)
    verifier_motif(REFUSEE, code)
    prononcer_rejet(uow, facture, [motif.strip()], REFUSEE, code)
    return facture


def prononcer_rejet(
    uow: UnitOfWork, facture: Facture, motifs: Sequence[str], statut: int, code: str
) -> None:
    """Reject, stop the clock, and give the receipts back to the next invoice."""
    facture.motif_rejet = "\n".join(motifs)
    passer(uow, facture, Etat.REJETEE, " ".join(motifs), code=statut, motif=code)
    facture.depart_le = facture.echeance_le = None
    uow.session.execute(delete(Rapprochement).where(Rapprochement.facture_id == facture.id))
    decider(uow, facture, Decision.REJETEE, facture.motif_rejet)
    dire(uow, facture, "rejetee", {"motifs": list(motifs), "rejetee_le": uow.clock.now()})
