"""Log lines: the same keys everywhere, readable by a machine and by a person."""

import json
import logging
import sys

import pytest

from shared.messaging.uow import CURRENT, Trace
from shared.ops import logs
from shared.ops.settings import Settings

SETTINGS = Settings.from_env("groupement", {})


def record(**extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "essaim.test", "levelno": 30, "levelname": "WARNING", "created": 1772442000.5}
    )
    made.msg, made.args = "envoi de %s à reprendre", ("deux avis",)
    vars(made).update(extra)
    return made


def line(**extra: object) -> dict[str, object]:
    formatter = logs.formatter(SETTINGS, terminal=False)
    text = formatter.format(record(**extra))
    assert "\n" not in text
    read: dict[str, object] = json.loads(text)
    return read


def test_a_json_line_carries_the_common_keys():
    assert line() == {
        "ts": "2026-03-02T09:00:00.500000+00:00",
        "level": "WARNING",
        "logger": "essaim.test",
        "msg": "envoi de deux avis à reprendre",
        "service": "groupement",
        "version": line()["version"],
        "collectivite": "900700014",
    }


def test_extras_become_keys_and_may_name_another_service():
    told = line(event_id="e1", duration_ms=3.2, service="paiement")
    assert (told["event_id"], told["duration_ms"], told["service"]) == ("e1", 3.2, "paiement")


def test_an_exception_stays_on_one_line():
    try:
        int("montant")
    except ValueError:
        told = line(exc_info=sys.exc_info())
    assert "ValueError: invalid literal" in str(told["exception"])


def test_a_person_reads_a_sentence_in_paris_time():
    told = logs.formatter(SETTINGS, terminal=True).format(record(event_id="e1", password="x"))
    assert told == ("10:00:00 WARNING groupement   envoi de deux avis à reprendre  event_id=e1")


@pytest.mark.parametrize(
    ("asked", "terminal", "kind"),
    [("json", True, logs.JsonLines), ("texte", False, logs.Human), ("auto", True, logs.Human)],
)
def test_the_format_may_be_imposed(asked: str, terminal: bool, kind: type):
    settings = Settings.from_env("groupement", {"LOG_FORMAT": asked})
    assert type(logs.formatter(settings, terminal=terminal)) is kind


def test_P10_a_line_written_inside_a_flow_carries_its_correlation():
    token = CURRENT.set(Trace(correlation_id="flux-1"))
    try:
        assert line()["correlation_id"] == "flux-1"
        assert line(correlation_id="autre")["correlation_id"] == "autre"
    finally:
        CURRENT.reset(token)
    assert "correlation_id" not in line()
