"""Fault points do nothing, unless a test asks for a crash, and never in production."""

import os
from collections.abc import Iterator

import pytest

from shared.messaging import faults


@pytest.fixture(autouse=True)
def _fresh_plan() -> Iterator[None]:
    faults._plan.cache_clear()
    yield
    faults._plan.cache_clear()


def test_without_a_plan_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESSAIM_FAULT", raising=False)
    for name in faults.POINTS:
        faults.point(name)


def test_the_process_dies_at_the_nth_passage(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setenv("ESSAIM_FAULT", "before_ack:3")
    monkeypatch.setattr(os, "_exit", codes.append)
    for _ in range(2):
        faults.point("before_ack")
    faults.point("after_commit")
    assert codes == []
    faults.point("before_ack")
    assert codes == [faults.EXIT_CODE]


def test_a_misspelt_point_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSAIM_FAULT", "before_akc:1")
    with pytest.raises(RuntimeError, match="before_akc"):
        faults.check()


def test_production_refuses_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESSAIM_FAULT", "before_ack:1")
    monkeypatch.setenv("ENV", "production")
    with pytest.raises(RuntimeError, match="production"):
        faults.check()
