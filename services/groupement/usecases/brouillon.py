"""Drafts: what a member typed without transmitting it, kept as typed, counted nowhere."""

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.usecases.commun import achat_verrouille
from services.groupement.usecases.repondre import exiger_consulte_et_ouvert
from shared.messaging.uow import UnitOfWork


def enregistrer_brouillon(
    uow: UnitOfWork, achat_id: uuid.UUID, siret: str, lignes: Sequence[Mapping[str, str]]
) -> None:
    """Keep the lines until they are transmitted; the draft before is replaced."""
    achat = achat_verrouille(uow, achat_id)
    exiger_consulte_et_ouvert(uow, achat, siret)
    uow.session.merge(
        t.Brouillon(
            achat_id=achat_id,
            siret=siret,
            lignes=[dict(ligne) for ligne in lignes],
            acteur=uow.acteur,
            enregistre_le=uow.clock.now(),
        )
    )


def effacer_brouillon(uow: UnitOfWork, achat_id: uuid.UUID, siret: str) -> None:
    """Forget the draft: it was transmitted, or given up."""
    uow.session.execute(
        sa.delete(t.Brouillon).where(t.Brouillon.achat_id == achat_id, t.Brouillon.siret == siret)
    )
