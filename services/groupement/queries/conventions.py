"""Conventions that an organisation belongs to, and the agents of the group."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from services.groupement import tables as t


def visibles(session: Session, siret: str) -> Sequence[t.Convention]:
    """Every version of the organisation's conventions, the newest first, with all stays."""
    siennes = sa.select(t.Adhesion.convention_id).where(t.Adhesion.siret == siret)
    requete = (
        sa.select(t.Convention)
        .where(sa.or_(t.Convention.id.in_(siennes), t.Convention.coordonnateur == siret))
        .options(selectinload(t.Convention.adhesions).joinedload(t.Adhesion.organisation))
        .order_by(t.Convention.nom, t.Convention.version.desc())
    )
    return session.scalars(requete).all()


def organisations(session: Session) -> Sequence[t.Organisation]:
    """Every organisation that may be invited."""
    return session.scalars(sa.select(t.Organisation).order_by(t.Organisation.nom)).all()


def agents(session: Session, siret: str) -> Sequence[t.Agent]:
    """The organisation's own agents and their rights."""
    requete = sa.select(t.Agent).where(t.Agent.siret == siret).order_by(t.Agent.fonction)
    return session.scalars(requete).all()
