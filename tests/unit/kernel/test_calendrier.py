import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.calendrier import (
    ajouter_jours,
    ajouter_jours_ouvrables,
    ajouter_jours_ouvres,
    ajouter_mois,
    echeance,
    est_ferie,
    est_ouvrable,
    est_ouvre,
    jour_ouvre_suivant,
    jours_feries,
    premier_jour_franc,
)

JOURS = st.dates(dt.date(2011, 1, 1), dt.date(2040, 12, 31))


def d(texte: str) -> dt.date:
    return dt.date.fromisoformat(texte)


def test_holidays_of_2026():
    assert [j.isoformat()[5:] for j in jours_feries(2026)] == [
        "01-01", "04-06", "05-01", "05-08", "05-14", "05-25",
        "07-14", "08-15", "11-01", "11-11", "12-25",
    ]  # fmt: skip
    assert jours_feries(2026)[d("2026-04-06")] == "Lundi de Pâques"


@pytest.mark.parametrize("region", ["57", "6AE"])
def test_alsace_moselle_has_two_more(region):
    ajouts = jours_feries(2026, region).keys() - jours_feries(2026).keys()
    assert ajouts == {d("2026-04-03"), d("2026-12-26")}
    assert est_ferie(d("2026-12-26"), region)
    assert not est_ferie(d("2026-12-26"))


@pytest.mark.parametrize("paques", ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28"])
def test_easter_monday_ascension_and_whit_monday_follow_easter(paques):
    for ecart in (1, 39, 50):
        assert est_ferie(d(paques) + dt.timedelta(days=ecart))


def test_working_days():
    samedi, dimanche, premier_mai = d("2026-03-28"), d("2026-03-29"), d("2026-05-01")
    assert est_ouvrable(samedi)
    assert not est_ouvre(samedi)
    assert not est_ouvrable(dimanche)
    assert not est_ouvre(premier_mai)
    assert not est_ouvrable(premier_mai)


@pytest.mark.parametrize(
    ("depart", "due"),
    [
        ("2026-03-02", "2026-04-01"),
        ("2024-05-29", "2024-06-28"),
        ("2024-05-31", "2024-07-01"),
        ("2025-12-01", "2025-12-31"),
        ("2023-05-30", "2023-06-29"),
        ("2026-04-01", "2026-05-04"),
        ("2026-03-20", "2026-04-20"),
    ],
)
def test_payment_due_dates_of_the_rule_book(depart, due):
    assert echeance(d(depart), 30) == d(due)


def test_forty_days_after_an_interruption():
    assert echeance(d("2026-03-20"), 40) == d("2026-04-29")


def test_clear_days_start_the_day_after_the_notice():
    assert premier_jour_franc(d("2026-03-02"), 30) == d("2026-04-02")


@pytest.mark.parametrize(
    ("depart", "mois", "arrivee"),
    [
        ("2026-01-15", 1, "2026-02-15"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-31", 12, "2027-12-31"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", 2, "2026-03-15"),
    ],
)
def test_months_go_from_date_to_date(depart, mois, arrivee):
    assert ajouter_mois(d(depart), mois) == d(arrivee)


def test_counting_working_days_skips_weekends_and_holidays():
    assert ajouter_jours_ouvres(d("2026-04-30"), 1) == d("2026-05-04")
    assert ajouter_jours_ouvrables(d("2026-04-30"), 1) == d("2026-05-02")
    assert ajouter_jours_ouvres(d("2026-05-02"), 0) == d("2026-05-02")
    with pytest.raises(ValueError, match="forwards"):
        ajouter_jours_ouvres(d("2026-05-02"), -1)


@given(JOURS)
def test_roll_lands_on_the_first_working_day(jour):
    suivant = jour_ouvre_suivant(jour)
    assert est_ouvre(suivant)
    assert jour <= suivant <= jour + dt.timedelta(days=4)
    assert not any(est_ouvre(jour + dt.timedelta(days=n)) for n in range((suivant - jour).days))
    assert jour_ouvre_suivant(suivant) == suivant


@given(JOURS, st.integers(0, 60))
def test_due_date_is_never_early_and_always_a_working_day(jour, delai):
    assert ajouter_jours(jour, delai) <= echeance(jour, delai)
    assert est_ouvre(echeance(jour, delai))


@given(JOURS, st.integers(-120, 120))
def test_adding_months_keeps_the_day_or_takes_the_last(jour, mois):
    arrivee = ajouter_mois(jour, mois)
    ecart = (arrivee.year - jour.year) * 12 + arrivee.month - jour.month
    assert ecart == mois
    assert arrivee.day == jour.day or (
        arrivee.day < jour.day and (arrivee + dt.timedelta(days=1)).day == 1
    )


@given(JOURS, st.integers(1, 30))
def test_counted_working_days_are_that_many(jour, nombre):
    arrivee = ajouter_jours_ouvres(jour, nombre)
    entre = range(1, (arrivee - jour).days + 1)
    assert sum(est_ouvre(jour + dt.timedelta(days=n)) for n in entre) == nombre
    assert est_ouvre(arrivee)
