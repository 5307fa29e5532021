"""The coordinator sends the evaluation to the firm."""

import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.evaluations import (
    REPONSE_SOUS,
    EtatEvaluation,
    exiger_des_notes,
)
from services.groupement.usecases.commun import acteur, organisation
from services.groupement.usecases.evaluation_commune import (
    avancer_evaluation,
    evaluation_verrouillee,
)
from services.groupement.usecases.ouvrir_evaluation import marche_et_titulaire
from shared.messaging.uow import UnitOfWork


def transmettre_evaluation(uow: UnitOfWork, marche_id: uuid.UUID, courriel: str | None) -> None:
    """Fix the marks; notification writes to the firm, with the link by which it may reply."""
    lue = evaluation_verrouillee(uow, marche_id)
    avis = uow.session.scalar(
        sa.select(sa.func.count()).where(t.AvisEvaluation.marche_id == marche_id)
    )
    avancer_evaluation(lue, EtatEvaluation.TRANSMISE)
    exiger_des_notes(avis or 0)
    lue.transmise_le, lue.courriel = uow.clock.now(), courriel
    contrat = uow.session.get_one(t.Contrat, marche_id)
    achat = uow.session.get_one(t.Achat, contrat.achat_id)
    donnees = {
        **marche_et_titulaire(contrat),
        "objet": contrat.objet,
        "coordonnateur": acteur(organisation(uow.session, achat.coordonnateur)),
        "courriel_titulaire": courriel,
        "avis": avis,
        "transmise_le": lue.transmise_le,
        "repondre_avant": lue.transmise_le + REPONSE_SOUS,
    }
    uow.audit("evaluation.transmise", str(achat.id), donnees)
    uow.emit("groupement.evaluation.transmise.v1", subject=str(marche_id), data=donnees)
