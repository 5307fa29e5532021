"""The commands that a guide shows, run as a reader would, against a server on a free port."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from flask import Flask
from werkzeug.serving import make_server

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
BLOCS = re.compile(r"```sh\n(?P<commande>.*?)```.*?```json\n(?P<reponse>.*?)```", re.DOTALL)


def exemples(guide: str, service: str) -> list[tuple[str, Any]]:
    """Each command of a guide that calls a service, with the answer that follows it."""
    texte = (GUIDES / guide).read_text(encoding="utf-8")
    return [
        (trouve["commande"], json.loads(trouve["reponse"]))
        for trouve in BLOCS.finditer(texte)
        if f"/{service}/api/" in trouve["commande"]
    ]


@contextmanager
def servie(application: Flask) -> Iterator[str]:
    """Address of an application while the block runs."""
    serveur = make_server("127.0.0.1", 0, application, threaded=True)
    fil = Thread(target=serveur.serve_forever)
    fil.start()
    try:
        yield f"http://127.0.0.1:{serveur.server_port}"
    finally:
        serveur.shutdown()
        fil.join()
        serveur.server_close()


def lancer(commande: str, adresse: str) -> Any:
    """What a command prints, every kind of space made an ordinary one."""
    faite = subprocess.run(
        ["sh", "-c", commande],
        env={"ESSAIM": adresse, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        timeout=30,
    )
    return json.loads(re.sub("[\u00a0\u202f]|\\\\u00a0|\\\\u202f", " ", faite.stdout.decode()))
