"""A real PostgreSQL for the tests, and one fresh database per service."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from shared.db import migrate
from shared.ops.embedded import EmbeddedPostgres

_KEPT = {"alembic_version"}


@dataclass(frozen=True)
class Postgres:
    """A running server; databases are created on demand, each migrated for one service."""

    admin_url: str

    def url(self, name: str) -> str:
        return sa.make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def create(self, name: str, service: str | None = None) -> str:
        """Create (or recreate) database `name`; migrate it when a service is given."""
        admin = sa.create_engine(self.admin_url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        admin.dispose()
        url = self.url(name)
        if service:
            migrate.upgrade(url, service)
        return url

    def drop(self, name: str) -> None:
        admin = sa.create_engine(self.admin_url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.dispose()


def empty(engine: sa.Engine) -> None:
    """Delete every row, whatever the keys and the triggers, and restart identities.

    Forty times faster than TRUNCATE on the few rows of a test.
    """
    with engine.begin() as connection:
        connection.exec_driver_sql(_EMPTY)


_EMPTY = """
    SET LOCAL session_replication_role = replica;
    DO $$
    DECLARE nom text;
    BEGIN
        FOR nom IN SELECT format('%%I', tablename) FROM pg_tables
                   WHERE schemaname = current_schema AND tablename <> 'alembic_version' LOOP
            EXECUTE 'DELETE FROM ' || nom;
        END LOOP;
        PERFORM setval(format('%%I', sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = current_schema;
    END $$
"""


def truncate(engine: sa.Engine) -> None:
    """Empty every table but the migration marker, however many rows they hold."""
    with engine.begin() as connection:
        names = sa.inspect(connection).get_table_names()
        listed = ", ".join(f'"{name}"' for name in names if name not in _KEPT)
        if listed:
            connection.exec_driver_sql(f"TRUNCATE {listed} RESTART IDENTITY CASCADE")


@contextmanager
def server() -> Iterator[Postgres]:
    """Start a private server in a temporary folder; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="essaim-pg-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder), durable=False) as pg:
            yield Postgres(pg.url("postgres"))
