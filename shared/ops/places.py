"""Where one machine keeps the demonstration: the data folder and the database's socket."""

import hashlib
import os
import stat
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_SOCKET_NAME = "/.s.PGSQL.5432"
_SOCKET_LIMIT = 100  # the kernel refuses addresses above 107 bytes


def open_to_all(folder: Path) -> bool:
    """Tell whether any user of the machine may enter `folder` (its parents included)."""
    return all(
        parent.stat().st_mode & stat.S_IXOTH
        for parent in (folder, *folder.parents)
        if parent.exists()
    )


def default_data_dir() -> Path:
    """`var/` in the checkout.

    PostgreSQL refuses to run as root and its own user may not enter /root: there, a folder of
    /var/lib stands in.
    """
    if os.geteuid() == 0 and not open_to_all(CHECKOUT):
        return Path("/var/lib/essaim") / _digest(CHECKOUT)
    return CHECKOUT / "var"


def socket_dir(data_dir: Path) -> Path:
    """The folder of the embedded server's socket: beside the data, unless that path is too long."""
    beside = data_dir.resolve() / "run"
    if len(os.fsencode(beside)) + len(_SOCKET_NAME) <= _SOCKET_LIMIT:
        return beside
    return Path("/tmp") / f"essaim-{_digest(data_dir.resolve())}"  # noqa: S108


def embedded_url(data_dir: Path, database: str) -> str:
    """The address of a database of the embedded server, running or not."""
    return f"postgresql+psycopg2://postgres@/{database}?host={socket_dir(data_dir)}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
