"""Dead letters are read, replayed or discarded by a human, who says why."""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.kernel.errors import ConflictError, ContractError, NotFoundError, ValidationError
from shared.messaging import dead_letters, ledger
from shared.messaging.envelope import Event
from shared.messaging.ledger import Raw
from shared.messaging.uow import Transactions
from tests.messaging.bench import FACT, SAMPLES, SIRET

pytestmark = pytest.mark.db

CONSUMER = "abonne.on_fait"
BROKEN = ContractError("Illisible", code="enveloppe_illisible")


@pytest.fixture
def tx(databases: tuple[Database, Database]) -> Transactions:
    return Transactions(databases[1], service="abonne", siret=SIRET, clock=SystemClock())


def bury(tx: Transactions, raw: Raw | None = None, consumer: str = CONSUMER) -> Event:
    event = Event(
        id=uuid.uuid4(),
        type=FACT,
        source=f"urn:siret:{SIRET}:emetteur",
        subject="s",
        sequence=1,
        time=dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC),
        data=SAMPLES[FACT],
        correlation_id="c",
    )
    with tx.begin() as uow:
        ledger.bury(uow.session, consumer, None if raw else event, BROKEN, raw=raw)
    return event


def only_letter(tx: Transactions) -> dead_letters.DeadLetter:
    with tx.read() as session:
        (letter,), total = dead_letters.find(session)
    assert total == 1
    return letter


def test_letters_are_listed_latest_first_with_their_number(tx: Transactions) -> None:
    events = [bury(tx) for _ in range(3)]
    with tx.read() as session:
        page, total = dead_letters.find(session, limit=2)
        rest, _ = dead_letters.find(session, limit=2, offset=2)
        found = dead_letters.show(session, page[0].id)
    assert total == 3
    assert [letter.event_id for letter in page + rest] == [e.id for e in reversed(events)]
    assert found == page[0]
    assert found.enveloppe is not None
    assert found.enveloppe["data"] == SAMPLES[FACT]


def test_the_same_letter_is_kept_once(tx: Transactions) -> None:
    raw = Raw(b"{", "application/json", {"x-delivery-count": 1, "ce-id": "1"})
    again = Raw(b"{", "application/json", {"x-delivery-count": 2, "ce-id": "1"})
    other = Raw(b"{", "application/json", {"ce-id": "2"})
    for each in (raw, again, other):
        bury(tx, each)
    with tx.read() as session:
        _, total = dead_letters.find(session)
    assert total == 2


def test_a_replayed_letter_waits_for_its_new_attempt(tx: Transactions) -> None:
    event = bury(tx)
    letter = only_letter(tx)
    with tx.begin(acteur="exploitation") as uow:
        dead_letters.replay(uow, letter.id, "corrigé")
    with tx.read() as session:
        waiting = session.execute(sa.text("SELECT * FROM message_en_attente")).one()
        closed = dead_letters.show(session, letter.id)
        audited = session.execute(sa.text("SELECT action, acteur, details FROM audit")).one()
    assert (waiting.event_id, waiting.consumer) == (event.id, CONSUMER)
    assert waiting.due_at <= dt.datetime.now(dt.UTC)
    assert (closed.etat, closed.motif, closed.acteur) == ("REJOUEE", "corrigé", "exploitation")
    assert audited.action == "lettre_morte.rejouee"
    assert audited.details["motif"] == "corrigé"


def test_a_discarded_letter_stays_with_its_reason(tx: Transactions) -> None:
    bury(tx)
    letter = only_letter(tx)
    with tx.begin(acteur="exploitation") as uow:
        dead_letters.discard(uow, letter.id, "doublon du fournisseur")
    with tx.read() as session:
        assert dead_letters.find(session) == ([], 0)
        (kept,), _ = dead_letters.find(session, etat=dead_letters.DISCARDED)
    assert kept.motif == "doublon du fournisseur"
    assert kept.closed_at is not None


@pytest.mark.parametrize("motif", ["", "   "])
def test_a_reason_is_required(tx: Transactions, motif: str) -> None:
    bury(tx)
    letter = only_letter(tx)
    for settle in (dead_letters.replay, dead_letters.discard):
        with pytest.raises(ValidationError), tx.begin() as uow:
            settle(uow, letter.id, motif)


def test_a_letter_is_settled_once(tx: Transactions) -> None:
    bury(tx)
    letter = only_letter(tx)
    with tx.begin() as uow:
        dead_letters.replay(uow, letter.id, "corrigé")
    with pytest.raises(ConflictError), tx.begin() as uow:
        dead_letters.replay(uow, letter.id, "encore")


def test_an_unknown_letter_is_not_found(tx: Transactions) -> None:
    with pytest.raises(NotFoundError), tx.begin() as uow:
        dead_letters.discard(uow, 404, "motif")
    with pytest.raises(NotFoundError), tx.read() as session:
        dead_letters.show(session, 404)


def test_what_is_still_unreadable_cannot_be_replayed(tx: Transactions) -> None:
    bury(tx, Raw(b"{"))
    letter = only_letter(tx)
    assert letter.corps == b"{"
    with pytest.raises(ConflictError) as refused, tx.begin() as uow:
        dead_letters.replay(uow, letter.id, "essai")
    assert refused.value.code == "rejeu_impossible"


def test_a_request_refused_at_the_door_is_for_its_sender_to_repeat(tx: Transactions) -> None:
    bury(tx, consumer="abonne.entrant")
    letter = only_letter(tx)
    with pytest.raises(ConflictError) as refused, tx.begin() as uow:
        dead_letters.replay(uow, letter.id, "essai")
    assert refused.value.code == "rejeu_impossible"
