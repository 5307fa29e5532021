"""Who may enter a purchase: those bound when it is launched, never a latecomer (D2a, D2b)."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.clauses import RegleArrivee
from services.groupement.usecases.commun import clauses_de, convention_de
from shared.kernel.clock import PARIS

A_VENIR = (
    EtatAchat.PROJET.value,
    EtatAchat.RECENSEMENT_OUVERT.value,
    EtatAchat.RECENSEMENT_CLOS.value,
    EtatAchat.CONSOLIDE.value,
)


def exiger_perimetre(session: Session, achat: t.Achat, siret: str) -> None:
    """Refuse whoever was not in when the purchase was launched, naming the next one."""
    perimetre = sa.select(t.Participation.siret).where(
        t.Participation.achat_id == achat.id, t.Participation.perimetre
    )
    dedans = set(session.scalars(perimetre))
    prochain = None if siret in dedans else prochain_achat(session, achat)
    conventions.exiger_dans_le_perimetre(siret, dedans, prochain)


def exiger_consulte(session: Session, achat: t.Achat, siret: str, jour: dt.date) -> None:
    """Refuse whoever the call does not concern: outside the group, leaving it, or come too late."""
    if achat.lance_le is not None:
        exiger_perimetre(session, achat, siret)
    convention = convention_de(session, achat.convention_id)
    sejour = conventions.exiger_consulte(convention, siret, jour)
    clauses = clauses_de(session, achat.id)
    conventions.exiger_arrivee_permise(
        sejour.effet_le,
        achat.cree_le.astimezone(PARIS).date(),
        clauses.arrivee is RegleArrivee.ACHATS_SUIVANTS,
    )


def prochain_achat(session: Session, achat: t.Achat) -> str | None:
    """The next purchase of the same family that is not launched yet, as people name it."""
    ligne = session.execute(
        sa.select(t.Achat.reference, t.Achat.objet)
        .where(
            t.Achat.convention_id == achat.convention_id,
            sa.func.lower(t.Achat.famille) == achat.famille.lower(),
            t.Achat.id != achat.id,
            t.Achat.etat.in_(A_VENIR),
        )
        .order_by(t.Achat.publication_prevue_le.nulls_last(), t.Achat.cree_le)
        .limit(1)
    ).one_or_none()
    return f"{ligne.reference} «\u00a0{ligne.objet}\u00a0»" if ligne else None
