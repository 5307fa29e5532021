"""The follow-up of the calls for needs and what each one has to do."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from services.groupement import tables as t
from services.groupement.domain import suivi
from services.groupement.domain.achats import CHEMIN, EtatAchat, passe
from services.groupement.queries.achats import visibles
from services.groupement.tables.retenus import besoin_retenu
from services.groupement.usecases.commun import en_convention
from shared.kernel.montant import Montant
from shared.kernel.unites import normaliser

SUIVIS = tuple(
    etat.value
    for etat in CHEMIN
    if passe(etat, EtatAchat.RECENSEMENT_OUVERT) and not passe(etat, EtatAchat.NOTIFIE)
)
"""From the call to the award: what is under contract is followed elsewhere."""


def carte(session: Session, siret: str, jour: dt.date) -> suivi.Carte:
    """Members × families of the purchases called and not yet under contract."""
    achats = session.scalars(visibles(siret).where(t.Achat.etat.in_(SUIVIS))).all()
    consultes = _consultes(session, {achat.convention_id for achat in achats}, jour)
    montants = _montants(session, [achat.id for achat in achats])
    repondus = _repondus(session, [achat.id for achat in achats])
    membres = {s: nom for liste in consultes.values() for s, nom in liste}
    situations = [
        suivi.Situation(
            membre,
            achat.famille,
            montants.get((achat.id, membre), Montant.zero()),
            (achat.id, membre) in repondus,
        )
        for achat in achats
        for membre, _ in consultes[achat.convention_id]
    ]
    familles = sorted({achat.famille for achat in achats}, key=normaliser)
    return suivi.dresser(sorted(membres.items()), familles, situations)


def _consultes(
    session: Session, conventions: set[uuid.UUID], jour: dt.date
) -> dict[uuid.UUID, list[tuple[str, str]]]:
    requete = (
        sa.select(t.Convention)
        .where(t.Convention.id.in_(conventions))
        .options(selectinload(t.Convention.adhesions).joinedload(t.Adhesion.organisation))
    )
    return {
        lue.id: [(a.siret, a.nom) for a in en_convention(lue).consultes(jour)]
        for lue in session.scalars(requete)
    }


def _montants(
    session: Session, achats: Sequence[uuid.UUID]
) -> dict[tuple[uuid.UUID, str], Montant]:
    requete = (
        sa.select(
            t.Besoin.achat_id,
            t.Besoin.siret,
            sa.func.sum(t.Besoin.quantite_base * t.Article.prix_estime_ht),
        )
        .join(
            t.Article,
            sa.and_(t.Article.achat_id == t.Besoin.achat_id, t.Article.code == t.Besoin.article),
        )
        .where(t.Besoin.achat_id.in_(achats), besoin_retenu())
        .group_by(t.Besoin.achat_id, t.Besoin.siret)
    )
    return {(achat, siret): Montant(cout) for achat, siret, cout in session.execute(requete)}


def _repondus(session: Session, achats: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, str]]:
    """Who answered; the silence of a call before is awaited again once it is reopened."""
    ouvert = t.Achat.etat == EtatAchat.RECENSEMENT_OUVERT.value
    muet = t.Participation.reponse == suivi.Reponse.SILENCE.value
    requete = (
        sa.select(t.Participation.achat_id, t.Participation.siret)
        .join(t.Achat, t.Achat.id == t.Participation.achat_id)
        .where(t.Participation.achat_id.in_(achats), ~sa.and_(ouvert, muet))
    )
    return {(achat, siret) for achat, siret in session.execute(requete)}


@dataclass(frozen=True, slots=True)
class Appel:
    """An open call as one member sees it."""

    achat: t.Achat
    reponse: str | None
    besoins: int

    @property
    def fait(self) -> bool:
        """Declined, or taking part with at least one need."""
        return self.reponse == suivi.Reponse.DECLINE or bool(self.reponse and self.besoins)


def appels_ouverts(session: Session, siret: str) -> list[Appel]:
    """Calls that are open for the organisation, the most urgent first."""
    besoins = (
        sa.select(t.Besoin.achat_id, sa.func.count().label("n"))
        .where(t.Besoin.siret == siret)
        .group_by(t.Besoin.achat_id)
        .subquery()
    )
    reponse = sa.and_(t.Participation.achat_id == t.Achat.id, t.Participation.siret == siret)
    requete = (
        visibles(siret, etat=EtatAchat.RECENSEMENT_OUVERT.value)
        .outerjoin(t.Participation, reponse)
        .outerjoin(besoins, besoins.c.achat_id == t.Achat.id)
        .with_only_columns(t.Achat, t.Participation.reponse, sa.func.coalesce(besoins.c.n, 0))
        .order_by(None)
        .order_by(t.Achat.cloture_le)
    )
    return [Appel(*ligne) for ligne in session.execute(requete)]


def achats_par_id(session: Session, siret: str) -> dict[uuid.UUID, t.Achat]:
    return {achat.id: achat for achat in session.scalars(visibles(siret))}
