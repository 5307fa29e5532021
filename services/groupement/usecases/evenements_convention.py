"""What the life of conventions and memberships says, in one shape."""

from typing import Any

from services.groupement import tables as t
from services.groupement.domain.conventions import EtatAdhesion
from services.groupement.usecases.commun import (
    acteur,
    contact,
    convention_de,
    organisation,
    organisations,
)
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
    uow.emit(
        f"groupement.convention.{transition}.v1",
        subject=str(convention.id),
        data=donnees | {"membres": _a_prevenir(uow, convention)},
    )


def _a_prevenir(uow: UnitOfWork, convention: t.Convention) -> list[dict[str, str | None]]:
    """Everybody in the group or invited to it, the day before the step takes effect included."""
    jour = uow.clock.today()
    sejours = convention_de(uow.session, convention.id).adhesions
    dedans = (a.siret for a in sejours if a.etat(jour) is not EtatAdhesion.RETIRE)
    membres = organisations(uow.session, dedans)
    return [contact(membres[siret]) for siret in sorted(membres)]


def annoncer_invitation(uow: UnitOfWork, invitation: t.Adhesion) -> None:
    """Ask an organisation to sign, in words it understands without knowing the group."""
    convention = uow.session.get_one(t.Convention, invitation.convention_id)
    invite = organisation(uow.session, invitation.siret)
    donnees = {
        "convention_id": convention.id,
        "nom": convention.nom,
        "coordonnateur": acteur(organisation(uow.session, convention.coordonnateur)),
        "membre": acteur(invite),
        "le": uow.clock.today(),
    }
    uow.audit("adhesion.invitee", str(convention.id), donnees)
    uow.emit(
        "groupement.adhesion.invitee.v1",
        subject=str(convention.id),
        data=donnees | {"courriel": invite.courriel},
    )


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
