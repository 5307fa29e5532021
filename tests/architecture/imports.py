"""What each module imports, read from its source."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("publication", "groupement", "paiement", "notification")


@dataclass(frozen=True)
class Import:
    """`target` is an absolute dotted name; `path` the file that imports it."""

    path: str
    line: int
    target: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} importe {self.target}"

    def of(self, *packages: str) -> bool:
        return any(self.target == p or self.target.startswith(f"{p}.") for p in packages)


def modules(*folders: str) -> list[Path]:
    return sorted(f for folder in folders for f in (ROOT / folder).rglob("*.py"))


def read(path: Path) -> Iterator[Import]:
    """Every import statement of the file, inside functions too."""
    where = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(where, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield Import(where, node.lineno, f"{node.module}.{alias.name}")


@functools.cache
def all_imports() -> tuple[Import, ...]:
    return tuple(i for path in modules("services", "shared") for i in read(path))
