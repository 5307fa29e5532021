from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.quotas import LigneAttribuee, repartir_attribution
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant

PAPIER = {"dep": 2_400_000, "sdis": 1_800_000, "sdea": 1_200_000, "vh": 600_000, "aub": 300_000}


def ligne(quantite: str, prix: str, besoins: dict[str, int], cle: str = "l1") -> LigneAttribuee:
    poids = {siret: Decimal(n) for siret, n in besoins.items()}
    return LigneAttribuee(cle, "PAPIER", "Privas", Decimal(quantite), Decimal(prix), poids)


def test_D7_the_award_of_the_story_splits_40_30_20_10_5() -> None:
    parts = repartir_attribution([ligne("105", "456", PAPIER)], Montant("47880.00"))
    assert {p.siret: p.quantite for p in parts} == {
        "dep": 40, "sdis": 30, "sdea": 20, "vh": 10, "aub": 5,
    }  # fmt: skip
    assert {p.siret: str(p.montant_max_ht) for p in parts}["dep"] == "18240.00"


@given(
    st.lists(
        st.tuples(
            st.integers(1, 5000),
            st.decimals("0.000001", "9999", places=6),
            st.dictionaries(
                st.sampled_from(sorted(PAPIER)), st.integers(1, 10**7), min_size=1, max_size=5
            ),
        ),
        min_size=1,
        max_size=4,
    ),
    st.decimals("0.01", "9999999", places=2),
)
def test_D7_I3_quantities_and_amounts_sum_to_the_award_exactly(
    lignes: list[tuple[int, Decimal, dict[str, int]]], montant: Decimal
) -> None:
    attribuees = [ligne(str(q), str(p), b, f"l{i}") for i, (q, p, b) in enumerate(lignes)]
    parts = repartir_attribution(attribuees, Montant(montant))
    for attribuee in attribuees:
        siennes = [p.quantite for p in parts if p.ligne == attribuee.cle]
        assert sum(siennes) == attribuee.quantite
        assert all(q == int(q) >= 0 for q in siennes)
    assert Montant.somme(p.montant_max_ht for p in parts) == Montant(montant)
    assert all(p.montant_max_ht <= Montant(montant) for p in parts)


def test_D9_ten_euros_for_three_equal_members_tie_goes_to_the_smallest_key() -> None:
    parts = repartir_attribution(
        [ligne("3", "3.333333", {"c": 1, "a": 1, "b": 1})], Montant("10.00")
    )
    assert {p.siret: str(p.montant_max_ht) for p in parts} == {
        "a": "3.34", "b": "3.33", "c": "3.33",
    }  # fmt: skip


@given(
    st.decimals("0.01", "999999.99", places=2),
    st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(1, 999), min_size=1),
)
def test_I5_D9_shares_of_money_sum_to_the_cent(total: Decimal, poids: dict[str, int]) -> None:
    parts = Montant(total).repartir({cle: Decimal(n) for cle, n in poids.items()})
    assert Montant.somme(parts.values()) == Montant(total)
    assert parts == Montant(total).repartir(
        {cle: Decimal(poids[cle]) for cle in reversed(list(poids))}
    )


def test_a_line_that_nobody_asked_for_is_refused() -> None:
    with pytest.raises(DomainError) as refus:
        repartir_attribution([ligne("3", "1", {})], Montant("3.00"))
    assert refus.value.code == "ligne_sans_besoin"


def test_energy_is_split_with_its_decimals() -> None:
    parts = repartir_attribution([ligne("10.5", "100", {"a": 1, "b": 1})], Montant("1050.00"))
    assert [p.quantite for p in parts] == [Decimal("5.3"), Decimal("5.2")]
