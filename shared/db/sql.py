"""Run a SQL file that ships inside a package, from a migration."""

from importlib.resources import files

from sqlalchemy import Connection


def run_script(connection: Connection, package: str, name: str) -> None:
    """Execute every statement of `package/name` as it stands, without parameter markers."""
    connection.exec_driver_sql(files(package).joinpath(name).read_text(encoding="utf-8"))
