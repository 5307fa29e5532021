"""Conventions that an organisation belongs to, and the agents of the group."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from services.groupement import tables as t
from services.groupement.domain import cao, textes_convention
from services.groupement.domain.conventions import EtatConvention
from services.groupement.domain.formes import FormeJuridique
from services.groupement.domain.receptions import accorder
from services.groupement.domain.retraits import Preneur, Proposition, proposer
from services.groupement.domain.strategies import Strategie
from services.groupement.queries import execution
from services.groupement.queries.execution import PartVue
from shared.kernel.errors import NotFoundError
from shared.kernel.parametres import ClasseAcheteur, Parametres

FINIES = (EtatConvention.EXPIREE.value, EtatConvention.RESILIEE.value)


def visibles(session: Session, siret: str) -> Sequence[t.Convention]:
    """Every version of the organisation's conventions with all stays: those alive come first."""
    siennes = sa.select(t.Adhesion.convention_id).where(t.Adhesion.siret == siret)
    requete = (
        sa.select(t.Convention)
        .where(sa.or_(t.Convention.id.in_(siennes), t.Convention.coordonnateur == siret))
        .options(selectinload(t.Convention.adhesions).joinedload(t.Adhesion.organisation))
        .order_by(t.Convention.etat.in_(FINIES), t.Convention.nom, t.Convention.version.desc())
    )
    return session.scalars(requete).all()


def organisations(session: Session) -> Sequence[t.Organisation]:
    """Every organisation that may be invited."""
    return session.scalars(sa.select(t.Organisation).order_by(t.Organisation.nom)).all()


def agents(session: Session, siret: str) -> Sequence[t.Agent]:
    """The organisation's own agents and their rights."""
    requete = sa.select(t.Agent).where(t.Agent.siret == siret).order_by(t.Agent.fonction)
    return session.scalars(requete).all()


def a_signer(session: Session, siret: str) -> Sequence[t.Convention]:
    """Versions that await the organisation's own deliberation."""
    requete = (
        sa.select(t.Convention)
        .join(t.Adhesion)
        .where(
            t.Adhesion.siret == siret,
            t.Adhesion.effet_le.is_(None),
            t.Convention.etat.in_(
                [EtatConvention.EN_SIGNATURE.value, EtatConvention.EN_VIGUEUR.value]
            ),
        )
        .order_by(t.Convention.nom, t.Convention.version)
    )
    return session.scalars(requete).all()


def visible(session: Session, convention_id: uuid.UUID, siret: str) -> t.Convention:
    """One version with all stays; unknown to those who are not in it."""
    trouvee = next((c for c in visibles(session, siret) if c.id == convention_id), None)
    if trouvee is None:
        raise NotFoundError("Cette convention n’existe pas.", code="convention_inconnue")
    return trouvee


def versions(session: Session, convention: t.Convention, siret: str) -> Sequence[t.Convention]:
    """Versions of the same group that the organisation may see, the oldest first."""
    memes = [c for c in visibles(session, siret) if c.nom == convention.nom]
    return sorted(memes, key=lambda c: c.version)


def parties(convention: t.Convention, jour: dt.date) -> list[t.Adhesion]:
    """Those whom this version binds or invites, by name; former members are only in its history."""
    liees = {EtatConvention.EN_VIGUEUR, EtatConvention.SUSPENDUE, EtatConvention.RESILIEE}
    return sorted(
        (
            a
            for a in convention.adhesions
            if (a.fin_le is None or jour < a.fin_le)
            and (a.effet_le is not None or convention.etat not in liees)
        ),
        key=lambda a: a.organisation.nom,
    )


def commission(convention: t.Convention, jour: dt.date) -> cao.Commission:
    """The competent tender board, computed from the members of this version."""
    membres = [
        cao.Membre(o.siret, o.nom, FormeJuridique(o.forme), o.a_cao)
        for o in (a.organisation for a in parties(convention, jour))
    ]
    return cao.competente(membres, convention.coordonnateur, convention.clauses.cao)


def projet(
    session: Session, convention: t.Convention, parametres: Parametres, jour: dt.date
) -> textes_convention.Projet:
    """What the text of a version is written from."""
    pilote = session.get_one(t.Organisation, convention.coordonnateur)
    return textes_convention.Projet(
        nom=convention.nom,
        version=convention.version,
        debut=convention.debut,
        fin=convention.fin,
        coordonnateur=convention.coordonnateur,
        clauses=convention.clauses,
        parties=tuple(_partie(a) for a in parties(convention, jour)),
        commission=commission(convention, jour),
        seuil_cao=cao.phrase_des_seuils(parametres, jour, ClasseAcheteur(pilote.classe)),
    )


def _partie(sejour: t.Adhesion) -> textes_convention.Partie:
    return textes_convention.Partie(
        sejour.siret,
        sejour.organisation.nom,
        FormeJuridique(sejour.organisation.forme),
        sejour.deliberation_le,
        sejour.deliberation_numero,
        sejour.document,
        sejour.effet_le,
        sejour.fin_le,
    )


@dataclass(frozen=True, slots=True)
class PartARepartir:
    """What a leaving member has not ordered on a line, and what each of the others would take."""

    part: PartVue
    propositions: Sequence[Proposition]


def parts_a_repartir(session: Session, sejour: t.Adhesion, jour: dt.date) -> list[PartARepartir]:
    """Shares of a member on notice or gone, on running contracts, each with a proposal (D2b)."""
    siennes = parts_restantes(session, sejour.siret, jour)
    clauses = session.get_one(t.Convention, sejour.convention_id).clauses
    partants = _partants(session, sejour.convention_id)
    return [
        PartARepartir(part, _proposer(session, part, clauses.strategie, partants))
        for part in siennes
    ]


def parts_restantes(session: Session, siret: str, jour: dt.date) -> list[PartVue]:
    """What an organisation may still order on running contracts."""
    return [
        part
        for part in execution.parts(session, siret=siret)
        if part.reste > 0 and part.contrat.fin_le >= jour
    ]


def _proposer(
    session: Session, part: PartVue, strategie: Strategie, partants: set[str]
) -> Sequence[Proposition]:
    autres = [
        autre
        for autre in execution.parts(session, achat_id=part.contrat.achat_id)
        if autre.ligne.id == part.ligne.id and autre.quota.siret not in partants
    ]
    preneurs = [Preneur(a.quota.siret, a.quota.quantite, epuise=a.reste <= 0) for a in autres]
    unite = accorder(part.ligne.conditionnement, part.reste)
    return proposer(part.reste, preneurs, strategie, unite)


def _partants(session: Session, convention_id: uuid.UUID) -> set[str]:
    return set(
        session.scalars(
            sa.select(t.Adhesion.siret).where(
                t.Adhesion.convention_id == convention_id,
                t.Adhesion.retrait_notifie_le.is_not(None),
            )
        )
    )
