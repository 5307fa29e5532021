"""Purchases that an organisation may see: those of the conventions it belongs or belonged to."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from services.groupement import tables as t
from shared.db import audit
from shared.kernel.errors import NotFoundError

FICHE = (
    joinedload(t.Achat.convention),
    selectinload(t.Achat.lots),
    selectinload(t.Achat.articles),
    selectinload(t.Achat.participations).joinedload(t.Participation.organisation),
)


def visibles(siret: str, *, etat: str | None = None) -> sa.Select[t.Achat]:
    """Purchases of the organisation's conventions, newest first."""
    conventions = sa.select(t.Adhesion.convention_id).where(t.Adhesion.siret == siret)
    requete = sa.select(t.Achat).where(t.Achat.convention_id.in_(conventions))
    if etat:
        requete = requete.where(t.Achat.etat == etat)
    return requete.order_by(t.Achat.cree_le.desc(), t.Achat.reference.desc())


def achat_visible(session: Session, achat_id: uuid.UUID, siret: str) -> t.Achat:
    """One purchase with its lots, articles and answers; unknown to those outside the group."""
    requete = visibles(siret).where(t.Achat.id == achat_id).options(*FICHE)
    achat = session.scalars(requete).one_or_none()
    if achat is None:
        raise NotFoundError("Cet achat n’existe pas.", code="achat_inconnu")
    return achat


def consolidations(session: Session, achat_id: uuid.UUID) -> Sequence[t.Consolidation]:
    """Every computation of the purchase, the one in force first, with lines and composition."""
    requete = (
        sa.select(t.Consolidation)
        .where(t.Consolidation.achat_id == achat_id)
        .order_by(t.Consolidation.numero.desc())
        .options(selectinload(t.Consolidation.lignes).selectinload(t.Ligne.compositions))
    )
    return session.scalars(requete).all()


@dataclass(frozen=True, slots=True)
class Entree:
    """One line of the purchase's journal."""

    le: dt.datetime
    acteur: str
    action: str
    details: dict[str, Any]


def journal(session: Session, achat_id: uuid.UUID, limite: int = 50) -> list[Entree]:
    """What was decided on the purchase, newest first, from the sealed audit chain."""
    colonnes = audit.table.c
    requete = (
        sa.select(colonnes.le, colonnes.acteur, colonnes.action, colonnes.details)
        .where(colonnes.objet == str(achat_id))
        .order_by(colonnes.seq.desc())
        .limit(limite)
    )
    return [Entree(*ligne) for ligne in session.execute(requete)]


def auteurs(session: Session) -> dict[str, str]:
    """Who an actor of the journal is: a function and its organisation, never a person."""
    requete = sa.select(t.Agent.id, t.Agent.fonction, t.Organisation.nom).join(
        t.Organisation, t.Organisation.siret == t.Agent.siret
    )
    connus = {id_: f"{fonction}, {nom}" for id_, fonction, nom in session.execute(requete)}
    return connus | {"systeme": "Essaim, par événement", "demonstration": "Démonstration"}


def noms(session: Session) -> dict[str, str]:
    """Name of every organisation, by SIRET."""
    return dict(session.execute(sa.select(t.Organisation.siret, t.Organisation.nom)).all())
