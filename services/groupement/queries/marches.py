"""Contracts that an organisation may see: those of the purchases it may see."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.queries import achats
from shared.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class MarcheVu:
    """A contract and the purchase that it comes from."""

    contrat: t.Contrat
    achat: t.Achat


def visibles(siret: str) -> sa.Select[t.Contrat, t.Achat]:
    """Contracts of the group, those that end last first."""
    siens = achats.visibles(siret).with_only_columns(t.Achat.id).order_by(None)
    return (
        sa.select(t.Contrat, t.Achat)
        .join(t.Achat, t.Achat.id == t.Contrat.achat_id)
        .where(t.Achat.id.in_(siens))
        .order_by(t.Contrat.fin_le.desc(), t.Contrat.reference)
    )


def marche_visible(session: Session, marche_id: uuid.UUID, siret: str) -> MarcheVu:
    """One contract; unknown to those outside the group."""
    lu = session.execute(visibles(siret).where(t.Contrat.marche_id == marche_id)).one_or_none()
    if lu is None:
        raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")
    return MarcheVu(*lu)
