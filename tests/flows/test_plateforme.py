"""`python -m services` as a person uses it: start, stop, kill, start again."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.db, pytest.mark.timeout(240)]
ROOT = Path(__file__).resolve().parents[2]
BASE_PORT = 18_300


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """One folder for the whole module: its first start is the only long one."""
    with tempfile.TemporaryDirectory(prefix="essaim-plateforme-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def port() -> int:
    """A port such that those of the mail and of the measures are free too."""
    first = BASE_PORT + os.getpid() % 200 * 3
    for candidate in range(first, first + 600, 3):
        if all(_free(candidate + offset) for offset in (0, 25, 1100)):
            return candidate
    raise AssertionError("no free port")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Run:
    """One `python -m services`, its output and the processes that it started."""

    def __init__(self, data_dir: Path, port: int, **environ: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.output = data_dir / f"sortie-{time.monotonic_ns()}.txt"
        base = {k: v for k, v in os.environ.items() if not k.startswith(("DATABASE_URL", "AMQP"))}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "services"],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**base, "DATA_DIR": str(data_dir), "PORT": str(port), **environ},
            )

    @property
    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def until_ready(self) -> float:
        began = time.monotonic()
        wait_until(lambda: "Essaim est prêt" in self.said or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.said
        return time.monotonic() - began

    def children(self) -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(pid) for pid in found.stdout.split()]

    def end(self, sig: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(sig)
        return self.process.wait(60)


@pytest.fixture
def start(data_dir: Path, port: int) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(**environ: str) -> Run:
        runs.append(Run(data_dir, port, **environ))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(60)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def alive(pid: int) -> bool:
    """A zombie that nobody reaped no longer counts."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_start_look_and_stop(start: Callable[..., Run], port: int):
    run = start()
    run.until_ready()
    for path in ("/", "/groupement", "/paiement", "/alertes", "/connexion", "/health"):
        status, body = get(f"{run.url}{path}")
        assert status == 200, (path, body[:300])
    assert "essaim_build_info" in get(f"{run.url}/metrics")[1]
    assert "Coordonnatrice" in run.said
    assert notices(run)
    second = start(PORT=str(port + 1))
    assert second.process.wait(60) == 1
    assert "Essaim tourne déjà" in second.said
    children = run.children()
    began = time.monotonic()
    assert run.end(signal.SIGINT) == 0
    assert time.monotonic() - began < 25
    assert not any(alive(pid) for pid in children)


def notices(run: Run) -> set[str]:
    return set(re.findall(r'href="(/avis/[0-9A-Za-z-]+)"', get(f"{run.url}/avis")[1]))


def test_the_data_survive_and_kill_9_takes_everything_along(start: Callable[..., Run]):
    run = start()
    run.until_ready()
    assert notices(run)
    children = run.children()
    assert len(children) == 3
    run.process.kill()
    run.process.wait()
    wait_until(lambda: not any(alive(pid) for pid in children))


def test_a_part_that_dies_ends_the_platform_with_an_error(start: Callable[..., Run]):
    run = start()
    run.until_ready()
    os.kill(run.children()[-1], signal.SIGKILL)
    assert run.process.wait(60) == 1
    assert "s’est arrêté sans qu’on le lui demande" in run.said


def test_a_taken_port_is_named(start: Callable[..., Run], port: int):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        run = start()
        assert run.process.wait(60) == 1
    assert f"Le port {port} (PORT) est déjà pris" in run.said


def test_a_stop_during_the_start_is_heard(start: Callable[..., Run]):
    run = start()
    wait_until(lambda: "PostgreSQL" in run.said)
    children = run.children()
    assert run.end() == 0
    assert not any(alive(pid) for pid in children)
