from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.heures_insertion import heures_dues, heures_exactes
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant


@pytest.mark.parametrize(
    ("montant", "part", "effort", "cout", "heures"),
    [
        ("1000000", "0.50", "0.05", "30", 833),
        ("1500000", "0.70", "0.10", "30", 3500),
        ("320000", "0.45", "0.08", "27.50", 418),
        ("0", "0.45", "0.08", "27.50", 0),
        ("1000000", "0", "0.05", "30", 0),
    ],
)
def test_regles_13_hours_due_are_rounded_down(
    montant: str, part: str, effort: str, cout: str, heures: int
) -> None:
    calcul = heures_dues(Montant(montant), Decimal(part), Decimal(effort), Decimal(cout))
    assert calcul == heures


@pytest.mark.parametrize(
    ("valeurs", "champ"),
    [
        (("-1", "0.5", "0.05", "30"), "montant_ht"),
        (("100", "1.01", "0.05", "30"), "part_main_oeuvre"),
        (("100", "50", "0.05", "30"), "part_main_oeuvre"),
        (("100", "0.5", "-0.05", "30"), "effort"),
        (("100", "0.5", "NaN", "30"), "effort"),
        (("100", "0.5", "0.05", "0"), "cout_horaire"),
    ],
)
def test_a_value_out_of_its_range_is_named(valeurs: tuple[str, ...], champ: str) -> None:
    montant, *autres = valeurs
    with pytest.raises(ValidationError) as refus:
        heures_dues(Montant(montant), *map(Decimal, autres))
    assert set(refus.value.champs) == {champ}


PARTS = st.decimals("0", "1", places=4)


@given(st.integers(0, 10**10), PARTS, PARTS, st.decimals("0.01", "100", places=2))
def test_hours_are_the_whole_part_and_never_fall_when_the_amount_grows(
    centimes: int, part: Decimal, effort: Decimal, cout: Decimal
) -> None:
    montant = Montant(Decimal(centimes).scaleb(-2))
    heures = heures_dues(montant, part, effort, cout)
    assert 0 <= heures_exactes(montant, part, effort, cout) - heures < 1
    assert heures_dues(montant + Montant(1000), part, effort, cout) >= heures
