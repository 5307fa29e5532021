"""K1: the evaluation of a contract and what it asks before it may be closed."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.evaluations import (
    CRITERES,
    FAITES,
    EtatEvaluation,
    exiger_dans_le_delai,
    franchir,
    lire_criteres,
    moyenne,
    ouverture,
    verifier_notes,
)
from shared.kernel.errors import ConflictError, ValidationError

NOTES = dict.fromkeys(CRITERES, 4)


def test_K1_an_open_evaluation_does_not_let_close() -> None:
    assert EtatEvaluation.OUVERTE not in FAITES
    assert set(EtatEvaluation) - {EtatEvaluation.OUVERTE} == FAITES


@pytest.mark.parametrize("etat", list(EtatEvaluation))
def test_K1_nothing_comes_back(etat: EtatEvaluation) -> None:
    with pytest.raises(ConflictError):
        franchir(etat, EtatEvaluation.OUVERTE)


def test_K1_it_opens_thirty_days_before_the_end_at_midnight_in_paris() -> None:
    instant = ouverture(dt.date(2027, 2, 27))
    assert instant.astimezone(dt.UTC) == dt.datetime(2027, 1, 27, 23, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "notes",
    [
        {**NOTES, "Délais": 0},
        {**NOTES, "Délais": 6},
        dict.fromkeys(CRITERES[1:], 3),
        {**NOTES, "Autre": 3},
    ],
)
def test_every_criterion_is_marked_from_one_to_five(notes: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        verifier_notes(CRITERES, notes)


def test_the_faulty_criterion_is_named_by_its_field() -> None:
    with pytest.raises(ValidationError) as refus:
        verifier_notes(CRITERES, {**NOTES, CRITERES[2]: 9})
    assert list(refus.value.champs) == ["note_2"]
    verifier_notes(CRITERES, NOTES)


def test_criteria_are_one_per_line_each_once() -> None:
    assert lire_criteres(" Délais \n\nQualité\nDélais") == ("Délais", "Qualité")
    for texte in ("", "\n".join(map(str, range(13))), "x" * 61):
        with pytest.raises(ValidationError):
            lire_criteres(texte)


@given(st.lists(st.integers(1, 5), min_size=1))
def test_a_mean_lies_between_its_marks(notes: list[int]) -> None:
    lue = moyenne("Délais", notes)
    assert lue.valeur is not None
    assert min(notes) <= lue.valeur <= max(notes)
    assert lue.nombre == len(notes)


def test_a_mean_is_rounded_half_up_and_empty_without_marks() -> None:
    assert moyenne("Délais", [4, 4, 4, 5]).valeur == Decimal("4.3")
    assert moyenne("Délais", []).valeur is None


def test_the_firm_replies_within_thirty_days() -> None:
    transmise = dt.datetime(2027, 2, 1, 9, tzinfo=dt.UTC)
    exiger_dans_le_delai(transmise, transmise + dt.timedelta(days=30))
    with pytest.raises(ConflictError):
        exiger_dans_le_delai(transmise, transmise + dt.timedelta(days=30, seconds=1))
