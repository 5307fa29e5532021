"""Schema migrations: Alembic run from Python, one writer at a time, locks that give up soon."""

import time
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

_LOCK = sa.text("SELECT pg_advisory_lock(hashtext('essaim.migration'))")
_UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtext('essaim.migration'))")


class SchemaOutOfDate(Exception):
    """The database is not at the version that this code expects."""


def config(service: str) -> Config:
    """Alembic configuration of one service; its scripts live in `services/<service>/migrations`."""
    conf = Config()
    conf.set_main_option(
        "script_location", str(files(f"services.{service}").joinpath("migrations"))
    )
    return conf


def upgrade(url: str, service: str, revision: str = "head") -> None:
    """Bring the service's database to `revision`; concurrent callers wait for one another."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as guard:
        guard.execute(_LOCK)
        try:
            with engine.begin() as connection:
                connection.execute(sa.text("SET LOCAL lock_timeout = '5s'"))
                connection.execute(sa.text("SET LOCAL statement_timeout = '60s'"))
                conf = config(service)
                conf.attributes["connection"] = connection
                have = MigrationContext.configure(connection).get_current_revision()
                if not ahead(have, service):
                    command.upgrade(conf, revision)
        finally:
            guard.execute(_UNLOCK)


def head(service: str) -> str | None:
    """The newest revision that this code ships."""
    return ScriptDirectory.from_config(config(service)).get_current_head()


def current(engine: sa.Engine) -> str | None:
    """The revision that the database is at, or None before the first migration."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def ahead(have: str | None, service: str) -> bool:
    """Tell whether revision `have` comes from newer code than this."""
    known = {s.revision for s in ScriptDirectory.from_config(config(service)).walk_revisions()}
    return have is not None and have not in known


def check(engine: sa.Engine, service: str) -> None:
    """Raise `SchemaOutOfDate` unless the database is at this code's head, or ahead of it.

    Migrations only expand while the previous code may still run, so a newer schema serves it.
    """
    have, want = current(engine), head(service)
    if have != want and not ahead(have, service):
        raise SchemaOutOfDate(f"{service} : schéma en {have or 'aucune version'}, attendu {want}")


def wait(engine: sa.Engine, service: str, *, timeout: float = 120.0) -> None:
    """Block until another process has migrated the database, or raise after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return check(engine, service)
        except (SchemaOutOfDate, sa.exc.OperationalError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
