"""Settle a purchase: the last step of its life, taken once everything is accounted for."""

import uuid

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat, franchir
from services.groupement.domain.solde import Renonciations, exiger_soldable, total
from services.groupement.queries.evaluations import evaluation_manquante
from services.groupement.queries.execution import contrats
from services.groupement.queries.solde import bilan, fiches
from services.groupement.usecases.commun import achat_verrouille, avancer, contrat_verrouille
from services.groupement.usecases.dispenser_evaluation import dispenser_evaluation
from shared.messaging.uow import UnitOfWork


def solder_achat(uow: UnitOfWork, achat_id: uuid.UUID, renonciations: Renonciations) -> t.Solde:
    """Refuse while anything is awaited, unpaid or not evaluated without a reason (foodsoft#275)."""
    achat = achat_verrouille(uow, achat_id)
    franchir(EtatAchat(achat.etat), EtatAchat.SOLDE)
    for contrat in contrats(uow.session, achat_id):
        contrat_verrouille(uow, contrat.marche_id)
    exiger_soldable(bilan(uow.session, achat_id), renonciations)
    _dispenser(uow, achat_id, renonciations)
    solde = t.Solde(
        achat_id=achat_id,
        solde_le=uow.clock.now(),
        montant_ht=total(fiches(uow.session, achat_id)),
        renonciation_paiement=renonciations.paiement.strip() or None,
        renonciation_evaluation=renonciations.evaluation.strip() or None,
        acteur=uow.acteur,
    )
    uow.session.add(solde)
    uow.session.flush()
    avancer(uow, achat, EtatAchat.SOLDE)
    uow.emit(
        "groupement.achat.solde.v1",
        subject=str(achat_id),
        data={
            "achat_id": achat_id,
            "reference": achat.reference,
            "objet": achat.objet,
            "montant_ht": solde.montant_ht,
            "solde_le": solde.solde_le,
            "renonciation_paiement": solde.renonciation_paiement,
            "renonciation_evaluation": solde.renonciation_evaluation,
        },
    )
    return solde


def _dispenser(uow: UnitOfWork, achat_id: uuid.UUID, renonciations: Renonciations) -> None:
    """Where a reason stands for an evaluation, it is written on the contract itself (K1)."""
    for contrat in contrats(uow.session, achat_id):
        if evaluation_manquante(uow.session, contrat.marche_id):
            dispenser_evaluation(uow, contrat.marche_id, renonciations.evaluation.strip())
