"""Children follow their parent; the probe server answers and ends."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from shared.ops import probe_server, processes
from shared.ops.health import Probes

PARENT = """
import sys, time
from shared.ops import processes
child = processes.spawn([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "gone"


def test_a_child_ends_with_its_killed_parent():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert state_of(child) not in {"gone", "Z"}
        parent.kill()
    deadline = time.monotonic() + 10
    while state_of(child) not in {"gone", "Z"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_stubborn_child_is_killed_in_the_end():
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    child = processes.spawn([sys.executable, "-c", f"{stubborn}; time.sleep(60)"])
    time.sleep(0.5)
    assert processes.stop(child, timeout=0.5) == -9


def test_a_command_that_fails_says_why():
    code, said = processes.run([sys.executable, "-c", "import sys; sys.exit('faute')"])
    assert (code, said) == (1, "faute")


def test_the_probe_server_answers_until_it_is_shut_down():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = probe_server.start(Probes("x", ready=[]), "127.0.0.1", port)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
        assert answer.read() == b"ok\n"
    server.shutdown()
    server.server_close()
