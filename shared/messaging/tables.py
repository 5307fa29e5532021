"""The messaging tables as SQLAlchemy sees them; `schema.sql` is their definition."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def _instant(name: str) -> sa.ColumnClause[Any]:
    return sa.column(name, sa.DateTime(timezone=True))


outbox = sa.table(
    "outbox",
    sa.column("seq", sa.BigInteger),
    sa.column("id", sa.Uuid),
    sa.column("type", sa.Text),
    sa.column("source", sa.Text),
    sa.column("subject", sa.Text),
    sa.column("sequence", sa.BigInteger),
    _instant("time"),
    sa.column("data", JSONB),
    sa.column("correlation_id", sa.Text),
    sa.column("causation_id", sa.Text),
    sa.column("traceparent", sa.Text),
    sa.column("destinataire", sa.Text),
    _instant("published_at"),
)
