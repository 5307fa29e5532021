"""The live stream of « Suivi du recensement »: it only says that something has changed.

Streams are few (half of the threads: a page must never wait for one), short and polite: a
heartbeat keeps proxies awake, the end asks the browser to come back at a moment of its own.
"""

import secrets
import time
from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response, current_app

from services.groupement.gateways.guetteur import Guetteur
from shared.ops.stopping import STOPPING
from shared.web.access import allow

VIE: Final = 300.0
BATTEMENT: Final = 20.0
CLE: Final = "groupement_guetteur"
pages = Blueprint("groupement_flux", __name__, url_prefix="/groupement/flux")


def guetteur() -> Guetteur:
    """The watcher of this process."""
    trouve: Guetteur = current_app.extensions[CLE]
    return trouve


@pages.get("/recensement")
@allow("coordonnateur")
def recensement() -> Response:
    """Versions as they change; 204 when every place is taken: the page then asks by itself."""
    veille = guetteur()
    if not veille.reserver():
        return Response(status=204)
    reponse = Response(diffuser(veille), mimetype="text/event-stream")
    reponse.call_on_close(veille.rendre)  # even when the browser leaves before the first line
    reponse.headers["Cache-Control"] = "no-store"
    reponse.headers["X-Accel-Buffering"] = "no"
    return reponse


def diffuser(veille: Guetteur, *, vie: float = VIE, battement: float = BATTEMENT) -> Iterator[str]:
    """Lines of the stream, until its end, the browser's departure or the stop of the process."""
    fin = dernier = time.monotonic()
    fin += vie
    connue = ""
    yield f"retry: {2000 + secrets.randbelow(4000)}\n\n"
    while not STOPPING.is_set() and time.monotonic() < fin:
        lue = veille.attendre(connue, min(1.0, battement))
        if lue != connue:
            connue, dernier = lue, time.monotonic()
            yield f"event: version\ndata: {lue}\n\n"
        elif time.monotonic() - dernier >= battement:
            dernier = time.monotonic()
            yield ": toujours là\n\n"
