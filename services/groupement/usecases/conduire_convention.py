"""What the coordinator decides of a convention: clauses, signature, guests, amendment, stops."""

import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.clauses import Clauses, verifier
from services.groupement.domain.conventions import (
    EtatAdhesion,
    EtatConvention,
    ModeCoordination,
)
from services.groupement.usecases.commun import (
    acteur,
    convention_de,
    convention_verrouillee,
    organisation,
    organisations,
)
from services.groupement.usecases.creer_convention import (
    NouvelleConvention,
    creer_convention,
    signataires_de,
)
from services.groupement.usecases.evenements_convention import (
    annoncer_convention,
    annoncer_invitation,
)
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def modifier_clauses(uow: UnitOfWork, convention_id: uuid.UUID, clauses: Clauses) -> None:
    """Replace the clauses of a draft; once submitted to signature, only an amendment does."""
    convention = convention_verrouillee(uow, convention_id)
    if convention.etat != EtatConvention.BROUILLON:
        raise ConflictError(
            "Les clauses soumises à signature ne changent plus\u00a0: préparez un avenant.",
            code="clauses_signees",
        )
    lue = convention_de(uow.session, convention_id)
    sirets = [a.siret for a in lue.adhesions]
    signataires = signataires_de(uow.session, convention.coordonnateur, sirets)
    convention.clauses = verifier(clauses, signataires)
    convention.mode = clauses.mode.value
    uow.session.flush()
    uow.audit("convention.clauses", str(convention.id), {"version": convention.version})


def mettre_en_signature(uow: UnitOfWork, convention_id: uuid.UUID) -> None:
    """Freeze the clauses and ask every member for its deliberation."""
    ouvrir_la_signature(uow, convention_verrouillee(uow, convention_id))


def ouvrir_la_signature(uow: UnitOfWork, convention: t.Convention) -> None:
    """Same, on a convention already under its lock."""
    _franchir(uow, convention, EtatConvention.EN_SIGNATURE)
    lue = convention_de(uow.session, convention.id)
    invites = organisations(uow.session, (a.siret for a in lue.adhesions))
    annoncer_convention(
        uow,
        convention,
        "mise_en_signature",
        membres=[acteur(invites[siret]) for siret in sorted(invites)],
        le=uow.clock.today(),
    )


def inviter(uow: UnitOfWork, convention_id: uuid.UUID, siret: str) -> None:
    """Ask one more member, or a former one again: its next stay opens with its own vote."""
    convention = convention_verrouillee(uow, convention_id)
    exiger_ouverte(convention)
    lue = convention_de(uow.session, convention_id)
    sejour = lue.sejour(siret, uow.clock.today())
    if sejour and sejour.etat(uow.clock.today()) is not EtatAdhesion.RETIRE:
        raise ConflictError(
            f"{sejour.nom} est déjà invité ou membre.",
            code="deja_invite",
            champs={"siret": "Choisissez une organisation qui n’est pas dans le groupement."},
        )
    invitation = t.Adhesion(
        id=uow.new_id(),
        convention_id=convention_id,
        siret=organisation(uow.session, siret).siret,
    )
    uow.session.add(invitation)
    uow.session.flush()
    annoncer_invitation(uow, invitation)


def exiger_ouverte(convention: t.Convention) -> None:
    """Nobody joins a convention that is stopped or over."""
    closes = {EtatConvention.SUSPENDUE, EtatConvention.RESILIEE, EtatConvention.EXPIREE}
    if convention.etat in closes:
        etat = conventions.LIBELLES[EtatConvention(convention.etat)].lower()
        raise ConflictError(
            f"Cette convention est {etat}\u00a0: elle ne reçoit plus d’adhésion.",
            code="convention_close",
        )


def amender(uow: UnitOfWork, convention_id: uuid.UUID) -> uuid.UUID:
    """Draft the next version from this one; it binds nobody until all its members sign it."""
    convention = convention_verrouillee(uow, convention_id)
    jour = uow.clock.today()
    lue = convention_de(uow.session, convention_id)
    if convention.etat not in {EtatConvention.EN_VIGUEUR, EtatConvention.SUSPENDUE}:
        raise ConflictError(
            "Un avenant modifie une convention en vigueur.", code="avenant_impossible"
        )
    _refuser_un_second_avenant(uow, convention)
    return creer_convention(
        uow,
        NouvelleConvention(
            convention.nom,
            convention.coordonnateur,
            ModeCoordination(convention.mode),
            tuple(a.siret for a in lue.adhesions if a.etat(jour) is EtatAdhesion.ADHERENT),
            convention.clauses,
        ),
    )


def _refuser_un_second_avenant(uow: UnitOfWork, convention: t.Convention) -> None:
    suivante = uow.session.scalar(
        sa.select(sa.func.max(t.Convention.version)).where(
            t.Convention.nom == convention.nom, t.Convention.version > convention.version
        )
    )
    if suivante:
        raise ConflictError(
            f"La version {suivante} existe déjà\u00a0: menez-la à son terme.",
            code="avenant_en_cours",
        )


def suspendre(uow: UnitOfWork, convention_id: uuid.UUID, motif: str) -> None:
    """Stop new purchases for a time; running contracts go on."""
    _arreter(uow, convention_id, EtatConvention.SUSPENDUE, "suspendue", motif)


def resilier(uow: UnitOfWork, convention_id: uuid.UUID, motif: str) -> None:
    """End the convention for good; running contracts go to their term."""
    _arreter(uow, convention_id, EtatConvention.RESILIEE, "resiliee", motif)


def retablir(uow: UnitOfWork, convention_id: uuid.UUID) -> None:
    """Lift a suspension."""
    convention = convention_verrouillee(uow, convention_id)
    if convention.etat != EtatConvention.SUSPENDUE:
        raise ConflictError("Cette convention n’est pas suspendue.", code="transition_interdite")
    _franchir(uow, convention, EtatConvention.EN_VIGUEUR)
    annoncer_convention(uow, convention, "retablie", le=uow.clock.today())


def _arreter(
    uow: UnitOfWork, convention_id: uuid.UUID, vers: EtatConvention, transition: str, motif: str
) -> None:
    convention = convention_verrouillee(uow, convention_id)
    _franchir(uow, convention, vers, motif)
    annoncer_convention(uow, convention, transition, motif=motif, le=uow.clock.today())


def _franchir(
    uow: UnitOfWork, convention: t.Convention, vers: EtatConvention, motif: str | None = None
) -> None:
    depuis = EtatConvention(convention.etat)
    convention.etat = conventions.franchir(depuis, vers).value
    convention.motif, convention.etat_le = motif, uow.clock.now()
    uow.session.flush()
