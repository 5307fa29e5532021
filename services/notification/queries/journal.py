"""The event journal, the ledger and what waits: what the ops team looks at."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, extract, func, select, text
from sqlalchemy.orm import Session

from services.notification.domain.remise import Etat
from services.notification.tables import Journal, Message, Remise
from shared.web.pagination import Page, paginate

LIMITE_FIL = 500
_DELAI = Journal.received_at - Journal.time
A_L_HEURE = dt.timedelta(hours=1)
_REPRISES = text(
    """
    SELECT consumer, event_id, type, attempts, due_at, cause, erreur, first_seen_at
    FROM message_en_attente ORDER BY due_at LIMIT 50
    """
)


@dataclass(frozen=True, slots=True)
class FiltreJournal:
    """Criteria of the journal page; empty ones do not filter."""

    type: str = ""
    correlation_id: str = ""
    sujet: str = ""

    def appliquer(self, requete: Select[Any]) -> Select[Any]:
        if self.type:
            requete = requete.where(Journal.type.startswith(self.type, autoescape=True))
        if self.correlation_id:
            requete = requete.where(Journal.correlation_id == self.correlation_id)
        if self.sujet:
            requete = requete.where(Journal.subject == self.sujet)
        return requete


def evenements(session: Session, filtre: FiltreJournal, page: int, par: int = 20) -> Page[Journal]:
    """Events as received, newest first."""
    requete = select(Journal).order_by(Journal.received_at.desc(), Journal.id.desc())
    return paginate(session, filtre.appliquer(requete), page, par)


def fil(session: Session, correlation_id: str) -> Sequence[Journal]:
    """A whole flow, in the order in which its facts happened."""
    requete = (
        select(Journal)
        .where(Journal.correlation_id == correlation_id)
        .order_by(Journal.time, Journal.id)
        .limit(LIMITE_FIL)
    )
    return session.scalars(requete).all()


def types_connus(session: Session) -> Sequence[str]:
    """Types seen so far."""
    return session.scalars(select(Journal.type).distinct().order_by(Journal.type)).all()


@dataclass(frozen=True, slots=True)
class Compteur:
    """One emitting service: events in all and lately, delay from fact to journal in seconds.

    Those that took more than an hour (an outage caught up, a fact entered after the day) are
    counted apart: they would drown the usual delays.
    """

    service: str
    total: int
    recents: int
    en_retard: int
    dernier_le: dt.datetime
    delai_median: float | None
    delai_p95: float | None


def compteurs(session: Session, depuis: dt.datetime) -> Sequence[Compteur]:
    """One line per emitter; delays are those of the events received since `depuis`."""
    service = func.split_part(Journal.source, ":", 4)
    recent = Journal.received_at >= depuis
    secondes = extract("epoch", _DELAI)
    usuel = recent & (_DELAI <= A_L_HEURE)
    requete = (
        select(
            service,
            func.count(),
            func.count().filter(recent),
            func.count().filter(recent & (_DELAI > A_L_HEURE)),
            func.max(Journal.received_at),
            func.percentile_cont(0.5).within_group(secondes).filter(usuel),
            func.percentile_cont(0.95).within_group(secondes).filter(usuel),
        )
        .group_by(service)
        .order_by(service)
    )
    return [Compteur(*ligne) for ligne in session.execute(requete)]


def registre(session: Session, page: int, par: int = 20) -> Page[Row[Any]]:
    """The proof of equal treatment: per message, states, instants, time to reach 95 %."""
    remis = Remise.etat == Etat.REMIS
    delai = extract("epoch", Remise.remis_le - Message.inscrit_le)
    requete: Any = (
        select(
            Message.id,
            Message.modele,
            Message.objet_id,
            Message.version,
            Message.correlation_id,
            Message.inscrit_le,
            func.count(Remise.id).label("destinataires"),
            func.count().filter(remis).label("remis"),
            func.count().filter(Remise.etat == Etat.A_REMETTRE).label("a_remettre"),
            func.count().filter(Remise.etat.in_((Etat.ECHEC, Etat.REBOND))).label("perdus"),
            func.count().filter(Remise.etat == Etat.SANS_OBJET).label("sans_objet"),
            func.count().filter(remis & (Remise.tentatives > 1)).label("doublons_possibles"),
            func.percentile_cont(0.95).within_group(delai).filter(remis).label("p95"),
        )
        .outerjoin(Remise, Remise.message_id == Message.id)
        .group_by(Message.id)
        .order_by(Message.inscrit_le.desc(), Message.id.desc())
    )
    return paginate(session, requete, page, par)


def reprises(session: Session) -> Sequence[Row[Any]]:
    """Events of this service's own consumers that wait for a new attempt."""
    return session.execute(_REPRISES).all()
