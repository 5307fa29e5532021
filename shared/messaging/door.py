"""The inbound door: requests that members' own software sends, over HTTP or AMQP.

Whatever the way, a request that passes is one row of `entrant`; the service's `@inbound` handlers
follow that table. A sender may only speak in its own name: the SIRET of its credential.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from shared.contracts import catalogue
from shared.db.database import Database
from shared.kernel.errors import ConflictError, ContractError, DomainError, ForbiddenError
from shared.kernel.errors import ValidationError as Invalid
from shared.messaging import journal, ledger, metrics, topology, wire
from shared.messaging.delivery import Delivery, Pause
from shared.messaging.envelope import Event
from shared.messaging.failures import DatabaseAway, Verdict, describe, judge
from shared.messaging.tables import outbox
from shared.messaging.uow import Transactions, UnitOfWork

log = logging.getLogger(__name__)

Access = Callable[[Session, str], str | None]
"""Gives the SIRET that a broker user speaks for, or None if it may not speak."""

_SOURCE = re.compile(r"urn:siret:(\d{14}):[A-Za-z0-9._-]{1,64}")
_INSERT = sa.text(
    """
    INSERT INTO entrant (id, type, siret, enveloppe, canal, recu_le)
    VALUES (:id, :type, :siret, :enveloppe, :canal, :recu_le) ON CONFLICT (id) DO NOTHING
    RETURNING id
    """
).bindparams(sa.bindparam("enveloppe", type_=JSONB))
_KNOWN = sa.text("SELECT siret, type, enveloppe -> 'data' AS data FROM entrant WHERE id = :id")


def receive(
    uow: UnitOfWork,
    body: bytes,
    *,
    content_type: str | None,
    headers: Mapping[str, str],
    siret: str,
    canal: str = "http",
) -> Event:
    """Read a request from the one who proved to be `siret`, and take it in.

    Raise `DomainError` with code `enveloppe_illisible`, `message_trop_gros`, `source_invalide`,
    `emetteur_inconnu`, `type_inconnu`, `contrat_non_respecte` or `identifiant_deja_utilise`.
    """
    try:
        event = wire.decode(body, content_type, {k.lower(): v for k, v in headers.items()})
    except ContractError as error:
        raise _invalid(error) from error
    accept(uow, event, siret=siret, canal=canal)
    return event


def accept(uow: UnitOfWork, event: Event, *, siret: str, canal: str) -> bool:
    """Take a request in, once; tell whether it is new. Same errors as `receive`."""
    _check(event, siret)
    row = {
        "id": event.id,
        "type": event.type,
        "siret": siret,
        "enveloppe": wire.structured(event),
        "canal": canal,
        "recu_le": uow.clock.now(),
    }
    if uow.session.execute(_INSERT, row).first() is not None:
        return True
    known = uow.session.execute(_KNOWN, {"id": event.id}).one()
    if (known.siret, known.type, known.data) != (siret, event.type, event.data):
        raise ConflictError(
            "Cet identifiant a déjà servi pour une autre demande", code="identifiant_deja_utilise"
        )
    return False


def _check(event: Event, siret: str) -> None:
    matched = _SOURCE.fullmatch(event.source)
    if matched is None:
        raise Invalid(
            "La source doit s’écrire urn:siret:<SIRET>:<application>",
            code="source_invalide",
            champs={"source": event.source},
        )
    if matched[1] != siret:
        raise ForbiddenError(
            "L’accès utilisé n’est pas celui de la source", code="emetteur_inconnu"
        )
    known = catalogue.load()
    if event.type not in known or known.get(event.type).sens != "demande":
        raise Invalid(f"Demande inconnue : {event.type}", code="type_inconnu")
    try:
        known.validate(event.type, event.data)
    except ContractError as error:
        raise _invalid(error) from error


def _invalid(error: ContractError) -> DomainError:
    """A broken contract is the sender's fault here, not a defect of ours."""
    return Invalid(error.message, code=error.code, champs=error.champs)


def refuse(uow: UnitOfWork, event: Event, error: Exception) -> bool:
    """Answer a request that broke a business rule, with named reasons; decline other failures."""
    type_ = refusal_of(event.type)
    if not isinstance(error, DomainError) or type_ is None:
        return False
    champs: Mapping[str, str] = error.champs or {"": error.message}
    uow.emit(
        type_,
        subject=str(event.id),
        data={
            "demande_id": event.id,
            "reference_membre": str(event.data.get("reference_membre") or event.id),
            "motifs": [
                {"code": error.code, "message": message, "champ": champ or None}
                for champ, message in champs.items()
            ],
        },
        destinataire=event.siret,
    )
    return True


def refusal_of(type_: str) -> str | None:
    """`membre.achat.demande.v1` is refused by `membre.achat.refusee.v1`."""
    emitter, _, rest = type_.partition(".")
    name = f"{emitter}.{rest.partition('.')[0]}.refusee.v1"
    return name if name in catalogue.load() else None


def answers(
    database: Database, siret: str, *, after: int = 0, limit: int = 100
) -> tuple[list[dict[str, Any]], int]:
    """What was answered to a member after the cursor `after`, and the next cursor."""
    until = journal.safe_now(database)
    columns = [c for c in outbox.c if c.name != "published_at"]
    query = (
        sa.select(*columns)
        .where(outbox.c.destinataire == siret, outbox.c.seq > after, outbox.c.seq <= until)
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    with database.session() as session:
        rows = session.execute(query).mappings().all()
    events = [Event(**{k: v for k, v in row.items() if k != "seq"}) for row in rows]
    return [wire.structured(event) for event in events], rows[-1]["seq"] if rows else after


class DoorProcessor:
    """Settles what comes from `essaim.entrant`: into the table, or refused with its reason."""

    def __init__(self, service: str, transactions: Transactions, access: Access) -> None:
        self.consumer = topology.door_queue_of(service)
        self.transactions = transactions
        self._access = access

    def process(self, deliveries: Sequence[Delivery], pause: Pause) -> None:  # noqa: ARG002
        """Settle each request in a transaction of its own; raise `DatabaseAway` on an outage."""
        for delivery in deliveries:
            try:
                outcome = self._settle(delivery)
            except Exception as error:
                if judge(error) is Verdict.OUTAGE:
                    raise DatabaseAway(describe(error)) from error
                log.exception("%s : demande illisible pour la porte", self.consumer)
                outcome = self._bury(delivery, error)
            type_ = delivery.event.type if delivery.event else "?"
            metrics.CONSUMED.labels(self.consumer, type_, outcome).inc()

    def _bury(self, delivery: Delivery, error: Exception) -> str:
        with self.transactions.database.session() as session:
            ledger.bury(session, self.consumer, delivery.event, error, raw=delivery.raw)
        return "dead_lettered"

    def _settle(self, delivery: Delivery) -> str:
        if delivery.error is not None or delivery.event is None:
            error = delivery.error or ContractError("Message vide", code="enveloppe_illisible")
            return self._bury(delivery, error)
        with self.transactions.begin(acteur="porte") as uow:
            event, user = delivery.event, delivery.raw.user_id if delivery.raw else None
            uow.follow(event)
            siret = self._access(uow.session, user) if user else None
            try:
                if siret is None:
                    raise ForbiddenError("Aucun accès pour cet émetteur", code="emetteur_inconnu")
                fresh = accept(uow, event, siret=siret, canal="amqp")
            except DomainError as error:
                self._reject(uow, delivery, event, error, siret)
                return "rejected"
            return "ok" if fresh else "duplicate"

    def _reject(
        self,
        uow: UnitOfWork,
        delivery: Delivery,
        event: Event,
        error: DomainError,
        siret: str | None,
    ) -> None:
        """Answer the member that speaks in its own name; keep anything else as evidence."""
        own = siret is not None and event.source.startswith(f"urn:siret:{siret}:")
        if own and refuse(uow, event, error):
            return
        user = delivery.raw.user_id if delivery.raw else None
        uow.audit(
            "porte.refus",
            str(event.id),
            {"code": error.code, "source": event.source, "utilisateur": user},
        )
        ledger.bury(uow.session, self.consumer, event, error, raw=delivery.raw)
