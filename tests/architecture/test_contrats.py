"""The contracts of import-linter hold, and each of them bites when one line breaks it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")
VIOLATIONS = [
    ("services-independants", "groupement/usecases/x.py", "import services.paiement.tables"),
    ("services-independants", "notification/pages/x.py", "import services.publication.domain"),
    ("shared-ignore-services", "../shared/web/x.py", "import services.groupement"),
    ("shared-ignore-services", "../shared/messaging/x.py", "from services.paiement import domain"),
    ("service-sans-racine", "paiement/pages/x.py", "import services.wsgi"),
    ("couches-shared", "../shared/kernel/x.py", "import shared.db.base"),
    ("couches-shared", "../shared/db/x.py", "import shared.messaging.uow"),
    ("couches-shared", "../shared/messaging/x.py", "import shared.ops.settings"),
    ("couches-shared", "../shared/ops/x.py", "import shared.web.app"),
    ("couches-services", "groupement/domain/x.py", "import services.groupement.tables"),
    ("couches-services", "groupement/tables/x.py", "import services.groupement.usecases"),
    ("couches-services", "paiement/usecases/x.py", "import services.paiement.pages"),
    ("couches-services", "paiement/usecases/x.py", "import services.paiement.events"),
    ("couches-services", "publication/pages/x.py", "import services.publication.app"),
    ("coeur-pur", "groupement/domain/x.py", "import sqlalchemy"),
    ("coeur-pur", "notification/domain/x.py", "def f():\n    import marshmallow"),
    ("coeur-pur", "../shared/kernel/x.py", "import flask"),
    ("web-sans-nameko", "../shared/web/x.py", "import eventlet"),
    ("web-sans-nameko", "publication/pages/x.py", "import shared.messaging.consumer"),
]


def lint(root: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    chosen = ["--contract", contract] if contract else []
    return subprocess.run(
        [LINTER, "--no-logo", "--no-cache", *chosen],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The sources alone, elsewhere, to be broken one line at a time."""
    root = tmp_path_factory.mktemp("arbre")
    keep_python = shutil.ignore_patterns("__pycache__", "templates", "static", "*.json", "*.csv")
    for package in ("services", "shared"):
        shutil.copytree(ROOT / package, root / package, ignore=keep_python)
    shutil.copy(ROOT / "pyproject.toml", root)
    yield root
    shutil.rmtree(root)


def test_every_contract_is_kept():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "module", "line"), VIOLATIONS)
def test_a_violation_is_caught(copy: Path, contract: str, module: str, line: str):
    package = (copy / "services" / module).resolve()
    target = package if package.parent.is_dir() else package.parent.with_suffix(".py")
    before = target.read_text(encoding="utf-8") if target.exists() else None
    target.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        done = lint(copy, contract)
    finally:
        if before is None:
            target.unlink()
        else:
            target.write_text(before, encoding="utf-8")
    assert done.returncode == 1, f"{contract} ne voit pas « {line} »\n{done.stdout}"
    assert "BROKEN" in done.stdout
