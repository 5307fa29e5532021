"""The audit chain: append-only, each row sealed by the hash of the row before it."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

GENESIS = "0" * 64
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext('essaim.audit'))")

table = sa.table(
    "audit",
    sa.column("seq", sa.BigInteger),
    sa.column("le", sa.DateTime(timezone=True)),
    sa.column("acteur", sa.Text),
    sa.column("action", sa.Text),
    sa.column("objet", sa.Text),
    sa.column("details", JSONB),
    sa.column("correlation_id", sa.Text),
    sa.column("empreinte", sa.Text),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision: who did what, to which object, when, within which flow."""

    le: dt.datetime
    acteur: str
    action: str
    objet: str
    details: Mapping[str, Any]
    correlation_id: str


def seal(previous: str, seq: int, entry: Entry) -> str:
    """Hash of an entry chained to the hash before it (hexadecimal SHA-256)."""
    record = [
        previous,
        seq,
        entry.le.astimezone(dt.UTC).isoformat(),
        entry.acteur,
        entry.action,
        entry.objet,
        entry.details,
        entry.correlation_id,
    ]
    canonical = json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def append(session: Session, entries: Sequence[Entry]) -> None:
    """Seal and write entries; one writer at a time, until the transaction ends."""
    session.execute(_LOCK)
    last = session.execute(
        sa.select(table.c.seq, table.c.empreinte).order_by(table.c.seq.desc()).limit(1)
    ).first()
    head, previous = (last.seq, last.empreinte) if last else (0, GENESIS)
    rows = []
    for seq, entry in enumerate(entries, start=head + 1):
        previous = seal(previous, seq, entry)
        rows.append({**asdict(entry), "seq": seq, "empreinte": previous})
    session.execute(sa.insert(table), rows)


def verify(session: Session) -> int | None:
    """Return the `seq` of the first row that breaks the chain, or None when it is whole."""
    previous, expected = GENESIS, 1
    for row in session.execute(sa.select(table).order_by(table.c.seq)):
        entry = Entry(row.le, row.acteur, row.action, row.objet, row.details, row.correlation_id)
        if row.seq != expected or seal(previous, row.seq, entry) != row.empreinte:
            return int(row.seq)
        previous, expected = row.empreinte, expected + 1
    return None
