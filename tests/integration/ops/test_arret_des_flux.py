"""P12: a server with an open stream stops at once when asked to."""

import http.client
import os
import signal
import subprocess
import sys
import time

from services.plateforme import port_libre

SERVEUR = """
import sys, time
from shared.ops.settings import Settings
from shared.ops.stopping import STOPPING
from shared.ops.web_server import serve

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    def flux():
        yield b"event: version\\n\\n"
        while not STOPPING.is_set():
            time.sleep(0.1)
    return flux()

serve(lambda: application, Settings.from_env("groupement"))
"""


def test_P12_an_open_stream_never_holds_the_stop(tmp_path: object) -> None:
    port = next(p for p in range(26_000, 27_000) if port_libre("127.0.0.1", p))
    environ = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "DATA_DIR": str(tmp_path)}
    serveur = subprocess.Popen([sys.executable, "-c", SERVEUR], env=environ)
    try:
        reponse = _ouvrir(port)
        assert reponse.read(15) == b"event: version\n"
        depart = time.monotonic()
        serveur.send_signal(signal.SIGTERM)
        assert serveur.wait(15) == 0
        assert time.monotonic() - depart < 5
        reponse.close()
    finally:
        serveur.kill()


def _ouvrir(port: int) -> http.client.HTTPResponse:
    for _ in range(100):
        connexion = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connexion.request("GET", "/", headers={"Connection": "close"})
            return connexion.getresponse()
        except OSError:
            connexion.close()
            time.sleep(0.2)
    raise AssertionError("le serveur ne répond pas")
