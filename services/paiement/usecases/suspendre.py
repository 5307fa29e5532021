"""Something is missing: the clock stops, once, and the supplier is told what to send."""

import datetime as dt
import uuid

from services.paiement.domain.facture import Etat, verifier_interruption
from services.paiement.domain.motifs import SUSPENDUE, verifier_motif
from services.paiement.domain.phrases import jour
from services.paiement.tables import Facture
from services.paiement.usecases.lois import lois
from services.paiement.usecases.suivi import (
    charger,
    dire,
    horloge_de,
    mettre_a_l_heure,
    passer,
)
from shared.kernel.errors import ValidationError
from shared.messaging.uow import UnitOfWork


def suspendre(
    uow: UnitOfWork,
    facture_id: uuid.UUID,
    acheteur_siret: str,
    *,
    motif: str,
    pieces: str,
    notifiee_le: dt.date | None = None,
    code: str = "JUSTIF_ABS",
) -> Facture:
    """Interrupt the deadline from the day the supplier receives the notice (today by default)."""
    facture = charger(uow, facture_id, acheteur_siret)
    verifier_motif(SUSPENDUE, code)
    le = notifiee_le or uow.clock.today()
    verifier_jour(le, facture.recue_le, uow.clock.today(), "notifiee_le")
    verifier_interruption(
        Etat(facture.etat),
        horloge_de(facture, lois(uow.session)),
        facture.suspendue_le is not None,
        le,
    )
    facture.suspendue_le, facture.completee_le = le, None
    facture.motif_suspension, facture.pieces_demandees = motif.strip(), pieces.strip()
    mettre_a_l_heure(uow, facture)
    note = f"{motif.strip()} Pièces demandées\u00a0: {pieces.strip()}"
    passer(uow, facture, Etat.SUSPENDUE, note, motif=code)
    dire(uow, facture, "suspendue", {"motif": motif.strip(), "suspendue_le": le})
    return facture


def verifier_jour(le: dt.date, premier: dt.date, dernier: dt.date, champ: str) -> None:
    """Refuse a day outside a period, naming the field that holds it."""
    if not premier <= le <= dernier:
        raise ValidationError(
            "Cette date n’est pas possible.",
            code="date_impossible",
            champs={champ: f"Choisissez une date du {jour(premier)} au {jour(dernier)}."},
        )
