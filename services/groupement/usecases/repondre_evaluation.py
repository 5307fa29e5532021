"""The firm replies to its evaluation."""

import uuid

from services.groupement import tables as t
from services.groupement.domain.evaluations import EtatEvaluation, exiger_dans_le_delai
from services.groupement.usecases.evaluation_commune import (
    avancer_evaluation,
    evaluation_verrouillee,
)
from services.groupement.usecases.ouvrir_evaluation import marche_et_titulaire
from shared.messaging.uow import UnitOfWork


def repondre_evaluation(uow: UnitOfWork, marche_id: uuid.UUID, reponse: str) -> None:
    """Keep the reply, once, as the firm wrote it."""
    lue = evaluation_verrouillee(uow, marche_id)
    avancer_evaluation(lue, EtatEvaluation.REPONDUE)
    if lue.transmise_le:
        exiger_dans_le_delai(lue.transmise_le, uow.clock.now())
    lue.reponse, lue.repondue_le = reponse, uow.clock.now()
    contrat = uow.session.get_one(t.Contrat, marche_id)
    donnees = {**marche_et_titulaire(contrat), "repondue_le": lue.repondue_le}
    uow.audit("evaluation.repondue", str(contrat.achat_id), donnees)
    uow.emit("groupement.evaluation.repondue.v1", subject=str(marche_id), data=donnees)
