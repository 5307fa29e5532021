"""What each kind of failure means for the events in hand."""

import marshmallow
import psycopg2
import psycopg2.errors
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError

from shared.kernel.errors import ConflictError, ContractError, DomainError, TemporaryError
from shared.messaging.failures import (
    DELAYED,
    Backoff,
    KillsTheProcess,
    Schedule,
    Verdict,
    cause_of,
    describe,
    jittered,
    judge,
)


def with_code(wrapper: type[sa.exc.DBAPIError], code: str) -> sa.exc.DBAPIError:
    original = psycopg2.errors.lookup(code)("message\nDETAIL: Key (courriel)=(a@b.fr) exists")
    original.__setstate__({"pgcode": code})
    return wrapper("SELECT 1", {"courriel": "a@b.fr"}, original)


@pytest.mark.parametrize("code", ["57P01", "57P02", "57P03", "08006", "53300", "53100", "25006"])
def test_a_server_that_is_away_is_nobodys_fault(code: str) -> None:
    assert judge(with_code(OperationalError, code)) is Verdict.OUTAGE


@pytest.mark.parametrize("wrapper", [OperationalError, InterfaceError])
def test_a_lost_connection_has_no_code(wrapper: type[sa.exc.DBAPIError]) -> None:
    assert judge(wrapper("SELECT 1", {}, psycopg2.OperationalError("gone"))) is Verdict.OUTAGE


def test_an_exhausted_pool_is_nobodys_fault() -> None:
    assert judge(sa.exc.TimeoutError("QueuePool")) is Verdict.OUTAGE


@pytest.mark.parametrize("code", ["57014", "55P03", "40P01", "40001"])
def test_a_statement_or_lock_timeout_is_the_events(code: str) -> None:
    assert judge(with_code(OperationalError, code)) is Verdict.TRANSIENT


def test_bad_data_is_the_events() -> None:
    assert judge(with_code(DataError, "22P02")) is Verdict.TRANSIENT
    assert judge(with_code(IntegrityError, "23505")) is Verdict.TRANSIENT


@pytest.mark.parametrize(
    "error",
    [
        DomainError("non"),
        ConflictError("non"),
        ContractError("non"),
        KillsTheProcess(),
        marshmallow.ValidationError("champ"),
    ],
)
def test_a_rule_that_says_no_will_say_no_again(error: Exception) -> None:
    assert judge(error) is Verdict.PERMANENT


@pytest.mark.parametrize("error", [TemporaryError("plus tard"), ZeroDivisionError(), OSError()])
def test_anything_else_is_worth_another_attempt(error: Exception) -> None:
    assert judge(error) is Verdict.TRANSIENT


def test_causes_group_and_descriptions_do_not_leak_values() -> None:
    assert cause_of(DomainError("non", code="quota_depasse")) == "quota_depasse"
    assert cause_of(ZeroDivisionError()) == "ZeroDivisionError"
    described = describe(with_code(IntegrityError, "23505"))
    assert "message" in described
    assert "a@b.fr" not in described


def test_a_description_can_be_stored() -> None:
    assert "\x00" not in describe(ValueError("a\x00b"))
    assert len(describe(ValueError("x" * 10_000))) < 2_100


def test_the_schedule_ends() -> None:
    schedule = Schedule()
    delays = [schedule.delay_after(n) for n in range(len(DELAYED) + 2)]
    assert delays == [10, 60, 600, 3600, 21600, None, None]


def test_jitter_only_extends() -> None:
    assert all(1 <= jittered(1) <= 1.25 for _ in range(200))


def test_backoff_doubles_up_to_its_ceiling() -> None:
    backoff = Backoff(0.2, 5)
    delays = [backoff.next() for _ in range(8)]
    assert delays[0] < 0.26
    assert all(delay <= 5 * 1.25 for delay in delays)
    assert delays[-1] >= 5
    backoff.reset()
    assert backoff.next() < 0.26
