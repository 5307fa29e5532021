"""What no file may hold, and what every link in the documentation must find."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.imports import ROOT, modules

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?\)")
UNFINISHED = re.compile("TO" + "DO|FIX" + "ME|XX" + "X|Not" + "ImplementedError")
SILENCED = re.compile(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)")
WORKPLACE = re.compile(
    "|".join(
        (
            "/wo" + "rk/",
            "/ro" + "ot/",
            r"\.lib" + "rary/",
            r"https?://[^\s\"']*(py" + "pi|npm" + "js|python" + "hosted|deb" + r"ian)\.",
            "Cla" + "ude|Anth" + "ropic|sub" + "agent|Chat" + "GPT",
        )
    )
)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def found(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number} {line.strip()[:90]}"
        for path in paths
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_nothing_speaks_of_the_place_where_it_was_written():
    paths = [p for p in tracked() if p.suffix not in {".csv", ".svg", ".lock"}]
    assert found(WORKPLACE, paths) == []


def test_nothing_is_left_unfinished():
    assert found(UNFINISHED, [p for p in tracked() if p.suffix == ".py"]) == []


def test_a_silenced_check_says_which():
    assert found(SILENCED, [p for p in tracked() if p.suffix == ".py"]) == []


def test_links_of_the_documentation_exist():
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in tracked()
        if page.suffix == ".md"
        for target, _anchor in LINK.findall(text_of(page))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_public_modules_say_what_they_are_for():
    silent = [
        str(path.relative_to(ROOT))
        for path in modules("services", "shared")
        if path.name != "__init__.py"
        and "migrations" not in path.parts
        and not ast.get_docstring(ast.parse(text_of(path)))
    ]
    assert silent == []


def test_decimals_never_become_floats_in_the_core():
    """Amounts and quantities are Decimal; scores and ratios have no place in a domain either."""
    pattern = re.compile(r"\bfloat\([^)]|\w:\s+float\b|->\s*float\b")
    core = [p for p in modules("services", "shared") if {"domain", "kernel"} & set(p.parts)]
    assert found(pattern, core) == []
