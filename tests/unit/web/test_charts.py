"""Geometry and words of the charts."""

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.kernel.montant import Montant
from shared.web import charts

SVG = "{http://www.w3.org/2000/svg}"
delais = st.lists(st.integers(0, 200), max_size=80)


def lire(svg: str) -> etree._Element:
    return etree.fromstring(str(svg).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


@given(delais)
def test_every_delay_falls_in_one_class(valeurs: list[int]) -> None:
    assert sum(c.effectif for c in charts.classes(valeurs)) == len(valeurs)


def test_day_30_is_on_time_and_day_31_is_not() -> None:
    classes = charts.classes([0, 30, 31])
    a_temps = sum(c.effectif for c in classes if not c.hors_delai)
    assert a_temps == 2
    assert [c.libelle for c in classes if c.effectif] == ["0 à 5", "26 à 30", "31 à 35"]


@given(delais)
def test_late_bars_hold_exactly_what_is_beyond_thirty(valeurs: list[int]) -> None:
    tard = sum(c.effectif for c in charts.classes(valeurs) if c.hors_delai)
    assert tard == sum(1 for v in valeurs if v > 30)


@given(st.integers(0, 10**7))
def test_ticks_are_round_and_cover_the_highest_bar(maxi: int) -> None:
    axe = charts.graduations(maxi)
    pas = axe[1] - axe[0]
    assert axe[0] == 0
    assert axe[-1] >= maxi
    assert axe[-1] - pas < max(maxi, 1)
    assert len(axe) <= 6
    assert re.fullmatch(r"(1|2|25|5)0*", str(pas))


def test_histogram_draws_bars_in_proportion_and_the_line_at_their_border() -> None:
    racine = lire(charts.histogramme([5, 10, 10, 30, 31, 90], titre="Délais"))
    barres = [r for r in racine.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None]
    assert len(barres) == 13
    hauteurs = [float(b.get("height", "0")) for b in barres]
    assert hauteurs[1] == pytest.approx(2 * hauteurs[0])
    seuil = next(li for li in racine.iter(f"{SVG}line") if li.get("class") == "seuil")
    x = float(seuil.get("x1", "0"))
    derniere, premiere = barres[5], barres[6]
    fin = float(derniere.get("x", "0")) + float(derniere.get("width", "0"))
    assert fin < x < float(premiere.get("x", "0"))
    assert derniere.get("class") == "ok"
    assert premiere.get("fill") == "url(#delais-h)"


def test_histogram_says_its_figures_in_a_sentence() -> None:
    svg = charts.histogramme([10, 30, 31], titre="Délais <2026>")
    assert "2 paiements sur 3 dans le délai de 30 jours ; 1 au-delà." in svg
    assert "Délais &lt;2026&gt;" in svg
    assert 'role="img"' in svg


def test_empty_histogram_is_drawn() -> None:
    assert "0 paiements sur 0" in charts.histogramme([], titre="Délais")


@pytest.mark.parametrize(
    ("jours", "etat", "texte"),
    [
        (0, "bon", "J−30"), (23, "bon", "J−7"), (24, "proche", "J−6"),
        (30, "proche", "dernier jour"), (31, "tard", "J+1, en retard"),
    ],
)  # fmt: skip
def test_clock_words_and_colour(jours: int, etat: str, texte: str) -> None:
    assert charts.etat_horloge(jours) == etat
    assert charts.texte_horloge(jours) == texte
    assert f'class="{etat}"' in charts.horloge(jours)


def test_a_suspended_invoice_is_never_late() -> None:
    assert charts.texte_horloge(45, suspendue=True) == "délai suspendu"
    assert 'class="arret"' in charts.horloge(45, suspendue=True)
    assert "tard" not in charts.horloge(45, suspendue=True)


def test_clock_bar_meets_its_mark_on_the_last_day() -> None:
    largeurs = [r.get("width") for r in lire(charts.horloge(30)).iter(f"{SVG}rect")]
    assert largeurs[1] == "75.0"
    assert lire(charts.horloge(400)).findall(f"{SVG}rect")[1].get("width") == "100.0"


def test_gauge_hatches_only_what_is_beyond() -> None:
    dessous = charts.jauge(50, 100, titre="t", phrase="p")
    dessus = charts.jauge(Montant("65880"), Decimal(60000), titre="t", phrase="p")
    assert 'fill="url(#jauge-h)"' not in dessous
    assert 'fill="url(#jauge-h)"' in dessus


def test_bullet_bars_are_in_proportion() -> None:
    fait, promis = (
        float(r.get("width", "0"))
        for r in sorted(
            lire(charts.bullet(300, 600, 900, titre="t", phrase="p")).findall(f"{SVG}rect")[1:3],
            key=lambda r: float(r.get("width", "0")),
        )
    )
    assert promis == pytest.approx(2 * fait, abs=0.1)


def test_charts_of_nothing_do_not_divide_by_zero() -> None:
    charts.jauge(0, 0, titre="t", phrase="p")
    charts.bullet(0, 0, 0, titre="t", phrase="p")


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(1, 10**9))
def test_levels_follow_values(une: int, autre: int, maxi: int) -> None:
    petite, grande = sorted((une, autre))
    assert 0 <= charts.niveau(petite, maxi) <= charts.niveau(grande, maxi) <= 6
    assert (charts.niveau(petite, maxi) == 0) == (petite == 0)


def test_level_bounds_are_those_of_the_legend() -> None:
    for rang, borne in enumerate(charts.reperes(3600), start=1):
        assert charts.niveau(borne, 3600) == rang
        assert charts.niveau(borne + 1, 3600) == min(rang + 1, 6)
    assert charts.niveau(None, 3600) == 0
