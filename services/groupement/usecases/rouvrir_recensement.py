"""The only way back: call for needs again, with a reason, the old consolidation kept."""

import datetime as dt
import uuid

from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.appels import Plancher
from services.groupement.usecases.commun import achat_verrouille, avancer
from services.groupement.usecases.ouvrir_recensement import appeler
from shared.kernel.errors import ValidationError
from shared.messaging.uow import UnitOfWork


def rouvrir_recensement(
    uow: UnitOfWork,
    achat_id: uuid.UUID,
    cloture_le: dt.datetime,
    *,
    motif: str,
    site: str,
    plancher: Plancher | None = None,
) -> None:
    """Open the next call; everybody is told why, and those who kept silent may answer again."""
    if not motif.strip():
        raise ValidationError(
            "Dites pourquoi le recensement est rouvert.",
            code="motif_requis",
            champs={"motif": "Indiquez le motif, il sera transmis à tous les membres."},
        )
    achat = achat_verrouille(uow, achat_id)
    avancer(uow, achat, EtatAchat.RECENSEMENT_OUVERT, motif=motif.strip())
    appeler(uow, achat, cloture_le, site=site, motif=motif.strip(), plancher=plancher)
