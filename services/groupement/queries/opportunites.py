"""Plans of an organisation, and the opportunities that it may see."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.conventions import EtatConvention
from services.groupement.domain.opportunites import EtatOpportunite, classe_cpv
from services.groupement.domain.programmation import EtatPrevision, Source
from shared.kernel.errors import NotFoundError


def previsions(session: Session, siret: str) -> Sequence[t.Prevision]:
    """The organisation's own plans that still count, entered and published, in time order."""
    return session.scalars(
        sa.select(t.Prevision)
        .where(t.Prevision.siret == siret, t.Prevision.etat == EtatPrevision.ACTIVE.value)
        .order_by(t.Prevision.debut, t.Prevision.objet, t.Prevision.id)
    ).all()


def prevision_de(session: Session, prevision_id: uuid.UUID, siret: str) -> t.Prevision:
    """One plan that the organisation entered itself."""
    trouvee = session.scalars(
        sa.select(t.Prevision).where(
            t.Prevision.id == prevision_id,
            t.Prevision.siret == siret,
            t.Prevision.source == Source.SAISIE.value,
        )
    ).one_or_none()
    if trouvee is None:
        raise NotFoundError("Cet achat prévu n’existe pas.", code="prevision_inconnue")
    return trouvee


def opportunites(siret: str, *etats: EtatOpportunite) -> sa.Select[t.Opportunite]:
    """Those of the groups it coordinates, and those that concern its own plans, largest first."""
    conduites = sa.select(t.Convention.id).where(t.Convention.coordonnateur == siret)
    concerne = t.Opportunite.membres.contains([{"siret": siret}])
    requete = sa.select(t.Opportunite).where(
        sa.or_(t.Opportunite.convention_id.in_(conduites), concerne)
    )
    if etats:
        requete = requete.where(t.Opportunite.etat.in_([etat.value for etat in etats]))
    return requete.order_by(t.Opportunite.montant_estime_ht.desc(), t.Opportunite.id)


def opportunite_visible(session: Session, opportunite_id: uuid.UUID, siret: str) -> t.Opportunite:
    requete = opportunites(siret).where(t.Opportunite.id == opportunite_id)
    trouvee = session.scalars(requete).one_or_none()
    if trouvee is None:
        raise NotFoundError("Cette opportunité n’existe pas.", code="opportunite_inconnue")
    return trouvee


def conventions_vivantes(session: Session) -> Sequence[uuid.UUID]:
    """Conventions in force: those whose members' plans are compared."""
    return session.scalars(
        sa.select(t.Convention.id)
        .where(t.Convention.etat == EtatConvention.EN_VIGUEUR.value)
        .order_by(t.Convention.id)
    ).all()


def famille_habituelle(session: Session, cpv: str, siret: str) -> str:
    """How the group last called purchases of that class; empty when it never made one."""
    return (
        session.scalar(
            sa.select(t.Achat.famille)
            .where(
                t.Achat.coordonnateur == siret,
                sa.func.left(t.Achat.cpv, 4) == classe_cpv(cpv),
            )
            .order_by(t.Achat.cree_le.desc())
            .limit(1)
        )
        or ""
    )
