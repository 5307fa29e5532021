"""Due dates of groupement: calls for needs close at their deadline."""

import datetime as dt

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.usecases.clore_recensement import clore_les_echus
from shared.ops.context import ServiceContext
from shared.ops.jobs import Job


def clore_recensements(context: ServiceContext) -> int:
    """Close every call whose deadline is past, each in its own transaction, at the legal time."""
    with context.transactions.read() as session:
        echus = session.scalars(
            sa.select(t.Achat.id)
            .where(
                t.Achat.etat == EtatAchat.RECENSEMENT_OUVERT.value,
                t.Achat.cloture_le <= context.clock.now(),
            )
            .order_by(t.Achat.cloture_le)
        ).all()
    clos = 0
    for achat_id in echus:
        with context.transactions.begin() as uow:
            clos += clore_les_echus(uow, achat_id)
    return clos


JOBS: list[Job] = [Job("clore_recensements", dt.timedelta(seconds=10), clore_recensements)]
