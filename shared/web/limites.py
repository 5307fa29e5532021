"""How often one client may call: a window of one minute that moves with the clock.

The count lives in the memory of the process: several replicas allow as many times more. A client
is a signed-in user, else its address; an IPv6 client is its /64 network, which it owns whole. A
body above 64 KiB counts as several calls, one for each such slice: work costs what it weighs.
"""

import math
import time
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from ipaddress import IPv6Address, ip_address, ip_network
from threading import Lock
from typing import Any, Final, TypeVar, cast

from flask import Flask, Response, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from shared.kernel.repartition import ESPACE, nombre
from shared.web.access import current_user
from shared.web.context import context

TRANCHE: Final = 64 * 1024
EXTENSION: Final = "essaim_limites"
_PREMIER_APPEL: Final = Lock()
F = TypeVar("F", bound=Callable[..., Any])


def par_minute(reglage: str) -> Callable[[F], F]:
    """Let one client call at most `settings.<reglage>` times a minute; goes above `@bp.arguments`.

    All the views of one setting share the same count. Beyond: 429 with `Retry-After`.
    """

    def decorer(view: F) -> F:
        @wraps(view)
        def comptee(*args: Any, **kwargs: Any) -> Response:
            _compter(reglage)
            return cast(Response, view(*args, **kwargs))

        _documenter(comptee)
        return cast(F, comptee)

    return decorer


def _compter(reglage: str) -> None:
    limite = RateLimitItemPerMinute(getattr(context().settings, reglage))
    compteur = _compteur(current_app)
    cout = min(1 + (request.content_length or 0) // TRANCHE, limite.amount)
    if compteur.hit(limite, reglage, client(), cost=cout):
        return
    attente = compteur.get_window_stats(limite, reglage, client()).reset_time - time.time()
    secondes = max(1, math.ceil(attente))
    refus = TooManyRequests(retry_after=secondes)
    refus.data = {  # type: ignore[attr-defined] # read by shared.web.problems
        "message": (
            f"Vous avez déjà fait {nombre(limite.amount)} appels en une minute{ESPACE}: "
            f"recommencez dans {secondes}{ESPACE}s."
        )
    }
    raise refus


def client() -> str:
    """Name who calls: the user when there is one, else where the call comes from."""
    qui = current_user()
    return qui.id if qui.connecte else reseau(request.remote_addr or "")


def reseau(adresse: str) -> str:
    """The address itself, or the /64 that an IPv6 client may draw addresses from."""
    try:
        lue = ip_address(adresse)
    except ValueError:
        return adresse
    if not isinstance(lue, IPv6Address):
        return adresse
    if lue.ipv4_mapped:
        return str(lue.ipv4_mapped)
    return str(ip_network((int(lue) >> 64 << 64, 64)))


def _compteur(app: Flask) -> MovingWindowRateLimiter:
    """The application's own count, made at its first call: its thread starts after any fork."""
    with _PREMIER_APPEL:
        if EXTENSION not in app.extensions:
            app.extensions[EXTENSION] = MovingWindowRateLimiter(MemoryStorage())
        return cast(MovingWindowRateLimiter, app.extensions[EXTENSION])


def _documenter(vue: Callable[..., Any]) -> None:
    """Add the refusal to the operation's answers in the OpenAPI document."""
    documentation = deepcopy(getattr(vue, "_apidoc", {}))
    reponses = documentation.setdefault("arguments", {}).setdefault("responses", {})
    reponses[429] = "TOO_MANY_REQUESTS"
    vue._apidoc = documentation  # type: ignore[attr-defined]  # noqa: SLF001 -- smorest's own slot
