"""A connection of one's own to PostgreSQL: it can hold a session lock and be woken by NOTIFY."""

import select
import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

CHANNEL = "essaim"


class OwnConnection:
    """Outside any pool, in autocommit; its methods raise `DBAPIError` once it is lost."""

    def __init__(self, url: str, *, application_name: str, listen: bool = True) -> None:
        self._listen = listen
        self._engine = sa.create_engine(
            url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "application_name": application_name,
                "options": "-c timezone=UTC -c statement_timeout=30000",
                "connect_timeout": 5,
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
            },
        )
        self._connection = self._engine.connect()
        if listen:
            self.execute(f"LISTEN {CHANNEL}")

    def execute(
        self, statement: sa.Executable | str, parameters: Mapping[str, Any] | None = None
    ) -> sa.CursorResult[Any]:
        """Run one statement, committed at once."""
        clause = sa.text(statement) if isinstance(statement, str) else statement
        return self._connection.execute(clause, parameters or {})

    def wait(self, timeout: float) -> bool:
        """Sleep until notified, `timeout` seconds at most; tell whether there was something."""
        if not self._listen:
            time.sleep(timeout)
            return False
        raw: Any = self._connection.connection.dbapi_connection
        if not raw.notifies:
            ready, _, _ = select.select([raw], [], [], timeout)
            if ready:
                self._poll(raw)
        heard = bool(raw.notifies)
        raw.notifies.clear()
        return heard

    def _poll(self, raw: Any) -> None:
        """Read notifications; a driver error becomes SQLAlchemy's, like everywhere else."""
        try:
            raw.poll()
        except Exception as error:
            raise sa.exc.OperationalError("poll", {}, error) from error

    def close(self) -> None:
        """Give the connection back to nobody."""
        self._connection.invalidate()
        self._connection.close()
        self._engine.dispose()
