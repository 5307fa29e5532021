"""Formats, asserted on code points: spaces that look alike are not."""

import datetime as dt
from decimal import Decimal

import pytest

from shared.kernel.clock import PARIS
from shared.kernel.montant import Montant
from shared.kernel.quantites import Quantite
from shared.kernel.unites import UNITES
from shared.web import formats

NB, FINE = "\u00a0", "\u202f"


def test_euros() -> None:
    assert formats.eur(Montant("32832")) == f"32{FINE}832,00{NB}€"
    assert formats.eur("1234567.5") == f"1{FINE}234{FINE}567,50{NB}€"
    assert formats.eur(Montant("-40")) == f"-40,00{NB}€"
    assert formats.eur(None) == "–"
    assert formats.eur0(Decimal("65880.49")) == f"65{FINE}880{NB}€"
    assert formats.eur(Montant("12.5"), "en") == "€12.50"
    assert formats.eur0(1234, "en") == "€1,234"


def test_unit_prices_keep_their_cents_and_what_is_below() -> None:
    assert formats.prix("38") == f"38,00{NB}€"
    assert formats.prix(Decimal("0.0081")) == f"0,0081{NB}€"
    assert formats.prix("11.2", "en") == "€11.20"
    assert formats.prix(None) == "–"


def test_numbers_and_shares() -> None:
    assert formats.nb(Decimal("600000.000000")) == f"600{FINE}000"
    assert formats.nb("2.50") == "2,5"
    assert formats.pct("0.05") == f"5{NB}%"
    assert formats.pct(Decimal("0.1015")) == f"10,15{NB}%"
    assert formats.pct("0.917", "en") == "91.7%"


def test_no_format_breaks_between_a_figure_and_its_unit() -> None:
    textes = [
        formats.eur(1234), formats.eur0(1234), formats.pct("0.5"), formats.nb(12345),
        formats.siret("90070001400013"), formats.quantite(1234, "palette"),
    ]  # fmt: skip
    assert not [texte for texte in textes if " " in texte]


def test_days() -> None:
    assert formats.jour(dt.date(2026, 12, 12)) == "12 décembre 2026"
    assert formats.jour(dt.date(2026, 3, 1)) == "1er mars 2026"
    assert formats.jour(dt.date(2026, 3, 21)) == "21 mars 2026"
    assert formats.jour(dt.date(2026, 3, 1), "EEEE d MMMM y") == "dimanche 1er mars 2026"
    assert formats.jour(dt.date(2026, 3, 1), "dd/MM/y") == "01/03/2026"
    assert formats.jour(dt.date(2026, 12, 12), langue="en") == "12 December 2026"


@pytest.mark.parametrize(
    ("utc", "texte"),
    [
        ("2026-12-12T11:00", f"12 décembre 2026 à{NB}12{NB}h"),
        ("2026-07-01T07:05", f"1er juillet 2026 à{NB}9{NB}h{NB}05"),
        ("2026-06-30T22:30", f"1er juillet 2026 à{NB}0{NB}h{NB}30"),
    ],
)
def test_instants_are_told_in_paris_time(utc: str, texte: str) -> None:
    assert formats.instant(dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)) == texte


def test_an_instant_late_in_utc_belongs_to_the_next_day_in_paris() -> None:
    minuit_et_demi = dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC)
    assert formats.jour(minuit_et_demi) == "1er juillet 2026"
    aujourd_hui = dt.date(2026, 7, 1)
    assert formats.delai(minuit_et_demi, aujourd_hui) == "aujourd’hui"


@pytest.mark.parametrize(
    ("jours", "texte"),
    [(-1, "clos"), (0, "aujourd’hui"), (1, "demain"), (2, f"dans{NB}2{NB}jours")],
)
def test_delays(jours: int, texte: str) -> None:
    jour = dt.datetime.now(PARIS).date()
    assert formats.delai(jour + dt.timedelta(days=jours), jour) == texte


def test_quantities_agree_with_their_unit() -> None:
    assert formats.quantite(105, "palette") == f"105{NB}palettes"
    assert formats.quantite(Decimal("1.5"), "palette") == f"1,5{NB}palette"
    assert formats.quantite(3, "rouleau") == f"3{NB}rouleaux"
    assert formats.quantite(3, "boîte de 500") == f"3{NB}boîtes de 500"
    assert formats.quantite(Decimal("2.5"), "kg") == f"2,5{NB}kg"
    kilo = UNITES["KGM"]
    assert formats.quantite(Quantite(Decimal(12), kilo)).startswith(f"12{NB}")
    assert formats.quantite(None) == "–"


def test_siret() -> None:
    assert formats.siret("90070001400013").replace(FINE, " ") == "900 700 014 00013"
    assert formats.siret("inconnu") == "inconnu"
