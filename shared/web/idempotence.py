"""`Idempotency-Key`: a write asked twice has one effect, and gives the same answer twice.

The effect and the stored answer share one transaction, opened under an advisory lock on the key:
of many identical calls at once, one executes and the others wait, then read its answer. Answers
are kept a week; each new one sweeps a few of the expired.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa
from flask import Response, current_app, g, request

from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.web.access import current_user
from shared.web.context import nouvelle_transaction
from shared.web.trace import route_de_la_requete

ENTETE: Final = "Idempotency-Key"
REJEU: Final = "Idempotent-Replayed"
CONSERVATION: Final = dt.timedelta(days=7)
_CLE = re.compile(r"[\x21-\x7e]{1,255}")
F = TypeVar("F", bound=Callable[..., Any])

idempotence = sa.table(
    "idempotence",
    sa.column("cle", sa.Text),
    sa.column("acteur", sa.Text),
    sa.column("route", sa.Text),
    sa.column("empreinte", sa.Text),
    sa.column("statut", sa.Integer),
    sa.column("type_contenu", sa.Text),
    sa.column("corps", sa.Text),
    sa.column("cree_le", sa.DateTime(timezone=True)),
)
_OUBLI = sa.text(
    """
    DELETE FROM idempotence WHERE ctid IN (
      SELECT ctid FROM idempotence WHERE cree_le < :limite LIMIT 50 FOR UPDATE SKIP LOCKED
    )
    """
)
_VERROU = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:nom, 0))")


def idempotent(view: F) -> F:
    """Decorate an API POST; goes above `@bp.arguments` and `@bp.response`.

    Without the header the view runs as usual. A refusal (4xx, 5xx) is not kept: nothing was done.
    """

    @wraps(view)
    def enveloppe(*args: Any, **kwargs: Any) -> Response:
        cle = request.headers.get(ENTETE)
        if cle is None:
            return current_app.make_response(view(*args, **kwargs))
        if not _CLE.fullmatch(cle):
            raise DomainError(
                f"{ENTETE} : de 1 à 255 caractères ASCII sans espace.", code="cle_invalide"
            )
        with nouvelle_transaction() as uow:
            return _une_fois(uow, cle, lambda: current_app.make_response(view(*args, **kwargs)))

    _documenter(enveloppe)
    return cast(F, enveloppe)


def _une_fois(uow: UnitOfWork, cle: str, executer: Callable[[], Response]) -> Response:
    identite = {"cle": cle, "acteur": current_user().id, "route": route_de_la_requete()}
    empreinte = _empreinte()
    uow.session.execute(_VERROU, {"nom": "\x1f".join(identite.values())})
    connue = uow.session.execute(sa.select(idempotence).filter_by(**identite)).one_or_none()
    if connue is not None:
        return _rejouer(connue, empreinte)
    reponse = _dans_la_transaction(uow, executer)
    uow.session.execute(_OUBLI, {"limite": uow.clock.now() - CONSERVATION})
    uow.session.execute(
        sa.insert(idempotence).values(
            **identite,
            empreinte=empreinte,
            statut=reponse.status_code,
            type_contenu=reponse.content_type,
            corps=reponse.get_data(as_text=True),
            cree_le=uow.clock.now(),
        )
    )
    return reponse


def _dans_la_transaction(uow: UnitOfWork, executer: Callable[[], Response]) -> Response:
    """Run the view; its `transaction()` joins this one."""
    g.uow_partagee = uow
    try:
        return executer()
    finally:
        del g.uow_partagee


def _rejouer(connue: sa.Row[Any], empreinte: str) -> Response:
    if connue.empreinte != empreinte:
        raise DomainError(
            "Cette clé a déjà servi pour une autre demande.", code="cle_deja_utilisee"
        )
    return Response(connue.corps, connue.statut, {REJEU: "true"}, content_type=connue.type_contenu)


def _empreinte() -> str:
    condense = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    condense.update(request.get_data(cache=True))
    return condense.hexdigest()


def _documenter(vue: Callable[..., Any]) -> None:
    """Add the header to the operation's parameters in the OpenAPI document."""
    documentation = deepcopy(getattr(vue, "_apidoc", {}))
    parametres = documentation.setdefault("arguments", {}).setdefault("parameters", [])
    parametres.append(
        {
            "in": "header",
            "name": ENTETE,
            "schema": {"type": "string", "maxLength": 255},
            "description": "Même clé et même corps : même réponse, sans second effet.",
        }
    )
    vue._apidoc = documentation  # type: ignore[attr-defined]  # noqa: SLF001 -- smorest's own slot
