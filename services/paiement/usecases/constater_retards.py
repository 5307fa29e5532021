"""The legal due date passed without payment: said once, with the legal date."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from services.paiement.domain.facture import SOLDES, Etat
from services.paiement.tables import Facture
from services.paiement.usecases.suivi import dire
from shared.kernel.calendrier import ajouter_jours
from shared.messaging.uow import UnitOfWork

_ARRETES = tuple(etat.value for etat in (*SOLDES, Etat.SUSPENDUE))


def constater_un_retard(uow: UnitOfWork) -> bool:
    """Claim one late invoice that was not told yet and tell it; False when none is left.

    Whenever this runs, the event carries the day after the due date: the legal start of lateness.
    """
    facture = uow.session.scalar(
        select(Facture)
        .where(
            Facture.echeance_le < uow.clock.today(),
            Facture.retard_signale_le.is_(None),
            Facture.etat.not_in(_ARRETES),
        )
        .options(joinedload(Facture.acheteur), joinedload(Facture.marche))
        .order_by(Facture.echeance_le, Facture.id)
        .limit(1)
        .with_for_update(of=Facture, skip_locked=True)
    )
    if facture is None or facture.echeance_le is None:
        return False
    facture.retard_signale_le = uow.clock.now()
    dire(
        uow,
        facture,
        "en_retard",
        {
            "echeance_le": facture.echeance_le,
            "depuis_le": ajouter_jours(facture.echeance_le, 1),
        },
    )
    uow.audit("facture.en_retard", str(facture.id), {"echeance_le": facture.echeance_le})
    return True
