"""Sizes: a file fits on a few screens, a function on one.

`python -m tests.architecture.tailles` prints what is too large, or the medians.
"""

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("services", "shared", "tests", "examples")
FILE_MAX = 400
FUNCTION_MAX = 60


@dataclass(frozen=True)
class Size:
    """`where` is a path, or a path, a line and a name."""

    where: str
    lines: int


def python_files(root: Path = ROOT) -> list[Path]:
    """Every source file but generated ones and migrations, which are written once."""
    return sorted(
        path
        for source in SOURCES
        for path in (root / source).rglob("*.py")
        if "versions" not in path.parts and "__pycache__" not in path.parts
    )


def file_sizes(files: list[Path], root: Path = ROOT) -> list[Size]:
    return [
        Size(str(f.relative_to(root)), f.read_text(encoding="utf-8").count("\n")) for f in files
    ]


def function_sizes(files: list[Path], root: Path = ROOT) -> Iterator[Size]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{file.relative_to(root)}:{node.lineno} {node.name}"
                yield Size(where, (node.end_lineno or node.lineno) - node.lineno + 1)


def too_large(root: Path = ROOT) -> list[str]:
    """One line per file or function above its limit."""
    files = python_files(root)
    over = [(s, FILE_MAX) for s in file_sizes(files, root) if s.lines > FILE_MAX]
    over += [(s, FUNCTION_MAX) for s in function_sizes(files, root) if s.lines > FUNCTION_MAX]
    return [f"{size.where} : {size.lines} lignes (au plus {limit})" for size, limit in over]


def main() -> int:
    """Print what is too large, or the medians; return the exit code."""
    problems = too_large()
    if problems:
        print(*problems, sep="\n")
        return 1
    files = [f for f in python_files() if f.relative_to(ROOT).parts[0] in {"services", "shared"}]
    lines = statistics.median(s.lines for s in file_sizes(files) if s.lines)
    length = statistics.median(s.lines for s in function_sizes(files))
    print(f"Tailles : {len(files)} fichiers, médiane {lines:g} lignes, fonction {length:g} lignes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
