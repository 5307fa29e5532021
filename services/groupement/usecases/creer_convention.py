"""Draft a version of the convention and invite its members."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.conventions import EtatConvention, ModeCoordination
from services.groupement.usecases.commun import organisation
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleConvention:
    """Who coordinates, in which mode, and who is invited besides."""

    nom: str
    coordonnateur: str
    mode: ModeCoordination
    membres: tuple[str, ...]


def creer_convention(uow: UnitOfWork, nouvelle: NouvelleConvention) -> uuid.UUID:
    """Write the draft of the next version; every member is invited, none is bound yet."""
    derniere = uow.session.scalar(
        sa.select(sa.func.max(t.Convention.version)).where(t.Convention.nom == nouvelle.nom)
    )
    invites = sorted({nouvelle.coordonnateur, *nouvelle.membres})
    convention = t.Convention(
        id=uow.new_id(),
        nom=nouvelle.nom,
        version=(derniere or 0) + 1,
        coordonnateur=organisation(uow.session, nouvelle.coordonnateur).siret,
        mode=nouvelle.mode.value,
        etat=EtatConvention.BROUILLON.value,
        debut=None,
        fin=None,
    )
    uow.session.add(convention)
    uow.session.flush()
    uow.session.add_all(
        t.Adhesion(
            id=uow.new_id(),
            convention_id=convention.id,
            siret=organisation(uow.session, siret).siret,
        )
        for siret in invites
    )
    uow.audit(
        "convention.creee",
        str(convention.id),
        {"nom": nouvelle.nom, "version": convention.version, "invites": invites},
    )
    return convention.id
