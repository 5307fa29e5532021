"""What became of a request that a member's software sent through the inbound door."""

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from shared.kernel.errors import NotFoundError
from shared.messaging import wire
from shared.messaging.envelope import Event
from shared.messaging.tables import outbox

_RECUE = sa.text("SELECT type, recu_le FROM entrant WHERE id = :id AND siret = :siret")
_MORTE = sa.text("SELECT 1 FROM lettre_morte WHERE event_id = :id AND etat = 'MORTE'")


@dataclass(frozen=True, slots=True)
class Sort:
    """`etat`: recue, acceptee, refusee, or en_panne when a defect of ours stopped it."""

    id: uuid.UUID
    type: str
    etat: str
    recu_le: Any
    reponse: dict[str, Any] | None


def sort_de_la_demande(session: Session, demande_id: uuid.UUID, siret: str) -> Sort:
    """The request of this member and its answer, if it has come."""
    cles = {"id": demande_id, "siret": siret}
    recue = session.execute(_RECUE, cles).one_or_none()
    if recue is None:
        raise NotFoundError("Cette demande n’est pas connue.", code="demande_inconnue")
    reponse = _reponse(session, demande_id, siret)
    if reponse:
        etat = reponse.type.split(".")[2]
    else:
        etat = "en_panne" if session.execute(_MORTE, {"id": demande_id}).first() else "recue"
    corps = wire.structured(reponse) if reponse else None
    return Sort(demande_id, recue.type, etat, recue.recu_le, corps)


def _reponse(session: Session, demande_id: uuid.UUID, siret: str) -> Event | None:
    colonnes = [c for c in outbox.c if c.name not in ("seq", "xid", "published_at")]
    requete = sa.select(*colonnes).where(
        outbox.c.destinataire == siret, outbox.c.causation_id == str(demande_id)
    )
    ligne = session.execute(requete).mappings().one_or_none()
    return Event(**ligne) if ligne else None
