"""The embedded PostgreSQL: first start, second start, concurrent start, killed start."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from shared.ops import embedded, places, programs
from shared.ops.embedded import EmbeddedPostgres, create_database
from shared.ops.programs import EmbeddedError

pytestmark = pytest.mark.db

HOLD = """
import sys, time
from pathlib import Path
from shared.ops.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), durable=False)
server.start()
print(server.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may enter, unlike pytest's when run as root."""
    with tempfile.TemporaryDirectory(prefix="essaim-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def scalar(server: EmbeddedPostgres, database: str, statement: str) -> object:
    engine = sa.create_engine(server.url(database), poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement))
        return result.scalar() if result.returns_rows else None


def held(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start another process that runs a server on `folder`; return it and the server's pid."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout
    with child.stdout as told:
        return child, int(told.readline())


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("origin", ["system", "wheel"])
def test_a_second_start_keeps_the_data(folder: Path, origin: str, monkeypatch: pytest.MonkeyPatch):
    found = programs._wheel_programs() if origin == "wheel" else programs._system_programs()
    if not found:
        pytest.skip("no system PostgreSQL on this machine")
    monkeypatch.setattr(embedded, "find_programs", lambda _required: found[0])
    with EmbeddedPostgres(folder) as server:
        assert create_database(server.url("groupement"))
        scalar(server, "groupement", "CREATE TABLE t AS SELECT 42 AS n")
        assert scalar(server, "groupement", "SELECT lower('ÉCOLE')") == "école"
    with EmbeddedPostgres(folder) as server:
        assert not create_database(server.url("groupement"))
        assert scalar(server, "groupement", "SELECT n FROM t") == 42


def test_a_concurrent_start_is_refused_with_the_holder(folder: Path):
    child, server_pid = held(folder)
    try:
        with pytest.raises(EmbeddedError, match=rf"processus {child.pid}\b"):
            EmbeddedPostgres(folder).start()
    finally:
        child.kill()
        child.wait()
        wait_until(lambda: gone(server_pid))  # before its folder goes


def test_a_killed_parent_takes_the_server_along(folder: Path):
    child, server_pid = held(folder)
    child.kill()
    child.wait()
    wait_until(lambda: gone(server_pid))


def test_a_start_after_kill_9_of_everything_keeps_the_data(folder: Path):
    child, server_pid = held(folder)
    server = EmbeddedPostgres(folder, durable=False)
    scalar(server, "postgres", "CREATE TABLE t AS SELECT 42 AS n")
    os.kill(server_pid, signal.SIGKILL)
    child.kill()
    child.wait()
    assert (folder / "postgresql" / "postmaster.pid").exists()
    with server:
        assert scalar(server, "postgres", "SELECT n FROM t") == 42


def test_the_pid_of_a_dead_server_may_belong_to_somebody_else(folder: Path):
    with EmbeddedPostgres(folder, durable=False):
        pass
    mark = folder / "postgresql" / "postmaster.pid"
    mark.write_text(f"{os.getpid()}\n")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert scalar(server, "postgres", "SELECT 1") == 1


def test_a_first_start_killed_half_way_is_begun_again(folder: Path):
    partial = folder / "postgresql.partiel"
    partial.mkdir()
    (partial / "PG_VERSION").write_text("15")
    with EmbeddedPostgres(folder, durable=False) as server:
        assert scalar(server, "postgres", "SELECT 1") == 1


def test_a_long_path_moves_the_socket_elsewhere(folder: Path):
    deep = folder / ("d" * 60) / ("e" * 60)
    with EmbeddedPostgres(deep, durable=False) as server:
        assert server.socket_dir.is_relative_to("/tmp")
        assert scalar(server, "postgres", "SELECT 1") == 1
    server.socket_dir.rmdir()


def test_data_of_an_absent_version_is_refused_with_what_to_install(folder: Path):
    (folder / "postgresql").mkdir()
    (folder / "postgresql" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedError, match="paquet postgresql-9"):
        EmbeddedPostgres(folder).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_root_is_told_when_postgresql_may_not_enter_the_folder(folder: Path):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="DATA_DIR"):
        EmbeddedPostgres(closed / "data").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")
def test_root_copies_programs_that_postgresql_may_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    wheel = programs._wheel_programs()
    real = places.open_to_all
    monkeypatch.setattr(embedded, "find_programs", lambda _required: wheel[0])
    monkeypatch.setattr(places, "open_to_all", lambda f: f != wheel[0].folder and real(f))
    with EmbeddedPostgres(folder, durable=False) as server:
        assert scalar(server, "postgres", "SELECT 1") == 1
    assert list(folder.glob("postgresql-programmes-*/**/bin/postgres"))
