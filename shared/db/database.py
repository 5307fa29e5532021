"""One `Database` per process and service: a bounded pool of psycopg2 connections."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 30_000


class Database:
    """Engine and sessions. Times are UTC on the wire; statements and locks never wait for ever."""

    def __init__(
        self,
        url: str,
        *,
        application_name: str = "essaim",
        pool_size: int = 5,
        statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    ) -> None:
        self.url = url
        options = (
            f"-c timezone=UTC -c statement_timeout={statement_timeout_ms}"
            f" -c lock_timeout={LOCK_TIMEOUT_MS}"
        )
        self.engine: Engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            pool_timeout=20,
            connect_args={
                "application_name": application_name,
                "options": options,
                "connect_timeout": 5,
            },
        )

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open one transaction; commit at the end, roll back if the block raises."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def dispose(self) -> None:
        self.engine.dispose()
