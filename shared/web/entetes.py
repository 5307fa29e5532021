"""Last touch on every answer: French spaces, content policy, caches, compression."""

import gzip
from typing import Final

from flask import Flask, Response, request, session

from shared.web.i18n import SOURCE, langue
from shared.web.typographie import typographier_html

CSP: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
COMPRESSIBLES: Final = frozenset(
    {
        "text/html",
        "text/csv",
        "text/plain",
        "text/calendar",
        "application/json",
        "application/problem+json",
        "application/atom+xml",
        "application/xml",
        "image/svg+xml",
    }
)
TAILLE_MIN: Final = 860


def _securiser(reponse: Response) -> None:
    entetes = reponse.headers
    entetes.setdefault("Content-Security-Policy", CSP)
    entetes.setdefault("X-Content-Type-Options", "nosniff")
    entetes.setdefault("Referrer-Policy", "same-origin")
    entetes.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    entetes.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")


def _cacher(reponse: Response) -> None:
    if reponse.mimetype == "text/html":
        reponse.vary.update(("HX-Request", "Cookie"))
    if "Cache-Control" in reponse.headers:
        return
    reponse.headers["Cache-Control"] = "no-store" if session else "no-cache, private"


def _compresser(reponse: Response) -> None:
    if (
        reponse.mimetype not in COMPRESSIBLES
        or reponse.is_streamed
        or reponse.direct_passthrough
        or "Content-Encoding" in reponse.headers
    ):
        return
    reponse.vary.add("Accept-Encoding")
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return
    corps = reponse.get_data()
    if len(corps) >= TAILLE_MIN:
        reponse.set_data(gzip.compress(corps, 5, mtime=0))
        reponse.headers["Content-Encoding"] = "gzip"


def _typographier(reponse: Response) -> None:
    if reponse.mimetype == "text/html" and langue() == SOURCE and not reponse.is_streamed:
        reponse.set_data(typographier_html(reponse.get_data(as_text=True)))


def installer(app: Flask, *, https: bool) -> None:
    @app.after_request
    def completer(reponse: Response) -> Response:
        _typographier(reponse)
        _securiser(reponse)
        if https:
            reponse.headers["Strict-Transport-Security"] = "max-age=31536000"
        _cacher(reponse)
        _compresser(reponse)
        return reponse
