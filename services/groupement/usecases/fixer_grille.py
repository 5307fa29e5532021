"""The coordinator chooses the criteria on which the contracts of a convention are evaluated."""

import uuid

from services.groupement import tables as t
from services.groupement.usecases.commun import convention_verrouillee
from shared.messaging.uow import UnitOfWork


def fixer_grille(uow: UnitOfWork, convention_id: uuid.UUID, criteres: tuple[str, ...]) -> None:
    """Replace the criteria; evaluations already open keep theirs."""
    convention_verrouillee(uow, convention_id)
    uow.session.merge(t.GrilleEvaluation(convention_id=convention_id, criteres=list(criteres)))
    uow.audit("evaluation.grille", str(convention_id), {"criteres": list(criteres)})
