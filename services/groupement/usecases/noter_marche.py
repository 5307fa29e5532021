"""A member marks a contract on which it ordered."""

import uuid
from collections.abc import Mapping

from services.groupement import tables as t
from services.groupement.domain.evaluations import (
    EtatEvaluation,
    exiger_a_commande,
    exiger_ouverte,
    verifier_notes,
)
from services.groupement.queries.evaluations import membres_ayant_commande
from services.groupement.usecases.commun import acteur, organisation
from services.groupement.usecases.evaluation_commune import evaluation_verrouillee
from shared.messaging.uow import UnitOfWork


def noter_marche(
    uow: UnitOfWork, marche_id: uuid.UUID, siret: str, notes: Mapping[str, int], commentaire: str
) -> None:
    """Write the member's marks, or replace them while the evaluation is open."""
    lue = evaluation_verrouillee(uow, marche_id)
    exiger_ouverte(EtatEvaluation(lue.etat))
    membres = membres_ayant_commande(uow.session, marche_id)
    exiger_a_commande(siret, [m.siret for m in membres])
    verifier_notes(lue.criteres, notes)
    uow.session.merge(
        t.AvisEvaluation(
            marche_id=marche_id,
            siret=siret,
            commentaire=commentaire,
            donne_le=uow.clock.now(),
            acteur=uow.acteur,
            notes=[
                t.NoteEvaluation(marche_id=marche_id, siret=siret, critere=critere, note=note)
                for critere, note in notes.items()
            ],
        )
    )
    contrat = uow.session.get_one(t.Contrat, marche_id)
    donnees = {
        "marche_id": marche_id,
        "marche_reference": contrat.reference,
        "membre": acteur(organisation(uow.session, siret)),
        "notee_le": uow.clock.now(),
    }
    uow.audit("evaluation.notee", str(contrat.achat_id), donnees | {"notes": dict(notes)})
    uow.emit("groupement.evaluation.notee.v1", subject=str(marche_id), data=donnees)
