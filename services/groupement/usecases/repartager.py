"""Offer the shares of a leaving member to those who stay: each accepts or refuses its own (D2b)."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.transferts import EtatTransfert
from services.groupement.queries.conventions import parts_a_repartir
from services.groupement.usecases.commun import ligne_verrouillee
from services.groupement.usecases.transferer_quota import NouveauTransfert, proposer_transfert
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def proposer_repartage(uow: UnitOfWork, sejour: t.Adhesion, contrat_ligne_id: uuid.UUID) -> int:
    """Turn the proposal of one line into offers, once; return how many were made."""
    ligne = ligne_verrouillee(uow, contrat_ligne_id)
    a_repartir = parts_a_repartir(uow.session, sejour, uow.clock.today())
    lignes = [x for x in a_repartir if x.part.ligne.id == ligne.id]
    if not lignes or ligne.id in lignes_proposees(uow.session, sejour.siret):
        raise ConflictError(
            "Cette part n’est plus à proposer\u00a0: elle est commandée, ou déjà proposée.",
            code="repartage_impossible",
        )
    offres = [p for p in lignes[0].propositions if p.quantite > 0]
    for offre in offres:
        nouveau = NouveauTransfert(
            ligne.id, sejour.siret, offre.siret, offre.quantite, "Retrait du groupement"
        )
        proposer_transfert(uow, nouveau)
    return len(offres)


def lignes_proposees(session: Session, siret: str) -> set[uuid.UUID]:
    """Lines of which a member's share is already on offer."""
    return set(
        session.scalars(
            sa.select(t.TransfertQuota.contrat_ligne_id).where(
                t.TransfertQuota.de_siret == siret,
                t.TransfertQuota.etat == EtatTransfert.PROPOSE.value,
            )
        )
    )
