"""Words and places as people type them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publication.domain.recherche import MOTS_MAX, Criteres, mots
from services.publication.domain.valeurs import echue, nature_de, reference
from shared.kernel.lieux import Lieux, annuaire, departement_de, est_departement
from shared.kernel.parametres import Nature
from shared.kernel.textes import normaliser


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Rénovation de l’école", "renovation de l ecole"),
        ("CŒUR de Bœuf – Ægir", "coeur de boeuf aegir"),
        ("AVIS-2026-0042", "avis 2026 0042"),
        ("  papier   A4, 80 g ", "papier a4 80 g"),
        ("…", ""),
    ],
)
def test_accents_case_and_punctuation_do_not_count(texte: str, attendu: str) -> None:
    assert normaliser(texte) == attendu


@given(st.text())
def test_normalising_twice_changes_nothing(texte: str) -> None:
    une_fois = normaliser(texte)
    assert normaliser(une_fois) == une_fois
    assert une_fois.isascii()


def test_words_are_distinct_ordered_and_few() -> None:
    assert mots("papier Papier enveloppes") == ("papier", "enveloppes")
    assert len(mots(" ".join(f"m{i}" for i in range(50)))) == MOTS_MAX
    assert Criteres(q="Toiture du collège").mots == ("toiture", "du", "college")


@pytest.mark.parametrize("saisie", ["07019", "Aubenas", "aubenas", "Aubenas (07019)", " AUBENAS "])
def test_a_place_is_found_by_code_or_name(saisie: str) -> None:
    assert annuaire().trouver(saisie) == "07019"


def test_a_departement_is_a_place_too() -> None:
    assert annuaire().trouver("07") == "07"
    assert annuaire().trouver("Ardèche") == "07"
    assert annuaire().complet("07") == "Ardèche (07)"


def test_what_is_not_a_place_is_not_found_but_shown_as_written() -> None:
    assert annuaire().trouver("Nulle-Part-sur-Rien") is None
    assert annuaire().trouver("00") is None
    assert annuaire().nom("FRK22") == "FRK22"
    assert annuaire().complet("FRK22") == "FRK22"


def test_a_name_that_several_communes_share_finds_none_of_them() -> None:
    lieux = Lieux.depuis([("26", "Paris"), ("01001", "Saint-Jean"), ("02002", "Saint Jean")])
    assert lieux.trouver("Saint-Jean") is None
    assert lieux.trouver("02002") == "02002"


def test_a_departement_wins_over_a_commune_of_the_same_name() -> None:
    assert Lieux.depuis([("75", "Paris"), ("75056", "Paris")]).trouver("paris") == "75"


@pytest.mark.parametrize(
    ("code", "departement"),
    [("07019", "07"), ("2A004", "2A"), ("97411", "974"), ("974", "974"), ("07", "07")],
)
def test_departement_of_a_place(code: str, departement: str) -> None:
    assert departement_de(code) == departement
    assert est_departement(code) == (code == departement)


@pytest.mark.parametrize(
    ("cpv", "nature"),
    [
        ("45310000", Nature.TRAVAUX),
        ("44100000", Nature.FOURNITURES),
        ("48000000", Nature.FOURNITURES),
        ("50000000", Nature.SERVICES),
        ("90910000", Nature.SERVICES),
        ("03000000", Nature.FOURNITURES),
    ],
)
def test_the_division_tells_the_nature(cpv: str, nature: Nature) -> None:
    assert nature_de(cpv) is nature


def test_G1_a_deadline_at_noon_refuses_noon() -> None:
    midi = dt.datetime(2026, 5, 29, 10, tzinfo=dt.UTC)
    assert not echue(midi, midi - dt.timedelta(milliseconds=100))
    assert echue(midi, midi)


def test_references_restart_every_year() -> None:
    assert reference("AVIS", 2026, 1) == "AVIS-2026-0001"
    assert reference("AVIS", 2027, 12345) == "AVIS-2027-12345"
