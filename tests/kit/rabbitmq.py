"""A private RabbitMQ for the tests: loopback only, its own ports, data folder and epmd."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import kombu
import pytest

# Debian keeps the scripts behind a wrapper for its own user; these do not care who runs them.
_PLACES = ("/usr/lib/rabbitmq/lib", "/usr/lib/rabbitmq", "/opt/rabbitmq", "/usr/local/lib/rabbitmq")
_PORTS = range(21000, 32000)
START_SECONDS = 90


class Unavailable(Exception):
    """There is no RabbitMQ to start on this machine."""


def scripts() -> Path:
    """The folder of `rabbitmq-server`, or `Unavailable` with the reason."""
    given = os.environ.get("RABBITMQ_SBIN")
    if given:
        return Path(given)
    for place in _PLACES:
        found = sorted(Path(place).glob("**/sbin/rabbitmq-server"))
        if found:
            return found[-1].parent
    raise Unavailable("rabbitmq-server absent : apt-get install --no-install-recommends …")


def free_ports(count: int) -> list[int]:
    """Free ports below the ephemeral range, where no client can take them by chance."""
    found: list[int] = []
    start = secrets.randbelow(len(_PORTS))
    for offset in range(len(_PORTS)):
        port = _PORTS[(start + offset) % len(_PORTS)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise Unavailable("aucun port libre")


class RabbitMQ:
    """One node. `stop` is polite, `kill9` is not, `wipe` erases its disk (stop it first)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._dist, self._epmd = free_ports(3)
        self._scripts = scripts()
        self._server: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self._prepare()

    @property
    def url(self) -> str:
        return self.url_for("guest", "guest")

    def url_for(self, user: str, password: str, vhost: str = "") -> str:
        return f"amqp://{user}:{password}@127.0.0.1:{self.port}/{vhost}"

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(10))
        cookie.chmod(0o400)
        (self.folder / "enabled_plugins").write_text("[].")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self.port}\n"
            "log.console = false\nlog.file.level = info\n"
            "vm_memory_high_watermark.absolute = 1GB\ndisk_free_limit.absolute = 100MB\n"
        )

    def _env(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"essaim{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq",
            "RABBITMQ_CONF_ENV_FILE": f"{folder}/absent",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_PID_FILE": f"{folder}/pid",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd),
        }

    def start(self) -> None:
        """Start the node on the disk it has, and wait until it serves."""
        if self._daemon is None:
            command = ["epmd", "-address", "127.0.0.1", "-port", str(self._epmd)]
            self._daemon = subprocess.Popen(command, env=self._env(), stderr=subprocess.DEVNULL)
        with (self.folder / "out").open("ab") as out:
            self._server = subprocess.Popen(
                [self._scripts / "rabbitmq-server"],
                env=self._env(),
                stdout=out,
                stderr=out,
                start_new_session=True,  # the shell and the Erlang machine die together
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._server is None or self._server.poll() is not None:
                break
            try:
                with kombu.Connection(self.url, connect_timeout=2) as connection:
                    connection.connect()
                    return
            except Exception:  # noqa: BLE001 - whatever it says, it is not ready
                time.sleep(0.2)
        raise RuntimeError(f"RabbitMQ n’a pas démarré : {(self.folder / 'out').read_text()}")

    def kill9(self) -> None:
        """Crash the node: no flush, no goodbye."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self._server is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._server.pid, number)
        self._server.wait(timeout=60)
        self._server = None

    def wipe(self) -> None:
        """Erase the disk of a stopped node, as a lost volume would."""
        assert self._server is None, "arrêtez d’abord le nœud"
        shutil.rmtree(self.folder / "mnesia", ignore_errors=True)

    def ctl(self, *arguments: str) -> str:
        """Run `rabbitmqctl` on this node."""
        command = [self._scripts / "rabbitmqctl", "--quiet", *arguments]
        done = subprocess.run(command, env=self._env(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def close(self) -> None:
        self.kill9()
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(timeout=10)


@contextlib.contextmanager
def node() -> Iterator[RabbitMQ]:
    """A started node in a temporary folder; it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="essaim-mq-", ignore_cleanup_errors=True) as folder:
        server = RabbitMQ(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.close()


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """One node for the session; skips where there is none, fails there in CI."""
    try:
        scripts()
    except Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    with node() as server:
        yield server
