"""Requests that replace one another are taken in the order their sender numbered them."""

import uuid

from sqlalchemy.dialects.postgresql import insert

from services.groupement import tables as t
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def exiger_la_plus_recente(
    uow: UnitOfWork, source: str, objet: str, sequence: int, demande_id: uuid.UUID
) -> None:
    """Refuse a request overtaken by one of a higher number, from the same software (D10).

    A software that does not number its requests (`sequence` 0) is taken in order of arrival.
    """
    if not sequence:
        return
    voulu = insert(t.DemandeSequence).values(
        source=source, objet=objet, sequence=sequence, demande_id=demande_id
    )
    retenu = uow.session.scalar(
        voulu.on_conflict_do_update(
            index_elements=["source", "objet"],
            set_={"sequence": sequence, "demande_id": demande_id},
            where=t.DemandeSequence.sequence <= sequence,
        ).returning(t.DemandeSequence.sequence)
    )
    if retenu is None:
        connue = uow.session.get_one(t.DemandeSequence, (source, objet))
        raise ConflictError(
            f"Une demande plus récente (n°\u00a0{connue.sequence}) a déjà été prise en "
            f"compte\u00a0: celle-ci (n°\u00a0{sequence}) arrive trop tard et ne change rien.",
            code="demande_depassee",
            derniere=connue.sequence,
        )
