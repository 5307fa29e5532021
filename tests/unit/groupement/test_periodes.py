import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.periodes import (
    PEU_IMPORTE,
    Periode,
    dire_periode,
    lire_periode,
    periode,
)
from shared.kernel.errors import ValidationError

JOURS = st.dates(dt.date(2000, 1, 1), dt.date(2200, 12, 31))
MARS = Periode(dt.date(2026, 3, 1), dt.date(2026, 3, 31))


@pytest.mark.parametrize(
    ("texte", "attendue"),
    [
        ("", PEU_IMPORTE),
        ("15/03/2026", Periode(dt.date(2026, 3, 15), dt.date(2026, 3, 15))),
        ("2026-03-15", Periode(dt.date(2026, 3, 15), dt.date(2026, 3, 15))),
        ("du 1/3/2026 au 31/3/2026", MARS),
        ("01.03.2026 - 31.03.2026", MARS),
        ("2026-03-01 – 2026-03-31", MARS),
        ("  Mars   2026 ", MARS),
        ("février 2028", Periode(dt.date(2028, 2, 1), dt.date(2028, 2, 29))),
    ],
)
def test_a_wished_date_is_read_as_people_write_it(texte: str, attendue: Periode) -> None:
    assert lire_periode(texte) == attendue


@pytest.mark.parametrize(
    "texte",
    [
        "bientôt", "31/02/2026", "15/03/26", "2026-13-01", "marz 2026", "31/03/2026 au 01/03/2026",
        "01/01/1926", "mars 9999", "=1+1", "15/03/2026 et après",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_on_its_field(texte: str) -> None:
    with pytest.raises(ValidationError) as refus:
        lire_periode(texte)
    assert "souhaite" in refus.value.champs


def test_one_date_alone_stands_for_that_day_and_half_a_period_is_none() -> None:
    jour = dt.date(2026, 3, 15)
    assert periode(None, jour) == periode(jour, None) == Periode(jour, jour)
    assert not periode(None, None)
    with pytest.raises(ValidationError):
        Periode(jour, None)


@given(st.tuples(JOURS, JOURS).map(sorted))
def test_what_is_said_is_read_back(bornes: list[dt.date]) -> None:
    voulue = Periode(*bornes)
    assert lire_periode(dire_periode(voulue).removeprefix("le ")) == voulue
