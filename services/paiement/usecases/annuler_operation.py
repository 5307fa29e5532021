"""An authorisation that was never used is cancelled, with a reason; it stays in the history."""

import uuid

from sqlalchemy import select

from services.paiement.domain import numero_carte
from services.paiement.tables import Carte, OperationCarte, SuiviLigne
from services.paiement.usecases.autoriser_operation import commun
from services.paiement.usecases.cartes import charger_carte
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.messaging.uow import UnitOfWork


def annuler_operation(
    uow: UnitOfWork, operation_id: uuid.UUID, acheteur_siret: str, motif: str
) -> OperationCarte:
    """Cancel an authorisation that was never used: it weighs on no ceiling any more."""
    carte, operation = charger_operation(uow, operation_id, acheteur_siret)
    if not operation.vivante:
        raise ConflictError(
            "Seule une opération autorisée et non annulée peut s’annuler.",
            code="operation_close",
        )
    if uow.session.scalar(select(SuiviLigne.rang).where(SuiviLigne.operation_id == operation.id)):
        raise ConflictError(
            "Cette opération figure sur un relevé\u00a0: contestez sa ligne auprès de l’émetteur.",
            code="operation_relevee",
        )
    if not motif.strip():
        raise ValidationError(
            "Dites pourquoi l’opération n’a pas eu lieu.",
            code="motif_absent",
            champs={"motif": "Ce champ est obligatoire."},
        )
    numero_carte.refuser(motif=motif)
    operation.annulee_le, operation.motif_annulation = uow.clock.now(), motif
    uow.emit(
        "paiement.carte.operation_annulee.v1",
        subject=str(carte.id),
        data={**commun(carte, operation), "motif": motif},
    )
    uow.audit("carte.operation_annulee", str(operation.id), {"motif": motif})
    return operation


def charger_operation(
    uow: UnitOfWork, operation_id: uuid.UUID, acheteur_siret: str
) -> tuple[Carte, OperationCarte]:
    """Lock an operation and its card, in the order in which authorisations lock them."""
    carte_id = uow.session.scalar(
        select(OperationCarte.carte_id).where(OperationCarte.id == operation_id)
    )
    if carte_id is None:
        raise NotFoundError("Cette opération n’existe pas.", code="operation_inconnue")
    carte = charger_carte(uow, carte_id, acheteur_siret)
    operation = uow.session.scalars(
        select(OperationCarte)
        .where(OperationCarte.id == operation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    return carte, operation
