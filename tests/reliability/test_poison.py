"""P4: messages that cannot be read, known, carried or done, among a thousand that can."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import kombu
import pytest

from shared.contracts import catalogue as contracts
from shared.kernel.errors import ConflictError
from shared.messaging import dead_letters, topology
from shared.messaging.wire import MAX_BYTES
from tests.kit.processus import wait_for
from tests.reliability.app import ABONNE, EMETTEUR, FAIT
from tests.reliability.banc import SIRET, Banc

pytestmark = [pytest.mark.db, pytest.mark.amqp]

NEIGHBOURS = 1_000


def _headers(operation: str, type_: str = FAIT) -> dict[str, str]:
    return {
        "ce-specversion": "1.0",
        "ce-id": str(uuid.uuid4()),
        "ce-type": type_,
        "ce-source": f"urn:siret:{SIRET}:{EMETTEUR}",
        "ce-subject": operation,
        "ce-sequence": "1",
        "ce-time": "2026-03-02T08:00:00Z",
    }


def _send(banc: Banc, body: bytes, headers: Mapping[str, str]) -> None:
    """What a defective sender would put on the exchange."""
    assert banc.broker is not None
    with kombu.Connection(banc.broker.url) as connection:
        connection.Producer().publish(
            body,
            exchange=topology.exchange_of(EMETTEUR),
            routing_key=FAIT,
            content_type="application/json",
            content_encoding="utf-8",
            headers=dict(headers),
            delivery_mode=2,
        )


def _poison(banc: Banc) -> dict[str, str]:
    """Send every kind of bad message; return the operations of those that may succeed one day."""
    sample = dict(contracts.load().get(FAIT).sample)
    known: dict[str, str] = {}
    _send(banc, b"\xff\xfe{ pas du JSON", _headers("a"))
    _send(banc, json.dumps(sample).encode(), {})
    _send(banc, json.dumps(sample | {"lieu": "x" * MAX_BYTES}).encode(), _headers("b"))
    known["type_inconnu"] = str(uuid.uuid4())
    body = json.dumps(sample | {"besoin_id": known["type_inconnu"]}).encode()
    _send(banc, body, _headers("c", "groupement.besoin.reve.v1"))
    for article in ("PANNE", "REFUS", "MORT"):
        known[article] = str(uuid.uuid4())
        assert banc.write([known[article]], article=article) == 201
    return known


def _causes(banc: Banc, consumer: str) -> list[str]:
    return sorted(row.cause for row in banc.dead() if row.consumer == f"{ABONNE}.{consumer}")


def _replay(banc: Banc) -> dict[str, int]:
    """Replay all that is dead; return what refused to be, by cause."""
    refused: dict[str, int] = {}
    incoming = banc.transactions(ABONNE)
    for letter in banc.dead():
        try:
            with incoming.begin(acteur="exploitation") as uow:
                dead_letters.replay(uow, letter.id, "corrigé")
        except ConflictError:
            refused[letter.cause] = refused.get(letter.cause, 0) + 1
            with incoming.begin(acteur="exploitation") as uow:
                dead_letters.discard(uow, letter.id, "illisible à jamais")
    return refused


def _keep_worker_alive(banc: Banc, condition: Callable[[], Any]) -> int:
    """Start the worker again each time that an event kills it; count the deaths."""

    def turn() -> bool:
        if not banc["worker"].alive:
            banc["worker"].start()
        return bool(condition())

    wait_for(turn, 60)
    return banc["worker"].starts - 1


def test_P4_poison_among_a_thousand(banc: Banc, dire: Callable[[str], None]) -> None:
    neighbours = [str(uuid.uuid4()) for _ in range(NEIGHBOURS)]
    banc.start("api", "relay")
    for start in range(0, NEIGHBOURS, 100):
        assert banc.write(neighbours[start : start + 100]) == 201
        if start == 400:
            known = _poison(banc)
    deaths = _keep_worker_alive(
        banc, lambda: len(_causes(banc, "on_fait")) == 7 and banc.effects("on_suite") == NEIGHBOURS
    )
    raw = ["enveloppe_illisible"] * 2 + ["message_trop_gros", "type_inconnu"]
    bugs = ["ZeroDivisionError", "arrete_le_processus", "quota_depasse"]
    assert _causes(banc, "on_fait") == sorted(raw + bugs)
    wait_for(lambda: _causes(banc, "on_lot") == sorted(raw))
    assert banc.effects("on_lot") == NEIGHBOURS + len(bugs)
    done = {r[0] for r in banc.rows(ABONNE, "SELECT DISTINCT operation::text FROM effet")}
    assert set(neighbours) <= done
    dire(f"P4 {NEIGHBOURS} neighbours unharmed, 7 dead with their cause, {deaths} worker deaths")

    banc["worker"].kill9()
    assert _replay(banc) == {"enveloppe_illisible": 4, "message_trop_gros": 2}
    banc.start("worker", CORRIGE="1")
    wait_for(lambda: banc.effects("on_suite") == NEIGHBOURS + len(known))
    wait_for(lambda: not banc.pending())
    assert not banc.dead()
    for verdict in banc.verdicts({*neighbours, *known.values()}, {*neighbours, *known.values()}):
        verdict.check()
        dire(f"P4 after the fix: {verdict}")
