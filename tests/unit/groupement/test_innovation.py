"""C4: no yearly approval without an innovation share; the indicator says its denominator."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.innovation import (
    Besoin,
    EtatDefinition,
    MarcheNotifie,
    exiger_approuvable,
    exiger_modifiable,
    taux,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

OBJECTIF = Decimal("0.02")
PAPIER = [Besoin("Papier", Montant("48000"))]
marches = st.lists(
    st.builds(MarcheNotifie, st.integers(0, 10**9).map(Montant), st.booleans()), max_size=20
)


@pytest.mark.parametrize(
    ("innovant", "part", "atteint"),
    [("240000", "0.0240", True), ("150000", "0.0150", False), ("200000", "0.0200", True)],
)
def test_regles_14_share_of_innovation(innovant: str, part: str, atteint: bool) -> None:
    reste = Montant("10000000") - Montant(innovant)
    lu = taux([MarcheNotifie(Montant(innovant), True), MarcheNotifie(reste, False)])
    assert lu.part == Decimal(part)
    assert lu.atteint(OBJECTIF) is atteint
    assert (lu.total_ht, lu.total, lu.innovants) == (Montant("10000000"), 2, 1)


def test_a_share_that_rounds_to_the_target_does_not_reach_it() -> None:
    lu = taux([MarcheNotifie(Montant("199.99"), True), MarcheNotifie(Montant("9800.01"), False)])
    assert lu.part == OBJECTIF
    assert not lu.atteint(OBJECTIF)


def test_a_year_without_contract_has_no_share() -> None:
    assert taux([]).part is None
    assert not taux([]).atteint(Decimal(0))


@given(marches)
def test_the_share_is_a_part_of_one(tous: list[MarcheNotifie]) -> None:
    lu = taux(tous)
    assert lu.innovant_ht <= lu.total_ht
    assert lu.part is None or 0 <= lu.part <= 1


@pytest.mark.parametrize(
    ("besoins", "part", "champ"),
    [
        (PAPIER, None, "innovation_part"),
        (PAPIER, Decimal("1.01"), "innovation_part"),
        ([], Decimal("0.02"), "besoins"),
    ],
)
def test_C4_approving_without_it_is_refused_on_its_field(
    besoins: list[Besoin], part: Decimal | None, champ: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        exiger_approuvable(besoins, part)
    assert list(refus.value.champs) == [champ]


def test_C4_zero_is_a_plan_and_what_is_approved_stays() -> None:
    exiger_approuvable(PAPIER, Decimal(0))
    exiger_modifiable(EtatDefinition.BROUILLON)
    with pytest.raises(ConflictError):
        exiger_modifiable(EtatDefinition.APPROUVEE)
