"""A contract nears its end: those who ordered are asked for their marks."""

import datetime as dt
import uuid

from services.groupement import tables as t
from services.groupement.domain.evaluations import EtatEvaluation
from services.groupement.queries import evaluations
from services.groupement.usecases.commun import acteur, contact, contrat_verrouille
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def ouvrir_evaluation(
    uow: UnitOfWork, marche_id: uuid.UUID, le: dt.datetime | None = None
) -> t.Evaluation:
    """Open it once, with the criteria of the convention today; `le` is the legal instant."""
    contrat = contrat_verrouille(uow, marche_id)
    if uow.session.get(t.Evaluation, marche_id):
        raise ConflictError(
            "L’évaluation de ce marché est déjà ouverte.", code="evaluation_deja_ouverte"
        )
    achat = uow.session.get_one(t.Achat, contrat.achat_id)
    nouvelle = t.Evaluation(
        marche_id=marche_id,
        etat=EtatEvaluation.OUVERTE.value,
        criteres=list(evaluations.criteres(uow.session, achat.convention_id)),
        ouverte_le=le or uow.clock.now(),
    )
    uow.session.add(nouvelle)
    notateurs = evaluations.membres_ayant_commande(uow.session, marche_id)
    donnees = {
        **marche_et_titulaire(contrat),
        "achat_id": achat.id,
        "fin_le": contrat.fin_le,
        "membres": [acteur(membre) for membre in notateurs],
        "ouverte_le": nouvelle.ouverte_le,
    }
    uow.audit("evaluation.ouverte", str(achat.id), donnees)
    uow.emit(
        "groupement.evaluation.ouverte.v1",
        subject=str(marche_id),
        data=donnees | {"objet": achat.objet, "membres": [contact(m) for m in notateurs]},
    )
    return nouvelle


def marche_et_titulaire(contrat: t.Contrat) -> dict[str, object]:
    """A contract inside an event."""
    return {
        "marche_id": contrat.marche_id,
        "marche_reference": contrat.reference,
        "titulaire": {"siret": contrat.titulaire_siret, "nom": contrat.titulaire_nom},
    }
