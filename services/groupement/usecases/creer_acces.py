"""Give a member's software an access, and take it back."""

import secrets
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.acces import DEMANDES, condenser, verifier_evenements
from services.groupement.usecases.commun import organisation
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork

PREFIXE = "ess_"


@dataclass(frozen=True, slots=True)
class NouvelAcces:
    """Whose software, what for, which events; `jeton` is given only by the demonstration."""

    siret: str
    libelle: str
    evenements: tuple[str, ...] = DEMANDES
    utilisateur_amqp: str | None = None
    jeton: str | None = None


@dataclass(frozen=True, slots=True)
class AccesCree:
    """Its id, to revoke it, and the token, which nobody will ever be able to read again."""

    id: uuid.UUID
    jeton: str


def creer_acces(uow: UnitOfWork, nouvel: NouvelAcces) -> AccesCree:
    """Open an access: only the hash of its token is kept."""
    jeton = nouvel.jeton or PREFIXE + secrets.token_urlsafe(32)
    acces = t.AccesMembre(
        id=uow.new_id(),
        siret=organisation(uow.session, nouvel.siret).siret,
        libelle=nouvel.libelle,
        jeton_hash=condenser(jeton),
        utilisateur_amqp=nouvel.utilisateur_amqp,
        evenements=list(verifier_evenements(nouvel.evenements)),
        cree_le=uow.clock.now(),
    )
    uow.session.add(acces)
    uow.session.flush()
    uow.audit(
        "acces.cree",
        str(acces.id),
        {"siret": nouvel.siret, "libelle": nouvel.libelle, "evenements": acces.evenements},
    )
    return AccesCree(acces.id, jeton)


def revoquer_acces(uow: UnitOfWork, acces_id: uuid.UUID) -> None:
    """The token and the AMQP user stop working at once; the row stays."""
    acces = uow.session.get(t.AccesMembre, acces_id)
    if acces is None or acces.revoque_le is not None:
        raise NotFoundError("Cet accès n’existe pas ou n’est plus valable.", code="acces_inconnu")
    acces.revoque_le = uow.clock.now()
    uow.audit("acces.revoque", str(acces.id), {"siret": acces.siret})


def acces_du_jeton(session: Session, jeton: str) -> t.AccesMembre | None:
    """The living access that a token opens."""
    return session.scalars(
        sa.select(t.AccesMembre).where(
            t.AccesMembre.jeton_hash == condenser(jeton), t.AccesMembre.revoque_le.is_(None)
        )
    ).one_or_none()


def siret_de_l_utilisateur(session: Session, utilisateur: str) -> str | None:
    """The member that a broker user speaks for: one and only one."""
    return session.scalar(
        sa.select(t.AccesMembre.siret).where(
            t.AccesMembre.utilisateur_amqp == utilisateur, t.AccesMembre.revoque_le.is_(None)
        )
    )


def evenements_autorises(session: Session, siret: str) -> set[str]:
    """Every event that some living access of the member may send."""
    listes = session.scalars(
        sa.select(t.AccesMembre.evenements).where(
            t.AccesMembre.siret == siret, t.AccesMembre.revoque_le.is_(None)
        )
    )
    return {evenement for liste in listes for evenement in liste}
