"""Before an end of deadline, the buyer's finance department is warned, ten then three days."""

from sqlalchemy import case, exists, select
from sqlalchemy.orm import joinedload

from services.paiement.domain import alertes, partage
from services.paiement.domain.alertes import LOIN, PROCHE
from services.paiement.domain.facture import SOLDES, Etat
from services.paiement.tables import AlerteEcheance, Facture
from services.paiement.usecases.lois import lois
from services.paiement.usecases.suivi import dire, partage_de
from shared.kernel.calendrier import ajouter_jours
from shared.messaging.uow import UnitOfWork

_ARRETES = tuple(etat.value for etat in (*SOLDES, Etat.SUSPENDUE))


def alerter_une_echeance(uow: UnitOfWork) -> bool:
    """Claim one unpaid invoice that is due for an alert and give it; False when none is left.

    An invoice seen late gets the nearest alert only; a new end of deadline is warned of anew.
    """
    aujourdhui = uow.clock.today()
    facture = _prochaine(uow)
    if facture is None or facture.echeance_le is None:
        return False
    restants = (facture.echeance_le - aujourdhui).days
    for jours in alertes.atteintes(restants):
        uow.session.merge(
            AlerteEcheance(
                facture_id=facture.id,
                echeance_le=facture.echeance_le,
                jours=jours,
                donnee_le=uow.clock.now(),
            )
        )
    partagee = partage_de(facture, lois(uow.session))
    tour = partage.tour(Etat(facture.etat), partagee, facture.mandatee_le)
    dire(
        uow,
        facture,
        "echeance_proche",
        {
            "echeance_le": facture.echeance_le,
            "jours_restants": restants,
            "detenteur": tour.detenteur,
            "limite_le": tour.limite_le,
            "courriel_finances": facture.acheteur.courriel_finances,
        },
    )
    uow.audit("facture.echeance_proche", str(facture.id), {"jours_restants": restants})
    return True


def _prochaine(uow: UnitOfWork) -> Facture | None:
    """One whose nearest alert was not given for its present end of deadline."""
    aujourdhui = uow.clock.today()
    proche = Facture.echeance_le <= ajouter_jours(aujourdhui, PROCHE)
    donnee = exists().where(
        AlerteEcheance.facture_id == Facture.id,
        AlerteEcheance.echeance_le == Facture.echeance_le,
        AlerteEcheance.jours == case((proche, PROCHE), else_=LOIN),
    )
    return uow.session.scalar(
        select(Facture)
        .where(
            Facture.echeance_le.between(aujourdhui, ajouter_jours(aujourdhui, LOIN)),
            Facture.etat.not_in(_ARRETES),
            ~donnee,
        )
        .options(joinedload(Facture.acheteur), joinedload(Facture.marche))
        .order_by(Facture.echeance_le, Facture.id)
        .limit(1)
        .with_for_update(of=Facture, skip_locked=True)
    )
