"""Called by the first migration of each service: the tables that every service needs."""

from sqlalchemy import Connection

from shared.db.sql import run_script


def create_tables(connection: Connection) -> None:
    run_script(connection, "shared.db", "audit.sql")
    run_script(connection, "shared.messaging", "schema.sql")
