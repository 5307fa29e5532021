"""The coordinator waives an evaluation, with a reason."""

import uuid

from services.groupement import tables as t
from services.groupement.domain.evaluations import EtatEvaluation
from services.groupement.queries import evaluations
from services.groupement.usecases.commun import contrat_verrouille
from services.groupement.usecases.evaluation_commune import avancer_evaluation
from shared.messaging.uow import UnitOfWork


def dispenser_evaluation(uow: UnitOfWork, marche_id: uuid.UUID, motif: str) -> None:
    """Let a contract be closed without marks; the reason stays in the journal (K1)."""
    contrat = contrat_verrouille(uow, marche_id)
    achat = uow.session.get_one(t.Achat, contrat.achat_id)
    lue = uow.session.get(t.Evaluation, marche_id, with_for_update=True) or t.Evaluation(
        marche_id=marche_id,
        etat=EtatEvaluation.OUVERTE.value,
        criteres=list(evaluations.criteres(uow.session, achat.convention_id)),
        ouverte_le=uow.clock.now(),
    )
    avancer_evaluation(lue, EtatEvaluation.DISPENSEE)
    lue.motif_dispense = motif
    uow.session.add(lue)
    donnees = {
        "marche_id": marche_id,
        "marche_reference": contrat.reference,
        "motif": motif,
        "dispensee_le": uow.clock.now(),
    }
    uow.audit("evaluation.dispensee", str(achat.id), donnees)
    uow.emit("groupement.evaluation.dispensee.v1", subject=str(marche_id), data=donnees)
