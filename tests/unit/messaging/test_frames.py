"""Deliveries read from their bytes say what py-amqp would have said."""

import struct
from typing import Any

from amqp.basic_message import Message
from amqp.serialization import dumps
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.frames import Arrival, Deliveries

METHOD, HEADER, BODY = 1, 2, 3
COURT = st.text(st.characters(codec="utf-8"), max_size=40).filter(lambda t: len(t.encode()) < 128)
TEXTES = st.dictionaries(COURT, COURT, max_size=6)
MELES = st.dictionaries(COURT, COURT | st.integers(-(2**31), 2**31 - 1) | st.booleans(), max_size=6)


def livraison(consumer: str, number: int) -> bytes:
    return struct.pack(">HH", 60, 60) + dumps("sLbss", (consumer, number, False, "faits", "cle"))


def entete(taille: int, **proprietes: Any) -> bytes:
    message = Message(b"", **proprietes)
    return struct.pack(">HHQ", 60, 0, taille) + message._serialize_properties()


def lire(*frames: tuple[int, bytes]) -> list[Arrival]:
    recues: list[Arrival] = []
    livraisons = Deliveries(recues.append)
    for kind, payload in frames:
        assert livraisons.take(kind, payload)
    return recues


@given(consumer=COURT, number=st.integers(1, 2**63 - 1), headers=TEXTES | MELES, body=st.binary())
def test_a_delivery_is_what_was_published(
    consumer: str, number: int, headers: dict[str, Any], body: bytes
) -> None:
    proprietes = {
        "content_type": "application/json",
        "application_headers": headers,
        "delivery_mode": 2,
        "priority": 3,
        "message_id": "un",
        "timestamp": 1_700_000_000,
        "type": "deux",
        "user_id": "essaim",
    }
    frames = [(METHOD, livraison(consumer, number)), (HEADER, entete(len(body), **proprietes))]
    if body:
        frames.append((BODY, body))
    attendue = Arrival(consumer, number, "application/json", headers, "essaim", body)
    assert lire(*frames) == [attendue]


def test_a_body_may_come_in_several_frames_and_without_any_property() -> None:
    recues = lire(
        (METHOD, livraison("file", 1)),
        (HEADER, entete(5)),
        (BODY, b"abc"),
        (BODY, b"de"),
        (METHOD, livraison("file", 2)),
        (HEADER, entete(0)),
    )
    assert recues == [
        Arrival("file", 1, None, {}, None, b"abcde"),
        Arrival("file", 2, None, {}, None, b""),
    ]


def test_a_header_that_is_not_text_is_read_by_the_library() -> None:
    headers = {"x-delivery-count": 3, "ce-id": "un"}
    proprietes = {"application_headers": headers, "user_id": "essaim"}
    (recue,) = lire((METHOD, livraison("file", 1)), (HEADER, entete(0, **proprietes)))
    assert (recue.headers, recue.user_id) == (headers, "essaim")


def test_other_frames_are_left_alone() -> None:
    livraisons = Deliveries(lambda _: None)
    annulation = struct.pack(">HH", 60, 30) + dumps("sb", ("file", True))
    assert not livraisons.take(METHOD, annulation)
    assert not livraisons.take(HEADER, entete(0))
