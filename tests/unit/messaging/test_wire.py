"""The hand-written mapping is the `cloudevents` package's, and refuses what is not an event."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from cloudevents.core.bindings import rabbitmq
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import ContractError
from shared.messaging import wire
from shared.messaging.envelope import Event

_texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=30,
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
events = st.builds(
    Event,
    id=st.uuids(),
    type=st.just("groupement.besoin.declare.v1"),
    source=st.just("urn:siret:90070001400013:groupement"),
    subject=_texts,
    sequence=st.integers(1, 10**9),
    time=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    data=st.dictionaries(_texts, _json, max_size=4),
    correlation_id=_texts,
    causation_id=st.none() | st.uuids().map(str),
    traceparent=st.none() | st.just("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    destinataire=st.none() | st.just("90070002200016"),
)


def as_package(event: Event) -> CloudEvent:
    """The same event, built with the package."""
    optional = {
        "causationid": event.causation_id,
        "traceparent": event.traceparent,
        "destinataire": event.destinataire,
    }
    attributes: dict[str, Any] = {
        "id": str(event.id),
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time,
        "datacontenttype": wire.JSON,
        "sequence": str(event.sequence),
        "correlationid": event.correlation_id,
        **{name: value for name, value in optional.items() if value},
    }
    return CloudEvent(attributes, dict(event.data))


@given(events)
def test_binary_mode_equals_the_package(event: Event) -> None:
    theirs = rabbitmq.to_binary(as_package(event), JSONFormat())
    assert wire.headers(event) == theirs.headers
    assert theirs.content_type == wire.JSON
    assert wire.decode(theirs.body, theirs.content_type, theirs.headers) == event


@given(events)
def test_structured_mode_equals_the_package(event: Event) -> None:
    theirs = rabbitmq.to_structured(as_package(event), JSONFormat())
    ours, wanted = wire.structured(event), json.loads(theirs.body)
    for shape in (ours, wanted):  # the package writes +00:00 where binary mode writes Z
        shape["time"] = dt.datetime.fromisoformat(shape["time"])
    assert ours == wanted
    assert wire.decode(theirs.body, theirs.content_type, {}) == event


@given(events)
def test_the_package_reads_what_we_write(event: Event) -> None:
    body = json.dumps(event.data).encode()
    message = rabbitmq.RabbitMQMessage(wire.headers(event), wire.JSON, body)
    theirs = rabbitmq.from_rabbitmq(message, JSONFormat())
    assert theirs.get_attributes()["time"] == event.time
    assert theirs.get_data() == event.data
    assert wire.read(json.loads(json.dumps(wire.structured(event)))) == event


def minimal(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "0198a3c0-0000-7000-8000-000000000014",
        "source": "urn:siret:90070002200016:logiciel",
        "type": "membre.achat.demande.v1",
        "time": "2026-03-02T09:00:00+01:00",
        "data": {},
        **changes,
    }


def test_a_sender_may_leave_out_what_is_ours() -> None:
    event = wire.read(minimal())
    assert event.subject == event.correlation_id == str(event.id)
    assert (event.sequence, event.causation_id, event.destinataire) == (0, None, None)
    assert event.time == dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "17"},
        {"id": None},
        {"specversion": "0.3"},
        {"source": ""},
        {"type": 3},
        {"time": None},
        {"time": "2026-03-02T09:00:00"},
        {"time": "hier"},
        {"sequence": "beaucoup"},
        {"data": []},
        {"data": None},
        {"subject": 3},
        {"correlationid": ["a"]},
        {"subject": "a\x00b"},
        {"subject": "\ud800"},
        {"data": {"a": "\x00"}},
        {"data": {"a": "\udfff"}},
        {"sequence": str(2**63)},
        {"destinataire": {}},
    ],
)
def test_what_is_not_an_event_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ContractError) as refused:
        wire.decode(json.dumps(minimal(**changes)).encode(), wire.STRUCTURED, {})
    assert refused.value.code == "enveloppe_illisible"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b"3", b"[" * 100_000, b"NaN", b'{"a": 1e999999}']
)
@pytest.mark.parametrize("content_type", [wire.STRUCTURED, wire.JSON, None])
def test_what_is_not_json_is_refused(body: bytes, content_type: str | None) -> None:
    with pytest.raises(ContractError):
        wire.decode(body, content_type, {})


def test_what_is_too_big_is_refused_unread() -> None:
    with pytest.raises(ContractError) as refused:
        wire.decode(b" " * (wire.MAX_BYTES + 1), wire.JSON, {})
    assert refused.value.code == "message_trop_gros"


@given(st.binary(max_size=200), st.dictionaries(_texts, _texts, max_size=3))
def test_any_bytes_are_an_event_or_refused(body: bytes, headers: dict[str, str]) -> None:
    try:
        wire.decode(body, wire.JSON, {f"ce-{k}": v for k, v in headers.items()})
    except ContractError:
        return
    raise AssertionError("rien d’aléatoire ne peut être un événement complet")


@pytest.mark.parametrize("text", ["\\\\u0000", "é\u20ac", "\U0001f41d", "C:\\\\u0000"])
def test_odd_but_storable_texts_pass(text: str) -> None:
    body = json.dumps(minimal(data={"a": text})).encode()
    assert wire.decode(body, wire.STRUCTURED, {}).data == {"a": text}


def test_headers_are_strings_only() -> None:
    event = wire.read(minimal(id=str(uuid.uuid4())))
    assert {type(value) for value in wire.headers(event).values()} == {str}
