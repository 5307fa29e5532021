"""A member votes to join: recorded by the coordinator, or signed by the member itself."""

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.conventions import EtatConvention
from services.groupement.usecases.commun import (
    convention_de,
    convention_verrouillee,
    organisation,
)
from services.groupement.usecases.conduire_convention import exiger_ouverte, ouvrir_la_signature
from services.groupement.usecases.evenements_convention import annoncer_adhesion
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleAdhesion:
    """A vote (délibération) and the day it takes effect; its number and where it can be read."""

    convention_id: uuid.UUID
    siret: str
    deliberation_le: dt.date
    effet_le: dt.date
    deliberation_numero: str | None = None
    document: str | None = None


def enregistrer_adhesion(uow: UnitOfWork, nouvelle: NouvelleAdhesion) -> None:
    """Turn an invitation into a stay, or open a stay for a member that was not invited."""
    convention = _convention_ouverte(uow, nouvelle)
    if convention.etat == EtatConvention.BROUILLON:
        ouvrir_la_signature(uow, convention)
    sejour = _invitation(uow, nouvelle) or t.Adhesion(
        id=uow.new_id(), convention_id=convention.id, siret=nouvelle.siret
    )
    _inscrire(uow, sejour, nouvelle, "enregistree")


def signer_convention(uow: UnitOfWork, nouvelle: NouvelleAdhesion) -> None:
    """Let a member sign with its own deliberation the convention it is invited to."""
    convention = _convention_ouverte(uow, nouvelle)
    if convention.etat == EtatConvention.BROUILLON:
        raise ConflictError(
            "Cette convention n’est pas encore soumise à signature.", code="signature_fermee"
        )
    sejour = _invitation(uow, nouvelle)
    if sejour is None:
        raise ConflictError(
            "Votre organisation n’est pas invitée à cette convention.", code="non_invite"
        )
    _inscrire(uow, sejour, nouvelle, "signee")


def _convention_ouverte(uow: UnitOfWork, nouvelle: NouvelleAdhesion) -> t.Convention:
    convention = convention_verrouillee(uow, nouvelle.convention_id)
    exiger_ouverte(convention)
    membre = organisation(uow.session, nouvelle.siret)
    conventions.Adhesion(membre.siret, membre.nom, nouvelle.deliberation_le, nouvelle.effet_le)
    _refuser_un_second_sejour(uow, nouvelle)
    return convention


def _inscrire(
    uow: UnitOfWork, sejour: t.Adhesion, nouvelle: NouvelleAdhesion, transition: str
) -> None:
    sejour.deliberation_le, sejour.effet_le = nouvelle.deliberation_le, nouvelle.effet_le
    sejour.deliberation_numero, sejour.document = nouvelle.deliberation_numero, nouvelle.document
    uow.session.add(sejour)
    uow.session.flush()
    numero = {"numero": nouvelle.deliberation_numero} if nouvelle.deliberation_numero else {}
    annoncer_adhesion(
        uow,
        sejour,
        transition,
        deliberation_le=nouvelle.deliberation_le,
        effet_le=nouvelle.effet_le,
        **numero,
    )


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
