"""What a consumer remembers in its own database: done, suspected, waiting, dead."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from shared.messaging import wire
from shared.messaging.envelope import Event
from shared.messaging.failures import cause_of, describe

_CLAIM = sa.text(
    """
    INSERT INTO inbox (consumer, event_id)
    SELECT :consumer, id FROM unnest(cast(:ids AS uuid[])) AS t(id) ORDER BY id
    ON CONFLICT DO NOTHING RETURNING cast(event_id AS text)
    """
)
_ADVANCE = sa.text(
    """
    INSERT INTO dernier_vu AS d (consumer, subject, sequence)
    SELECT :consumer, subject, n
    FROM unnest(cast(:subjects AS text[]), cast(:sequences AS bigint[])) AS t(subject, n)
    ORDER BY subject
    ON CONFLICT (consumer, subject) DO UPDATE SET sequence = excluded.sequence
    WHERE d.sequence < excluded.sequence RETURNING subject
    """
)
_SUSPECT = sa.text(
    """
    INSERT INTO suspect AS s (consumer, event_id)
    SELECT :consumer, :id WHERE NOT EXISTS (
        SELECT FROM inbox i WHERE i.consumer = :consumer AND i.event_id = :id
        AND NOT EXISTS (SELECT FROM message_en_attente m
                        WHERE m.consumer = :consumer AND m.event_id = :id))
    ON CONFLICT (consumer, event_id) DO UPDATE SET n = s.n + 1 RETURNING n
    """
)
_CLEAR = sa.text("DELETE FROM suspect WHERE consumer = :consumer AND event_id = :id")
_PARK = sa.text(
    """
    INSERT INTO message_en_attente
        (consumer, event_id, type, enveloppe, attempts, due_at, cause, erreur)
    VALUES (:consumer, :id, :type, :enveloppe, 0,
            clock_timestamp() + make_interval(secs => :delay), :cause, :erreur)
    ON CONFLICT DO NOTHING
    """
).bindparams(sa.bindparam("enveloppe", type_=JSONB))
_BURY = sa.text(
    """
    INSERT INTO lettre_morte
        (consumer, event_id, type, enveloppe, corps, cause, erreur, attempts, first_seen_at)
    SELECT :consumer, :id, :type, :enveloppe, :corps, :cause, :erreur, :attempts,
           coalesce((SELECT first_seen_at FROM message_en_attente
                     WHERE consumer = :consumer AND event_id = :id), clock_timestamp())
    WHERE NOT EXISTS (SELECT FROM lettre_morte m WHERE m.consumer = :consumer
                      AND m.etat = 'MORTE' AND m.event_id IS NULL AND m.corps = :corps
                      AND m.enveloppe = :enveloppe)
    ON CONFLICT DO NOTHING
    """
).bindparams(
    sa.bindparam("enveloppe", type_=JSONB(none_as_null=True)),
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("corps", type_=sa.LargeBinary),
)


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as it came, kept for whoever must understand why it could not be read."""

    body: bytes
    content_type: str | None = None
    headers: dict[str, Any] = field(default_factory=dict)
    user_id: str | None = None

    def context(self) -> dict[str, Any]:
        """Headers and content type as JSON that PostgreSQL accepts; the broker's own left out."""
        headers = {k: v for k, v in self.headers.items() if not k.startswith("x-")}
        kept = {"content_type": self.content_type, "headers": headers}
        text = json.dumps(kept, default=str).replace("\\u0000", "")
        return dict(json.loads(text.encode("utf-8", "replace")))


def claim(session: Session, consumer: str, events: Sequence[Event]) -> list[Event]:
    """Note the events in the inbox; return those seen for the first time, in order."""
    named: dict[str, Event] = {}
    for event in events:
        named.setdefault(str(event.id), event)  # the same id twice in a batch is one event
    new = set(session.execute(_CLAIM, {"consumer": consumer, "ids": list(named)}).scalars())
    return [event for name, event in named.items() if name in new]


def newest(session: Session, consumer: str, events: Sequence[Event]) -> list[Event]:
    """Keep the last version of each subject, and only if it is newer than any seen before.

    Versions are counted by each emitter, so the source is part of the subject's name.
    """
    last = {f"{event.source} {event.subject}": event for event in _by_sequence(events)}
    rows = session.execute(
        _ADVANCE,
        {
            "consumer": consumer,
            "subjects": list(last),
            "sequences": [event.sequence for event in last.values()],
        },
    )
    return _by_sequence([last[subject] for subject in rows.scalars()])


def _by_sequence(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.sequence)


def suspect(session: Session, consumer: str, event_id: uuid.UUID) -> int | None:
    """Count one more start of an event that may kill the process; None when it is settled."""
    found = session.execute(_SUSPECT, {"consumer": consumer, "id": event_id}).scalar()
    return None if found is None else int(found)


def clear(session: Session, consumer: str, event_id: uuid.UUID) -> None:
    """It did not kill anybody."""
    session.execute(_CLEAR, {"consumer": consumer, "id": event_id})


def park(session: Session, consumer: str, event: Event, error: Exception, delay: float) -> None:
    """Set an event aside for a new attempt in `delay` seconds."""
    session.execute(
        _PARK,
        {
            "consumer": consumer,
            "id": event.id,
            "type": event.type,
            "enveloppe": wire.structured(event),
            "delay": delay,
            "cause": cause_of(error),
            "erreur": describe(error),
        },
    )


def bury(
    session: Session,
    consumer: str,
    event: Event | None,
    error: Exception,
    *,
    raw: Raw | None = None,
    attempts: int = 0,
) -> None:
    """Keep a dead letter with its cause; the same one is kept once."""
    envelope = wire.structured(event) if event else raw.context() if raw else None
    session.execute(
        _BURY,
        {
            "consumer": consumer,
            "id": event.id if event else None,
            "type": event.type if event else None,
            "enveloppe": envelope,
            "corps": raw.body if raw and not event else None,
            "cause": cause_of(error),
            "erreur": describe(error),
            "attempts": attempts,
        },
    )
