"""The coordinator says whether a contract is innovative, and why."""

import uuid

from services.groupement import tables as t
from services.groupement.usecases.commun import contrat_verrouille
from shared.messaging.uow import UnitOfWork


def signaler_innovation(
    uow: UnitOfWork, marche_id: uuid.UUID, motif: str, *, innovant: bool
) -> None:
    """The last word counts; the journal keeps the former ones."""
    contrat = contrat_verrouille(uow, marche_id)
    uow.session.merge(
        t.Innovation(
            marche_id=marche_id,
            innovant=innovant,
            motif=motif,
            le=uow.clock.now(),
            acteur=uow.acteur,
        )
    )
    donnees = {
        "marche_id": marche_id,
        "marche_reference": contrat.reference,
        "innovant": innovant,
        "motif": motif,
        "montant_ht": contrat.montant_initial_ht,
        "signalee_le": uow.clock.now(),
    }
    uow.audit("innovation.signalee", str(contrat.achat_id), donnees)
    uow.emit("groupement.innovation.signalee.v1", subject=str(marche_id), data=donnees)
