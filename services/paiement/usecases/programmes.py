"""Programmes of purchasing cards: opened, given their roles and their budget lines."""

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.paiement.domain import numero_carte
from services.paiement.domain.programme import (
    DELAI_RECU,
    Personne,
    Role,
    exiger,
    verifier_cumul,
)
from services.paiement.tables import DesignationCarte, LigneBudgetaire, ProgrammeCarte
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouveauProgramme:
    """The issuer, the number of the card account, the layout of the statements."""

    emetteur: str
    compte: str
    banque: str = "essaim"
    jours_recu: int = DELAI_RECU
    courriel: str | None = None


@dataclass(frozen=True, slots=True)
class Nomination:
    """A person of the platform, named by a function."""

    role: Role
    personne: str
    fonction: str


def ouvrir_programme(
    uow: UnitOfWork, acheteur_siret: str, nouveau: NouveauProgramme, par: Personne
) -> ProgrammeCarte:
    """Open the programme of an issuer; one account has one programme."""
    exiger(Role.ORDONNATEUR, par, ())
    numero_carte.refuser(compte=nouveau.compte, emetteur=nouveau.emetteur)
    _verifier_compte(uow, acheteur_siret, nouveau)
    programme = ProgrammeCarte(
        id=uow.new_id(),
        acheteur_siret=acheteur_siret,
        emetteur=nouveau.emetteur,
        compte=nouveau.compte,
        banque=nouveau.banque,
        jours_recu=nouveau.jours_recu,
        courriel=nouveau.courriel,
        ouvert_le=uow.clock.now(),
    )
    uow.session.add(programme)
    uow.session.flush()
    uow.audit("programme_carte.ouvert", str(programme.id), {"emetteur": programme.emetteur})
    return programme


def regler_delai(
    uow: UnitOfWork, programme_id: uuid.UUID, acheteur_siret: str, jours: int, par: Personne
) -> ProgrammeCarte:
    """Set how many days a holder has to hand in a receipt."""
    programme = charger_programme(uow, programme_id, acheteur_siret)
    exiger_role(uow.session, programme_id, Role.RESPONSABLE, par)
    programme.jours_recu = jours
    uow.audit("programme_carte.delai", str(programme.id), {"jours_recu": jours})
    return programme


def designer(
    uow: UnitOfWork,
    programme_id: uuid.UUID,
    acheteur_siret: str,
    nomination: Nomination,
    par: Personne,
) -> DesignationCarte:
    """Designate a person for a role; from then on, only those designated may play it."""
    charger_programme(uow, programme_id, acheteur_siret)
    exiger_role(uow.session, programme_id, Role.ORDONNATEUR, par)
    numero_carte.refuser(fonction=nomination.fonction, personne=nomination.personne)
    deja = roles_de(uow.session, programme_id, nomination.personne)
    if nomination.role in deja:
        raise ConflictError(
            f"{nomination.fonction} a déjà ce rôle.",
            code="deja_designe",
            champs={"personne": "Cette personne a déjà ce rôle."},
        )
    verifier_cumul(nomination.role, deja)
    designation = DesignationCarte(
        id=uow.new_id(),
        programme_id=programme_id,
        role=nomination.role,
        personne=nomination.personne,
        fonction=nomination.fonction,
        depuis_le=uow.clock.now(),
    )
    uow.session.add(designation)
    uow.audit(
        "programme_carte.designation",
        str(programme_id),
        {"role": nomination.role, "personne": nomination.personne},
    )
    return designation


def revoquer(
    uow: UnitOfWork,
    programme_id: uuid.UUID,
    acheteur_siret: str,
    designation_id: uuid.UUID,
    par: Personne,
) -> None:
    """End a designation; it stays in the history."""
    charger_programme(uow, programme_id, acheteur_siret)
    exiger_role(uow.session, programme_id, Role.ORDONNATEUR, par)
    designation = uow.session.get(DesignationCarte, designation_id, with_for_update=True)
    if designation is None or designation.programme_id != programme_id:
        raise NotFoundError("Cette désignation n’existe pas.", code="designation_inconnue")
    if designation.fin_le is None:
        designation.fin_le = uow.clock.now()
        uow.audit("programme_carte.revocation", str(programme_id), {"role": designation.role})


def inscrire_ligne(
    uow: UnitOfWork,
    programme_id: uuid.UUID,
    acheteur_siret: str,
    ligne: tuple[int, str, str, Montant],
    par: Personne,
) -> LigneBudgetaire:
    """Set what may be charged on a budget account in a year: exercise, account, name, amount."""
    exercice, compte, libelle, montant = ligne
    charger_programme(uow, programme_id, acheteur_siret)
    exiger_role(uow.session, programme_id, Role.ORDONNATEUR, par)
    connue = uow.session.scalar(
        select(LigneBudgetaire)
        .where(
            LigneBudgetaire.programme_id == programme_id,
            LigneBudgetaire.exercice == exercice,
            LigneBudgetaire.compte == compte,
        )
        .with_for_update()
    )
    if connue is None:
        connue = LigneBudgetaire(
            id=uow.new_id(), programme_id=programme_id, exercice=exercice, compte=compte
        )
        uow.session.add(connue)
    connue.libelle, connue.montant = libelle, montant
    uow.session.flush()
    uow.audit(
        "programme_carte.ligne",
        str(programme_id),
        {"exercice": exercice, "compte": compte, "montant": montant},
    )
    return connue


def charger_programme(
    uow: UnitOfWork, programme_id: uuid.UUID, acheteur_siret: str
) -> ProgrammeCarte:
    """Lock a programme; another buyer's does not exist."""
    programme = uow.session.scalar(
        select(ProgrammeCarte)
        .where(ProgrammeCarte.id == programme_id, ProgrammeCarte.acheteur_siret == acheteur_siret)
        .with_for_update()
    )
    if programme is None:
        raise NotFoundError("Ce programme n’existe pas.", code="programme_inconnu")
    return programme


def exiger_role(session: Session, programme_id: uuid.UUID, role: Role, par: Personne) -> None:
    """Refuse whoever may not play this role in this programme."""
    designes = session.scalars(
        select(DesignationCarte.personne).where(
            DesignationCarte.programme_id == programme_id,
            DesignationCarte.role == role,
            DesignationCarte.fin_le.is_(None),
        )
    ).all()
    exiger(role, par, designes)


def roles_de(session: Session, programme_id: uuid.UUID, personne: str) -> set[Role]:
    """Roles for which a person is designated today."""
    lignes = session.scalars(
        select(DesignationCarte.role).where(
            DesignationCarte.programme_id == programme_id,
            DesignationCarte.personne == personne,
            DesignationCarte.fin_le.is_(None),
        )
    )
    return {Role(role) for role in lignes}


def _verifier_compte(uow: UnitOfWork, acheteur_siret: str, nouveau: NouveauProgramme) -> None:
    connu = select(ProgrammeCarte.id).where(
        ProgrammeCarte.acheteur_siret == acheteur_siret,
        ProgrammeCarte.emetteur == nouveau.emetteur,
        ProgrammeCarte.compte == nouveau.compte,
    )
    if uow.session.scalar(connu) is not None:
        raise ValidationError(
            "Ce compte a déjà un programme.",
            code="programme_existant",
            champs={"compte": "Ce compte a déjà un programme\u00a0: ouvrez-le."},
        )
