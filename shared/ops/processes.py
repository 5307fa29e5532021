"""Child processes that never outlive their parent, even when it is killed."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_PR_SET_PDEATHSIG = 1


def _die_with_parent(sig: signal.Signals) -> Callable[[], None] | None:
    """Ask Linux to send `sig` to the child when this process disappears; elsewhere, nothing."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "prctl"):
        return None
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(sig))
        if os.getppid() != parent:  # it died before the request was recorded
            os.kill(os.getpid(), sig)

    return before_exec


def run(command: Sequence[str | Path], *, user: str | None = None) -> tuple[int, str]:
    """Run a short command, as another user if asked; return its exit code and what it said."""
    done = subprocess.run(  # noqa: S603 - commands are ours, no shell
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd="/",
        **_as(user),
    )
    return done.returncode, done.stdout.strip()


def _as(user: str | None) -> dict[str, Any]:
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def spawn(
    command: Sequence[str | Path],
    *,
    on_orphaned: signal.Signals = signal.SIGTERM,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session: a Ctrl-C reaches the supervisor alone, which decides."""
    return subprocess.Popen(  # noqa: S603 - commands are ours, no shell
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env=env,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_die_with_parent(on_orphaned),  # noqa: PLW1509 - one prctl, no allocation
        **_as(user),
    )


def stop(
    process: subprocess.Popen[bytes],
    *,
    sig: signal.Signals = signal.SIGTERM,
    timeout: float = 20.0,
) -> int:
    """Ask the process to end; kill it after `timeout` seconds. Return its exit code."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
