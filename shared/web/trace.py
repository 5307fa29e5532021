"""One identifier per request, W3C trace context in and out, one access line per answer."""

import logging
import re
import secrets
import time
import uuid

from flask import Flask, Response, g, request

from shared.messaging.uow import Trace

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_IDENTIFIANT = re.compile(r"[A-Za-z0-9._:-]{8,64}")
journal = logging.getLogger("essaim.acces")


def traceparent_suivant(recu: str | None) -> str:
    """Continue the caller's trace with a span of ours, or start a trace."""
    if recu and _TRACEPARENT.fullmatch(recu):
        _, trace, _, drapeaux = recu.split("-")
        return f"00-{trace}-{secrets.token_hex(8)}-{drapeaux}"
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_courante() -> Trace:
    """Trace to hand to the unit of work: the request is the correlation."""
    return Trace(correlation_id=g.requete_id, causation_id=None, traceparent=g.traceparent)


def _ouvrir() -> None:
    demande = request.headers.get("X-Request-Id", "")
    g.requete_id = demande if _IDENTIFIANT.fullmatch(demande) else str(uuid.uuid4())
    g.traceparent = traceparent_suivant(request.headers.get("traceparent"))
    g.debut = time.perf_counter()


def route_de_la_requete() -> str:
    """Route pattern, never the address itself: no identifier in logs or metrics."""
    return request.url_rule.rule if request.url_rule else "inconnue"


def duree_de_la_requete() -> float:
    debut: float = g.get("debut", time.perf_counter())
    return time.perf_counter() - debut


def _fermer(reponse: Response) -> Response:
    reponse.headers["X-Request-Id"] = g.get("requete_id", "")
    if (request.endpoint or "").startswith(("kit.statique", "sante.")):
        return reponse
    journal.info(
        "%s %s %s",
        request.method,
        route_de_la_requete(),
        reponse.status_code,
        extra={
            "correlation_id": g.get("requete_id"),
            "trace_id": g.get("traceparent", "--").split("-")[1],
            "method": request.method,
            "route": route_de_la_requete(),
            "status": reponse.status_code,
            "duration_ms": round(duree_de_la_requete() * 1000, 1),
        },
    )
    return reponse


def installer(app: Flask) -> None:
    """Install first: every other hook may then rely on the identifiers."""
    app.before_request(_ouvrir)
    app.after_request(_fermer)
