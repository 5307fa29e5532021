"""What a view needs of its process: the service's context, a transaction, a reading session."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from flask import current_app, g
from sqlalchemy.orm import Session

from shared.messaging.uow import UnitOfWork
from shared.ops.context import ServiceContext
from shared.web.access import current_user
from shared.web.trace import trace_courante


def context() -> ServiceContext:
    """Return the context of the service which answers this request."""
    return cast(ServiceContext, current_app.extensions["essaim"])


@contextmanager
def transaction() -> Iterator[UnitOfWork]:
    """Open one unit of work carrying the trace and the actor of this request.

    Under `@idempotent` the transaction is already open, and is joined: the effect and the stored
    answer commit together, after the view has returned.
    """
    ouverte: UnitOfWork | None = g.get("uow_partagee")
    if ouverte is not None:
        yield ouverte
        return
    with nouvelle_transaction() as uow:
        yield uow


@contextmanager
def nouvelle_transaction() -> Iterator[UnitOfWork]:
    """Open a unit of work of its own, whatever the request has already open."""
    transactions = context().transactions
    with transactions.begin(trace=trace_courante(), acteur=current_user().id) as uow:
        yield uow


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session for queries only."""
    with context().transactions.read() as session:
        yield session
