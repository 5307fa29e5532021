"""Other cuttings of a purchase: what one would change, those applied, the answers still awaited."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.allotissement import Allotissement, allotir, examiner
from services.groupement.domain.consolidation import Decisions
from services.groupement.domain.decoupage import (
    Coupe,
    Participant,
    Plan,
    Reponses,
    lignes_a_lotir,
    planifier,
    reporter,
)
from services.groupement.domain.mesures import Cle
from services.groupement.domain.suivi import Reponse
from services.groupement.queries.preuve import decisions_de
from services.groupement.usecases.consolider import apercevoir, cadre, plan_de
from services.groupement.usecases.lancer import derniere_consolidation, participants_de
from shared.kernel.parametres import Parametres


@dataclass(frozen=True, slots=True)
class Projet:
    """What a cutting would make of the purchase; `empreinte` is that of what it starts from."""

    avant: Plan
    apres: Plan
    examen: Allotissement
    reponses: Reponses
    empreinte: str


def projeter(
    session: Session,
    achat: t.Achat,
    coupe: Coupe,
    parametres: Parametres,
    jour: dt.date,
) -> Projet:
    """Cut the lines of today otherwise, and carry the answers; write nothing."""
    avant = plan_de(session, achat.id)
    apercu = apercevoir(session, achat, parametres, jour, decisions_prises(session, achat))
    lots = allotir(lignes_a_lotir(apercu.resultat, avant.articles), coupe.methode, coupe.plafond)
    apres = planifier(lots, avant.articles)
    return Projet(
        avant,
        apres,
        examiner(cadre(session, achat, parametres, jour), lots, apercu.couts),
        reporter(avant, apres, participants(session, achat.id, avant)),
        apercu.resultat.empreinte,
    )


def decisions_prises(session: Session, achat: t.Achat) -> Decisions:
    """What the consolidation in force decided of lines below a minimum; nothing before it."""
    if achat.etat != EtatAchat.CONSOLIDE:
        return {}
    return decisions_de(derniere_consolidation(session, achat.id))


def sortis(session: Session, achat: t.Achat) -> list[str]:
    """Members that the consolidation in force counts and that take part no more."""
    if achat.etat != EtatAchat.CONSOLIDE:
        return []
    restants = sa.select(t.Participation.siret).where(
        t.Participation.achat_id == achat.id,
        t.Participation.reponse == Reponse.PARTICIPE.value,
    )
    comptes = participants_de(session, derniere_consolidation(session, achat.id))
    return sorted(set(comptes) - set(session.scalars(restants)))


def participants(session: Session, achat_id: uuid.UUID, plan: Plan) -> Iterator[Participant]:
    """Who answered and how, with the needs of those who refused some lots but not all."""
    tous = frozenset(lot.numero for lot in plan.lots)
    declines = _declines(session, achat_id)
    demandes = _demandes(session, achat_id, list(declines))
    requete = sa.select(t.Participation.siret, t.Participation.reponse).where(
        t.Participation.achat_id == achat_id,
        t.Participation.reponse != Reponse.SILENCE.value,
    )
    for siret, reponse in session.execute(requete):
        if reponse == Reponse.DECLINE:
            yield Participant(siret, tous)
        else:
            yield Participant(
                siret,
                frozenset(declines.get(siret, ())),
                frozenset(demandes.get(siret, ())),
            )


def _declines(session: Session, achat_id: uuid.UUID) -> dict[str, set[int]]:
    requete = sa.select(t.ParticipationLot.siret, t.ParticipationLot.lot).where(
        t.ParticipationLot.achat_id == achat_id,
        t.ParticipationLot.reponse == Reponse.DECLINE.value,
    )
    declines: dict[str, set[int]] = {}
    for siret, lot in session.execute(requete):
        declines.setdefault(siret, set()).add(lot)
    return declines


def _demandes(session: Session, achat_id: uuid.UUID, sirets: Sequence[str]) -> dict[str, set[Cle]]:
    requete = sa.select(t.Besoin.siret, t.Besoin.article, t.Besoin.lieu).where(
        t.Besoin.achat_id == achat_id, t.Besoin.siret.in_(sirets), t.Besoin.quantite_base > 0
    )
    demandes: dict[str, set[Cle]] = {}
    for siret, article, lieu in session.execute(requete):
        demandes.setdefault(siret, set()).add((article, lieu))
    return demandes


def appliques(session: Session, achat_id: uuid.UUID) -> Sequence[t.Decoupage]:
    """Every cutting applied to the purchase, the last one first."""
    requete = (
        sa.select(t.Decoupage)
        .where(t.Decoupage.achat_id == achat_id)
        .order_by(t.Decoupage.numero.desc())
    )
    return session.scalars(requete).all()


def lots_a_redire(session: Session, achat: t.Achat, siret: str) -> list[int]:
    """Lots for which the call that is open waits for this member's answer again."""
    if achat.etat != EtatAchat.RECENSEMENT_OUVERT:
        return []
    dernier = next(iter(appliques(session, achat.id)), None)
    if dernier is None or dernier.recensement != achat.recensement:
        return []
    reponse = session.get(t.Participation, (achat.id, siret))
    dite = reponse is not None and reponse.repondu_le > dernier.fait_le
    return [] if dite else list(dernier.redemandees.get(siret, ()))
