"""Record that a member voted to join, and from when it is bound."""

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.conventions import EtatConvention
from services.groupement.usecases.commun import (
    acteur,
    convention_de,
    convention_verrouillee,
    organisation,
)
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleAdhesion:
    """A vote (délibération) and the day it takes effect."""

    convention_id: uuid.UUID
    siret: str
    deliberation_le: dt.date
    effet_le: dt.date


def enregistrer_adhesion(uow: UnitOfWork, nouvelle: NouvelleAdhesion) -> None:
    """Turn an invitation into a stay, or open a stay for a member that was not invited."""
    convention = convention_verrouillee(uow, nouvelle.convention_id)
    membre = organisation(uow.session, nouvelle.siret)
    conventions.Adhesion(membre.siret, membre.nom, nouvelle.deliberation_le, nouvelle.effet_le)
    _refuser_un_second_sejour(uow, nouvelle)
    sejour = _invitation(uow, nouvelle) or t.Adhesion(
        id=uow.new_id(), convention_id=convention.id, siret=membre.siret
    )
    sejour.deliberation_le, sejour.effet_le = nouvelle.deliberation_le, nouvelle.effet_le
    uow.session.add(sejour)
    if convention.etat == EtatConvention.BROUILLON:
        convention.etat = conventions.franchir(
            EtatConvention.BROUILLON, EtatConvention.EN_SIGNATURE
        ).value
    donnees = {
        "convention_id": convention.id,
        "membre": acteur(membre),
        "deliberation_le": nouvelle.deliberation_le,
        "effet_le": nouvelle.effet_le,
    }
    uow.audit("adhesion.enregistree", str(convention.id), donnees)
    uow.emit("groupement.adhesion.enregistree.v1", subject=str(convention.id), data=donnees)


def _refuser_un_second_sejour(uow: UnitOfWork, nouvelle: NouvelleAdhesion) -> None:
    lue = convention_de(uow.session, nouvelle.convention_id)
    for sejour in lue.adhesions:
        fini = sejour.fin_le is not None and sejour.fin_le <= nouvelle.effet_le
        if sejour.siret == nouvelle.siret and sejour.effet_le and not fini:
            raise ConflictError(
                f"{sejour.nom} a déjà adhéré à cette convention.", code="deja_adherent"
            )


def _invitation(uow: UnitOfWork, nouvelle: NouvelleAdhesion) -> t.Adhesion | None:
    return uow.session.scalars(
        sa.select(t.Adhesion).where(
            t.Adhesion.convention_id == nouvelle.convention_id,
            t.Adhesion.siret == nouvelle.siret,
            t.Adhesion.effet_le.is_(None),
        )
    ).one_or_none()
