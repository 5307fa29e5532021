"""The inbound door lets a member speak in its own name, once, and in the terms of the contract."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from shared.contracts import catalogue
from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.kernel.errors import ConflictError, ContractError, DomainError, ForbiddenError
from shared.messaging import door, wire
from shared.messaging.delivery import Delivery
from shared.messaging.door import DoorProcessor
from shared.messaging.ledger import Raw
from shared.messaging.uow import Transactions
from tests.messaging.bench import FACT, REQUEST, SIRET

pytestmark = pytest.mark.db

MEMBER = "90070002200016"
STRANGER = "90070003000019"
SAMPLE = catalogue.load().get(REQUEST).sample


@pytest.fixture
def tx(databases: tuple[Database, Database]) -> Transactions:
    return Transactions(databases[1], service="groupement", siret=SIRET, clock=SystemClock())


def request(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"urn:siret:{MEMBER}:logiciel",
        "type": REQUEST,
        "time": "2026-03-02T08:00:00Z",
        "data": dict(SAMPLE),
        **changes,
    }


def receive(tx: Transactions, event: dict[str, Any], siret: str = MEMBER) -> None:
    with tx.begin() as uow:
        door.receive(
            uow,
            json.dumps(event).encode(),
            content_type=wire.STRUCTURED,
            headers={},
            siret=siret,
        )


def rows(tx: Transactions, query: str) -> list[Any]:
    with tx.read() as session:
        return list(session.execute(sa.text(query)).all())


def test_a_request_is_one_row_however_often_it_is_sent(tx: Transactions) -> None:
    event = request()
    for _ in range(3):
        receive(tx, event)
    (row,) = rows(tx, "SELECT * FROM entrant")
    assert (str(row.id), row.siret, row.canal) == (event["id"], MEMBER, "http")
    assert row.enveloppe["data"] == SAMPLE


def test_the_binary_mode_of_http_is_read_too(tx: Transactions) -> None:
    event = request()
    names = ("id", "source", "type", "time", "specversion")
    headers = {f"Ce-{name.title()}": event[name] for name in names}
    with tx.begin() as uow:
        taken = door.receive(
            uow,
            json.dumps(event["data"]).encode(),
            content_type="application/json; charset=utf-8",
            headers=headers,
            siret=MEMBER,
        )
    assert str(taken.id) == event["id"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "logiciel"}, "source_invalide"),
        ({"source": f"urn:siret:{MEMBER}"}, "source_invalide"),
        ({"source": f"urn:siret:{MEMBER}:a b"}, "source_invalide"),
        ({"source": f"urn:siret:{STRANGER}:logiciel"}, "emetteur_inconnu"),
        ({"type": "membre.voeu.v1"}, "type_inconnu"),
        ({"type": FACT}, "type_inconnu"),
        ({"data": {}}, "contrat_non_respecte"),
        ({"data": {**SAMPLE, "cpv": "papier"}}, "contrat_non_respecte"),
        ({"id": "17"}, "enveloppe_illisible"),
        ({"time": "demain"}, "enveloppe_illisible"),
    ],
)
def test_what_may_not_enter_is_refused_by_name(
    tx: Transactions, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refused:
        receive(tx, request(**changes))
    assert refused.value.code == code
    assert not rows(tx, "SELECT 1 FROM entrant")


def test_a_broken_contract_names_its_field(tx: Transactions) -> None:
    with pytest.raises(DomainError) as refused:
        receive(tx, request(data={**SAMPLE, "cpv": "papier"}))
    assert list(refused.value.champs) == ["cpv"]


def test_an_identifier_serves_once(tx: Transactions) -> None:
    event = request()
    receive(tx, event)
    with pytest.raises(ConflictError):
        receive(tx, {**event, "data": {**SAMPLE, "objet": "autre chose"}})
    theirs = {**event, "source": f"urn:siret:{STRANGER}:logiciel"}
    with pytest.raises(ConflictError):
        receive(tx, theirs, siret=STRANGER)


def test_a_refusal_carries_every_reason(tx: Transactions) -> None:
    event = wire.read(request())
    error = DomainError(
        "Deux erreurs", code="saisie_invalide", champs={"cpv": "Inconnu", "lieu": "Requis"}
    )
    with tx.begin() as uow:
        assert door.refuse(uow, event, error)
    (answer,), cursor = door.answers(tx.database, MEMBER)
    assert answer["type"] == "membre.achat.refusee.v1"
    assert answer["destinataire"] == MEMBER
    assert answer["data"]["demande_id"] == str(event.id)
    assert answer["data"]["reference_membre"] == SAMPLE["reference_membre"]
    assert [(r["champ"], r["message"]) for r in answer["data"]["motifs"]] == [
        ("cpv", "Inconnu"),
        ("lieu", "Requis"),
    ]
    assert door.answers(tx.database, MEMBER, after=cursor) == ([], cursor)
    assert door.answers(tx.database, STRANGER) == ([], 0)


def test_our_own_defects_are_not_a_refusal(tx: Transactions) -> None:
    with tx.begin() as uow:
        assert not door.refuse(uow, wire.read(request()), ContractError("à nous"))
        assert not door.refuse(uow, wire.read(request()), ZeroDivisionError())


@pytest.mark.parametrize("kind", ["achat.demande", "besoin.declare", "commande.demande"])
def test_every_request_has_its_refusal(kind: str) -> None:
    assert door.refusal_of(f"membre.{kind}.v1") == f"membre.{kind.partition('.')[0]}.refusee.v1"


def access(_session: Any, user: str) -> str | None:
    return {"sdis07": MEMBER, "sdea": STRANGER}.get(user)


Knock = Callable[..., None]


@pytest.fixture
def knock(tx: Transactions) -> Knock:
    """Bring one message to the AMQP side of the door."""
    processor = DoorProcessor("groupement", tx, access)

    def knock(event: dict[str, Any] | bytes, user: str | None = "sdis07") -> None:
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        raw = Raw(body, wire.STRUCTURED, user_id=user)
        try:
            delivery = Delivery(wire.decode(body, wire.STRUCTURED, {}), raw=raw)
        except ContractError as error:
            delivery = Delivery(None, raw=raw, error=error)
        processor.process([delivery], pause=lambda _: None)

    return knock


def test_over_amqp_the_user_checked_by_the_broker_speaks_for_its_siret(
    tx: Transactions, knock: Knock
) -> None:
    event = request()
    knock(event)
    knock(event)
    (row,) = rows(tx, "SELECT siret, canal FROM entrant")
    assert (row.siret, row.canal) == (MEMBER, "amqp")


@pytest.mark.parametrize("user", [None, "", "inconnu", "sdea"])
def test_over_amqp_nobody_else_does(tx: Transactions, knock: Knock, user: str | None) -> None:
    knock(request(), user)
    assert not rows(tx, "SELECT 1 FROM entrant")
    (letter,) = rows(tx, "SELECT cause, consumer FROM lettre_morte")
    assert (letter.cause, letter.consumer) == ("emetteur_inconnu", "groupement.entrant")
    (entry,) = rows(tx, "SELECT action, details FROM audit")
    assert entry.action == "porte.refus"
    assert entry.details["utilisateur"] == user
    assert not rows(tx, "SELECT 1 FROM outbox")


def test_over_amqp_a_broken_contract_is_answered(tx: Transactions, knock: Knock) -> None:
    knock(request(data={"reference_membre": "R1"}))
    (answer,), _ = door.answers(tx.database, MEMBER)
    assert answer["data"]["motifs"][0]["code"] == "contrat_non_respecte"
    assert not rows(tx, "SELECT 1 FROM lettre_morte")


def test_over_amqp_what_cannot_be_read_is_kept(tx: Transactions, knock: Knock) -> None:
    knock(b"{")
    (letter,) = rows(tx, "SELECT cause, corps FROM lettre_morte")
    assert (letter.cause, bytes(letter.corps)) == ("enveloppe_illisible", b"{")


def test_over_amqp_a_defect_of_ours_loses_nothing(tx: Transactions) -> None:
    def broken(_session: Any, _user: str) -> str | None:
        raise ZeroDivisionError

    event = request()
    raw = Raw(json.dumps(event).encode(), wire.STRUCTURED, user_id="sdis07")
    delivery = Delivery(wire.read(event), raw=raw)
    DoorProcessor("groupement", tx, broken).process([delivery], pause=lambda _: None)
    (letter,) = rows(tx, "SELECT cause FROM lettre_morte")
    assert letter.cause == "ZeroDivisionError"


def test_forbidden_is_what_http_turns_into_403(tx: Transactions) -> None:
    with pytest.raises(ForbiddenError):
        receive(tx, request(), siret=STRANGER)
