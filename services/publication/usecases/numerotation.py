"""Numbers of documents: one yearly series each, without a gap, whatever runs at the same time."""

import sqlalchemy as sa

from services.publication.domain.valeurs import reference
from shared.messaging.uow import UnitOfWork

_SUIVANT = sa.text(
    """
    INSERT INTO compteur AS c (serie, annee, dernier) VALUES (:serie, :annee, 1)
    ON CONFLICT (serie, annee) DO UPDATE SET dernier = c.dernier + 1
    RETURNING dernier
    """
)


def numeroter(uow: UnitOfWork, serie: str) -> str:
    """Take the next reference; others wait until this transaction ends, and its rollback frees it.

    Called as late as possible in a use case, so that the series is locked for a short time.
    """
    annee = uow.clock.today().year
    numero = uow.session.scalar(_SUIVANT, {"serie": serie, "annee": annee})
    return reference(serie, annee, int(numero or 1))
