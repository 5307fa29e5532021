"""Draft a version of the convention and invite its members."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.clauses import ChoixCao, Clauses, Signataires, verifier
from services.groupement.domain.conventions import EtatConvention, ModeCoordination
from services.groupement.domain.formes import FormeJuridique
from services.groupement.usecases.commun import organisation, organisations
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleConvention:
    """Who coordinates, in which mode, who is invited besides, and the clauses if already known."""

    nom: str
    coordonnateur: str
    mode: ModeCoordination
    membres: tuple[str, ...]
    clauses: Clauses | None = None


def creer_convention(uow: UnitOfWork, nouvelle: NouvelleConvention) -> uuid.UUID:
    """Write the draft of the next version; every member is invited, none is bound yet."""
    derniere = uow.session.scalar(
        sa.select(sa.func.max(t.Convention.version)).where(t.Convention.nom == nouvelle.nom)
    )
    invites = sorted({nouvelle.coordonnateur, *nouvelle.membres})
    pilote = organisation(uow.session, nouvelle.coordonnateur)
    signataires = signataires_de(uow.session, pilote.siret, invites)
    clauses = verifier(nouvelle.clauses or _par_defaut(nouvelle.mode, pilote), signataires)
    convention = t.Convention(
        id=uow.new_id(),
        nom=nouvelle.nom,
        version=(derniere or 0) + 1,
        coordonnateur=pilote.siret,
        mode=clauses.mode.value,
        etat=EtatConvention.BROUILLON.value,
        debut=None,
        fin=None,
        clauses=clauses,
        etat_le=uow.clock.now(),
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


def signataires_de(session: Session, coordonnateur: str, sirets: Iterable[str]) -> Signataires:
    """Who may be named by clauses, as the domain reads it."""
    connues = organisations(session, (coordonnateur, *sirets))
    return Signataires(
        coordonnateur,
        {siret: FormeJuridique(o.forme) for siret, o in connues.items()},
        frozenset(siret for siret, o in connues.items() if o.a_cao),
    )


def _par_defaut(mode: ModeCoordination, pilote: t.Organisation) -> Clauses:
    """Usual clauses; the coordinator's tender board when it has one."""
    return Clauses(mode, cao=ChoixCao.COORDONNATEUR if pilote.a_cao else ChoixCao.GROUPEMENT)
