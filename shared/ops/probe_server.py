"""A tiny HTTP server for the probes of a process that serves no pages."""

import threading
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from shared.ops import health
from shared.ops.health import Probes


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: Any) -> None:
        """Say nothing: a probe every few seconds is not news."""


def start(probes: Probes, host: str, port: int) -> WSGIServer:
    """Answer the probes on `port` from a background thread; call `shutdown()` to end."""
    server = make_server(host, port, health.wsgi(probes), _Server, _Quiet)
    threading.Thread(target=server.serve_forever, name="sondes", daemon=True).start()
    return server
