"""What the life of conventions and memberships says, in one shape."""

from typing import Any

from services.groupement import tables as t
from services.groupement.usecases.commun import acteur, organisation
from shared.messaging.uow import UnitOfWork


def annoncer_convention(
    uow: UnitOfWork, convention: t.Convention, transition: str, **details: Any
) -> None:
    """Write a step of a convention to the journal and tell it: one audit line, one event."""
    donnees = {
        "convention_id": convention.id,
        "version": convention.version,
        "nom": convention.nom,
        "coordonnateur": acteur(organisation(uow.session, convention.coordonnateur)),
        **details,
    }
    uow.audit(f"convention.{transition}", str(convention.id), donnees)
    uow.emit(f"groupement.convention.{transition}.v1", subject=str(convention.id), data=donnees)


def annoncer_adhesion(uow: UnitOfWork, sejour: t.Adhesion, transition: str, **details: Any) -> None:
    """Write a step of a membership to the journal and tell it."""
    donnees = {
        "convention_id": sejour.convention_id,
        "membre": acteur(organisation(uow.session, sejour.siret)),
        **details,
    }
    uow.audit(f"adhesion.{transition}", str(sejour.convention_id), donnees)
    uow.emit(
        f"groupement.adhesion.{transition}.v1", subject=str(sejour.convention_id), data=donnees
    )
