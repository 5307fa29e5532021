"""gunicorn, run from Python: one process, several threads, nothing written outside /tmp."""

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from shared.kernel import collector
from shared.ops.settings import Settings
from shared.ops.stopping import STOPPING

Wsgi = Callable[..., Any]
GRACEFUL_SECONDS = 20
TIMEOUT_SECONDS = 60
_MEMORY = Path("/dev/shm")  # noqa: S108 - the heartbeat file is better in memory


class OneLogger(Logger):  # type: ignore[misc] # gunicorn is untyped
    """gunicorn's own lines go through our formatter, with all the others."""

    def setup(self, cfg: Any) -> None:
        """Drop the handlers that gunicorn would add."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class Worker(ThreadWorker):  # type: ignore[misc] # gunicorn is untyped
    """Requests in progress are finished; streams, which would never be, end at once."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Tell the streams, then stop as usual."""
        STOPPING.set()
        super().handle_exit(sig, frame)


class WebServer(BaseApplication):  # type: ignore[misc] # gunicorn is untyped
    """`factory` builds the application inside the worker process, anew if it must be replaced."""

    def __init__(self, factory: Callable[[], Wsgi], settings: Settings) -> None:
        self._factory = factory
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Fix every option; no file and no variable of gunicorn is read."""
        options = {
            "bind": [f"{self._settings.host}:{self._settings.port}"],
            "worker_class": Worker,
            "workers": 1,
            "threads": self._settings.web_threads,
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 5,
            "control_socket_disable": True,
            "worker_tmp_dir": str(
                _MEMORY if os.access(_MEMORY, os.W_OK) else tempfile.gettempdir()
            ),
            "logger_class": OneLogger,
            "accesslog": None,
            "proc_name": f"essaim-{self._settings.service}",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Wsgi:
        application = self._factory()
        collector.spare()
        return application


def serve(factory: Callable[[], Wsgi], settings: Settings) -> None:
    """Serve until SIGTERM; requests in progress are finished."""
    WebServer(factory, settings).run()
