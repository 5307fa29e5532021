import datetime as dt
import os
import threading
import uuid

import pytest

from shared.kernel.clock import (
    PARIS,
    FrozenClock,
    OffsetClock,
    SystemClock,
    fin_de_jour,
    jour_de,
)
from shared.kernel.ids import new_id


def test_today_is_the_day_in_paris_not_in_utc():
    clock = FrozenClock(dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC))
    assert clock.today() == dt.date(2026, 7, 1)
    assert jour_de(dt.datetime(2026, 1, 31, 22, 30, tzinfo=dt.UTC)) == dt.date(2026, 1, 31)


def test_frozen_clock_moves_only_when_told(clock):
    avant = clock.now()
    assert clock.now() == avant
    clock.advance(dt.timedelta(days=1))
    assert clock.now() - avant == dt.timedelta(days=1)
    clock.set(dt.datetime(2027, 1, 1, tzinfo=PARIS))
    assert clock.now() == dt.datetime(2026, 12, 31, 23, tzinfo=dt.UTC)
    assert clock.now().tzinfo is dt.UTC


def test_instant_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        FrozenClock(dt.datetime(2026, 1, 1))  # noqa: DTZ001  # what is refused


def test_system_clock_is_aware_utc():
    assert SystemClock().now().utcoffset() == dt.timedelta()
    assert abs(SystemClock().today() - jour_de(dt.datetime.now(dt.UTC))) <= dt.timedelta(days=1)


@pytest.mark.parametrize("jour", [dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 7, 1)])
def test_end_of_day_is_the_last_moment_of_that_day_even_when_clocks_change(jour):
    fin = fin_de_jour(jour)
    assert jour_de(fin) == jour
    apres = fin.astimezone(dt.UTC) + dt.timedelta(microseconds=1)
    assert jour_de(apres) == jour + dt.timedelta(days=1)


class TestOffsetClock:
    def test_without_a_file_it_is_the_machine_time(self, tmp_path):
        ecart = OffsetClock(tmp_path / "absent").now() - dt.datetime.now(dt.UTC)
        assert abs(ecart) < dt.timedelta(seconds=5)

    def test_two_clocks_on_one_file_agree_and_time_flows(self, tmp_path):
        une, autre = OffsetClock(tmp_path / "heure"), OffsetClock(tmp_path / "heure")
        une.set(dt.datetime(2026, 4, 21, 10, tzinfo=PARIS))
        assert autre.today() == dt.date(2026, 4, 21)
        assert abs(une.now() - autre.now()) < dt.timedelta(seconds=5)
        assert autre.now() > dt.datetime(2026, 4, 21, 10, tzinfo=PARIS)

    def test_it_follows_the_file(self, tmp_path):
        clock = OffsetClock(tmp_path / "heure")
        clock.set(dt.datetime(2026, 4, 21, 10, tzinfo=PARIS))
        assert clock.today() == dt.date(2026, 4, 21)
        clock.set(dt.datetime(2026, 5, 1, 10, tzinfo=PARIS))
        assert clock.today() == dt.date(2026, 5, 1)

    def test_time_is_counted_since_the_file_was_written(self, tmp_path):
        clock = OffsetClock(tmp_path / "heure")
        clock.set(dt.datetime(2026, 4, 21, 10, tzinfo=PARIS))
        une_heure_avant = (tmp_path / "heure").stat().st_mtime - 3600
        os.utime(tmp_path / "heure", (une_heure_avant, une_heure_avant))
        ecart = clock.now() - dt.datetime(2026, 4, 21, 11, tzinfo=PARIS)
        assert abs(ecart) < dt.timedelta(seconds=5)

    def test_empty_file_is_the_machine_time(self, tmp_path):
        (tmp_path / "heure").write_text("\n")
        ecart = OffsetClock(tmp_path / "heure").now() - dt.datetime.now(dt.UTC)
        assert abs(ecart) < dt.timedelta(seconds=5)


def test_id_is_a_version_7_dated_by_the_clock(clock):
    identifiant = new_id(clock)
    assert isinstance(identifiant, uuid.UUID)
    assert (identifiant.version, identifiant.variant) == (7, uuid.RFC_4122)
    assert identifiant.int >> 80 == int(clock.now().timestamp()) * 1000


def test_ids_grow_even_within_one_frozen_instant(clock):
    suite = [new_id(clock) for _ in range(5000)]
    assert suite == sorted(set(suite))
    clock.advance(dt.timedelta(milliseconds=1))
    assert new_id(clock) > suite[-1]


def test_ids_are_unique_across_threads(clock):
    lots: list[list[uuid.UUID]] = [[] for _ in range(8)]
    fils = [
        threading.Thread(target=lambda lot=lot: lot.extend(new_id(clock) for _ in range(500)))
        for lot in lots
    ]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert len({i for lot in lots for i in lot}) == 4000
