"""Real processes for the tests: started, watched, killed without mercy or asked to end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

from shared.ops import places, processes

T = TypeVar("T")
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")


@dataclass(frozen=True)
class End:
    """How a process ended: its exit code, and the seconds that it took."""

    code: int
    seconds: float


class Processus:
    """One command, started as many times as it takes; what it says goes to one file.

    It lives in its own session, so a kill reaches its children too, and dies with the tests.
    """

    def __init__(
        self, name: str, command: Sequence[str], *, env: Mapping[str, str], folder: Path
    ) -> None:
        self.name = name
        self.path = folder / f"{name}.log"
        self.starts = 0
        self._command = command
        self._env = {k: os.environ[k] for k in KEPT if k in os.environ} | dict(env)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} n’a jamais démarré"
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        return self.path.read_text(errors="replace") if self.path.exists() else ""

    def start(self, **env: str) -> Self:
        """Start it (again); `env` holds for this start only."""
        assert not self.alive, f"{self.name} tourne déjà"
        with self.path.open("ab") as output:
            self._process = processes.spawn(
                self._command,
                on_orphaned=signal.SIGKILL,
                env=self._env | env,
                cwd=places.CHECKOUT,
                output=output,
            )
        self.starts += 1
        return self

    def kill9(self) -> None:
        """End it, children included, at whatever it is doing."""
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def terminate(self, timeout: float = 25.0) -> End:
        """Ask it to end; fail when it does not within `timeout` seconds."""
        began = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        return End(self.wait(timeout), time.monotonic() - began)

    def wait(self, timeout: float = 25.0) -> int:
        """Wait until it ends by itself; return its exit code."""
        assert self._process is not None
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.name} ne finit pas en {timeout:g} s :\n{self.log[-3000:]}"
            ) from None


def python(
    name: str, module: str, *arguments: str, env: Mapping[str, str], folder: Path
) -> Processus:
    """A `python -m` process of this checkout."""
    return Processus(name, [sys.executable, "-m", module, *arguments], env=env, folder=folder)


def wait_for(condition: Callable[[], T], timeout: float = 30.0, *, what: str = "") -> T:
    """Wait until the condition holds, and return its value; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (value := condition()):
        assert time.monotonic() < deadline, f"rien après {timeout:g} s : {what or condition}"
        time.sleep(0.05)
    return value


def listens(port: int) -> bool:
    """Tell whether something accepts connections on that loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
