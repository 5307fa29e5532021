"""Confirm, reschedule, give up a purchase to come, or note that it is launched."""

import datetime as dt
import uuid

from services.publication.domain.programme import EtatProgramme, passer, verifier_replanifiable
from services.publication.tables import Programme
from services.publication.usecases import faits_publies
from services.publication.usecases.chargement import programme_de
from shared.kernel.errors import ConflictError, DomainError
from shared.messaging.uow import UnitOfWork


def confirmer_programme(uow: UnitOfWork, programme_id: uuid.UUID, siret: str) -> Programme:
    """The purchase is now certain."""
    programme = programme_de(uow, programme_id, siret)
    programme.etat = passer(EtatProgramme(programme.etat), EtatProgramme.CONFIRMEE)
    return annoncer(uow, programme)


def replanifier_programme(
    uow: UnitOfWork, programme_id: uuid.UUID, siret: str, le: dt.date
) -> Programme:
    """Move the day on which the notice is expected."""
    programme = _tenu_ici(programme_de(uow, programme_id, siret))
    verifier_replanifiable(EtatProgramme(programme.etat))
    if le < uow.clock.today():
        message = "La date prévue ne peut pas être passée."
        raise DomainError(message, code="date_passee", champs={"publication_prevue_le": message})
    programme.publication_prevue_le = le
    return annoncer(uow, programme)


def abandonner_programme(
    uow: UnitOfWork, programme_id: uuid.UUID, siret: str, motif: str
) -> Programme:
    """Give up the purchase, saying why."""
    programme = _tenu_ici(programme_de(uow, programme_id, siret))
    return abandonner(uow, programme, motif)


def lancer(uow: UnitOfWork, programme: Programme) -> Programme:
    """Note that the purchase is launched; a second launch changes nothing."""
    if programme.etat == EtatProgramme.LANCEE:
        return programme
    programme.etat = passer(EtatProgramme(programme.etat), EtatProgramme.LANCEE)
    return annoncer(uow, programme)


def abandonner(uow: UnitOfWork, programme: Programme, motif: str) -> Programme:
    """Note that the purchase is given up."""
    if not motif.strip():
        message = "Indiquez le motif de l’abandon."
        raise DomainError(message, code="motif_obligatoire", champs={"motif": message})
    programme.etat = passer(EtatProgramme(programme.etat), EtatProgramme.ABANDONNEE)
    programme.motif_abandon = motif.strip()
    return annoncer(uow, programme)


def annoncer(uow: UnitOfWork, programme: Programme) -> Programme:
    """Tell the new state of the entry."""
    programme.maj_le = uow.clock.now()
    uow.emit(
        "publication.programme.mis_a_jour.v1",
        subject=str(programme.id),
        data=faits_publies.programme(programme),
    )
    return programme


def _tenu_ici(programme: Programme) -> Programme:
    if programme.achat_id is not None:
        raise ConflictError(
            "Cet achat groupé est conduit dans le groupement\u00a0: c’est là qu’il se replanifie "
            "ou s’abandonne.",
            code="achat_groupe",
        )
    return programme
