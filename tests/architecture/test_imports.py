"""Rules about imports that name exact files, beside the contracts of import-linter."""

import re
import sys

import pytest

from tests.architecture.imports import SERVICES, all_imports

EVENTLET = re.compile(
    r"services/[a-z]+/events\.py|services/worker\.py|shared/messaging/(consumer|worker|green)\w*\.py"
)
SEVERAL = re.compile(r"services/(__main__|wsgi|worker|plateforme)\.py|services/story/\w+\.py")
PURE = sys.stdlib_module_names - {
    "asyncio", "http", "logging", "os", "random", "secrets", "shutil", "smtplib",
    "socket", "socketserver", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time",
    "urllib",
}  # fmt: skip


def test_nameko_stays_behind_the_consumer():
    culprits = [
        str(i)
        for i in all_imports()
        if i.of("nameko", "eventlet") and not EVENTLET.fullmatch(i.path)
    ]
    assert culprits == []


def test_only_the_composition_root_knows_several_services():
    names = tuple(f"services.{name}" for name in SERVICES)
    known: dict[str, set[str]] = {}
    for i in all_imports():
        for name in names:
            if i.of(name):
                known.setdefault(i.path, set()).add(name)
    several = {path for path, services in known.items() if len(services) > 1}
    assert {path for path in several if not SEVERAL.fullmatch(path)} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_domain_imports_the_standard_library_and_the_kernel_only(service: str):
    own = f"services.{service}.domain"
    culprits = [
        str(i)
        for i in all_imports()
        if i.path.startswith(f"services/{service}/domain/")
        and not i.of(own, "shared.kernel")
        and i.target.split(".")[0] not in PURE
        and not i.of("urllib.parse")
    ]
    assert culprits == []


def test_imports_are_absolute():
    relative = re.compile(r"^\s*from \.", re.MULTILINE)
    from tests.architecture.imports import ROOT, modules

    found = [
        str(p.relative_to(ROOT))
        for p in modules("services", "shared")
        if relative.search(p.read_text(encoding="utf-8"))
    ]
    assert found == []
