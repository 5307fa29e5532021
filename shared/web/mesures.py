"""HTTP metrics: requests and their duration, by route pattern."""

from flask import Flask, Response, current_app, request
from prometheus_client import Counter, Histogram

from shared.web.trace import duree_de_la_requete, route_de_la_requete

REQUETES = Counter(
    "essaim_http_requests_total", "HTTP requests", ["service", "route", "method", "code"]
)
DUREES = Histogram(
    "essaim_http_request_duration_seconds", "HTTP request duration", ["service", "route"]
)


def _compter(reponse: Response) -> Response:
    service = current_app.extensions["essaim"].settings.service
    route = route_de_la_requete()
    REQUETES.labels(service, route, request.method, str(reponse.status_code)).inc()
    DUREES.labels(service, route).observe(duree_de_la_requete())
    return reponse


def installer(app: Flask) -> None:
    app.after_request(_compter)
