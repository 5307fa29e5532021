"""Loading an evaluation for the use cases: under its lock, as it is now."""

import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.evaluations import EtatEvaluation, franchir
from services.groupement.usecases.commun import verrouille
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork


def evaluation_verrouillee(uow: UnitOfWork, marche_id: uuid.UUID) -> t.Evaluation:
    lue = verrouille(uow, sa.select(t.Evaluation).where(t.Evaluation.marche_id == marche_id))
    if lue is None:
        raise NotFoundError(
            "L’évaluation de ce marché n’est pas encore ouverte.", code="evaluation_inconnue"
        )
    return lue


def avancer_evaluation(lue: t.Evaluation, vers: EtatEvaluation) -> None:
    lue.etat = franchir(EtatEvaluation(lue.etat), vers).value
