"""Dead letters: read them, replay them once their cause is gone, or discard them with a reason."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from shared.kernel.errors import ConflictError, ContractError, NotFoundError, ValidationError
from shared.messaging import topology, wire
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

DEAD = "MORTE"
REPLAYED = "REJOUEE"
DISCARDED = "ECARTEE"

_LIST = sa.text(
    """
    SELECT *, count(*) OVER () AS total FROM lettre_morte
    WHERE etat = :etat ORDER BY dead_at DESC, id DESC LIMIT :limit OFFSET :offset
    """
)
_ONE = sa.text("SELECT * FROM lettre_morte WHERE id = :id")
_LOCK = sa.text("SELECT * FROM lettre_morte WHERE id = :id FOR UPDATE")
_CLOSE = sa.text(
    """
    UPDATE lettre_morte SET etat = :etat, motif = :motif, acteur = :acteur,
        closed_at = clock_timestamp() WHERE id = :id
    """
)
_CLAIM = sa.text("INSERT INTO inbox (consumer, event_id) VALUES (:c, :id) ON CONFLICT DO NOTHING")
_REQUEUE = sa.text(
    """
    INSERT INTO message_en_attente
        (consumer, event_id, type, enveloppe, attempts, due_at, cause, erreur, first_seen_at)
    VALUES (:consumer, :id, :type, :enveloppe, 0, clock_timestamp(), 'rejeu', :motif, :first)
    """
).bindparams(sa.bindparam("enveloppe", type_=JSONB))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event, or a message that is none, which a consumer gave up on.

    `enveloppe` is the CloudEvent; for an unreadable message, its headers, and `corps` its bytes.
    """

    id: int
    consumer: str
    event_id: uuid.UUID | None
    type: str | None
    enveloppe: Mapping[str, Any] | None
    corps: bytes | None
    cause: str
    erreur: str
    attempts: int
    first_seen_at: dt.datetime
    dead_at: dt.datetime
    etat: str
    motif: str | None
    acteur: str | None
    closed_at: dt.datetime | None


def find(
    session: Session, *, etat: str = DEAD, limit: int = 50, offset: int = 0
) -> tuple[list[DeadLetter], int]:
    """The latest dead letters in that state, and how many there are in all."""
    rows = session.execute(_LIST, {"etat": etat, "limit": limit, "offset": offset}).all()
    return [_load(row) for row in rows], rows[0].total if rows else 0


def show(session: Session, letter_id: int) -> DeadLetter:
    """One dead letter, or `NotFoundError`."""
    row = session.execute(_ONE, {"id": letter_id}).first()
    if row is None:
        raise NotFoundError(f"Aucune lettre morte {letter_id}", code="lettre_inconnue")
    return _load(row)


def replay(uow: UnitOfWork, letter_id: int, motif: str) -> None:
    """Give the event its attempts again, starting now; exactly one effect can come of it."""
    letter = _take(uow, letter_id, motif)
    event = _event_of(letter)
    uow.session.execute(_CLAIM, {"c": letter.consumer, "id": event.id})
    uow.session.execute(
        _REQUEUE,
        {
            "consumer": letter.consumer,
            "id": event.id,
            "type": event.type,
            "enveloppe": wire.structured(event),
            "motif": motif,
            "first": letter.first_seen_at,
        },
    )
    _close(uow, letter, REPLAYED, motif)


def discard(uow: UnitOfWork, letter_id: int, motif: str) -> None:
    """Give the event up for good; it stays in the table with the reason."""
    _close(uow, _take(uow, letter_id, motif), DISCARDED, motif)


def _take(uow: UnitOfWork, letter_id: int, motif: str) -> DeadLetter:
    if not motif.strip():
        raise ValidationError("Indiquez le motif", code="motif_requis", champs={"motif": "Requis"})
    row = uow.session.execute(_LOCK, {"id": letter_id}).first()
    if row is None:
        raise NotFoundError(f"Aucune lettre morte {letter_id}", code="lettre_inconnue")
    if row.etat != DEAD:
        raise ConflictError("Cette lettre est déjà réglée", code="lettre_deja_reglee")
    return _load(row)


def _close(uow: UnitOfWork, letter: DeadLetter, etat: str, motif: str) -> None:
    uow.session.execute(
        _CLOSE, {"id": letter.id, "etat": etat, "motif": motif, "acteur": uow.acteur}
    )
    details = {"consommateur": letter.consumer, "evenement": letter.event_id, "motif": motif}
    uow.audit(f"lettre_morte.{etat.lower()}", str(letter.id), details)


def _event_of(letter: DeadLetter) -> Event:
    """The event to replay; raise `ConflictError` if this code still cannot read it."""
    if letter.consumer.endswith(topology.door_queue_of("")):
        raise ConflictError(
            "Une demande refusée à la porte doit être renvoyée par le membre",
            code="rejeu_impossible",
        )
    try:
        if letter.corps is None:
            return wire.read(letter.enveloppe or {})
        kept = letter.enveloppe or {}
        return wire.decode(letter.corps, kept.get("content_type"), kept.get("headers", {}))
    except ContractError as error:
        raise ConflictError(error.message, code="rejeu_impossible") from error


def _load(row: sa.Row[Any]) -> DeadLetter:
    values = {key: value for key, value in row._mapping.items() if key != "total"}  # noqa: SLF001
    corps = values["corps"]
    return DeadLetter(**{**values, "corps": None if corps is None else bytes(corps)})
