"""Cross-site request forgery: a token in every form of a page, the browser's own word on the API.

The secret lives in the session cookie; each rendering masks it anew, so that compressing the page
gives nothing away. API calls carry no form token: a bearer token proves intent by itself, and a
call that rides on the session cookie must come from our own origin.
"""

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, request, session

from shared.kernel.errors import ForbiddenError
from shared.web.access import est_api, jeton_presente

CHAMP = "_csrf"
ENTETE = "X-CSRF-Token"
MARQUE = "__sans_jeton__"
TAILLE = 16
F = TypeVar("F", bound=Callable[..., Any])


def sans_jeton(view: F) -> F:
    """Spare a view whose address holds its own secret (one-click unsubscribe of RFC 8058)."""
    setattr(view, MARQUE, True)
    return view


class FormulaireExpire(ForbiddenError):
    """The form was not made for this session, or the session has ended."""

    code_par_defaut = "formulaire_expire"


def _xor(gauche: bytes, droite: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(gauche, droite, strict=True))


def jeton() -> str:
    """Return a token for a form of this session; a new text at each call."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_hex(TAILLE)
    return masquer(session["csrf"])


def masquer(secret: str) -> str:
    """Hide the session's secret under a mask of one use."""
    masque = secrets.token_bytes(TAILLE)
    return urlsafe_b64encode(masque + _xor(masque, bytes.fromhex(secret))).decode()


def jeton_valide(presente: str) -> bool:
    """Compare a presented token with the session's secret in constant time."""
    try:
        brut = urlsafe_b64decode(presente.encode("ascii"))
    except ValueError:
        return False
    if len(brut) != 2 * TAILLE or "csrf" not in session:
        return False
    secret = _xor(brut[:TAILLE], brut[TAILLE:])
    return hmac.compare_digest(secret, bytes.fromhex(session["csrf"]))


def meme_origine() -> bool:
    """Tell whether a browser says that the call comes from our own pages (or is no browser)."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origine = request.headers.get("Origin")
    return origine is None or urlsplit(origine).netloc == request.host


def _verifier() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
        return
    if est_api(request.path):
        accepte = jeton_presente() is not None or meme_origine()
    else:
        presente = request.form.get(CHAMP) or request.headers.get(ENTETE, "")
        accepte = jeton_valide(presente) or _exemptee(request.endpoint)
    if not accepte:
        raise FormulaireExpire(
            "Ce formulaire a expiré. Rechargez la page, puis envoyez-le de nouveau."
        )


def _exemptee(endpoint: str) -> bool:
    return getattr(current_app.view_functions[endpoint], MARQUE, False)


def installer(app: Flask) -> None:
    app.before_request(_verifier)
    app.jinja_env.globals["jeton_csrf"] = jeton
