import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant, parse_montant

CENTIMES = st.integers(-(10**11), 10**11)


def euros(centimes: int) -> Montant:
    return Montant(Decimal(centimes).scaleb(-2))


@pytest.mark.parametrize(
    ("valeur", "texte"),
    [
        ("12.50", "12.50"),
        (12, "12.00"),
        (Decimal("0.005"), "0.01"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal("2.675"), "2.68"),
        (Decimal("66.739726"), "66.74"),
        (Decimal("-0.001"), "0.00"),
        ("999999999999.99", "999999999999.99"),
        (Montant("3.10"), "3.10"),
    ],
)
def test_amount_is_whole_cents_rounded_half_up(valeur, texte):
    assert str(Montant(valeur)) == texte
    assert Montant(valeur).decimal.as_tuple().exponent == -2


@pytest.mark.parametrize("valeur", [1.0, True, None, [1]])
def test_never_a_float(valeur):
    with pytest.raises(TypeError):
        Montant(valeur)


@pytest.mark.parametrize("facteur", [1.5, True, "2", Montant(2)])
def test_never_multiplied_by_anything_but_int_or_decimal(facteur):
    with pytest.raises(TypeError):
        Montant(1) * facteur
    with pytest.raises(TypeError):
        Montant(1) / facteur


@pytest.mark.parametrize("valeur", ["douze", "", "NaN", "Infinity", "1000000000000", "12,50"])
def test_what_is_not_an_amount_is_refused(valeur):
    with pytest.raises(ValidationError):
        Montant(valeur)


def test_arithmetic_and_order():
    assert Montant("10") + Montant("2.50") == Montant("12.50")
    assert Montant("10") - Montant("12.50") == Montant("-2.50")
    assert Montant("456") * 105 == 105 * Montant("456") == Montant("47880")
    assert Montant("57456") * Decimal("0.05") == Montant("2872.80")
    assert Montant("10") / 3 == Montant("3.33")
    assert -Montant("1") == Montant("-1")
    assert abs(Montant("-1")) == Montant("1")
    assert Montant("1") < Montant("2") <= Montant("2")
    assert Montant.somme([Montant("0.10"), Montant("0.20")]) == Montant("0.30")
    assert Montant.somme([]) == Montant.zero()
    assert not Montant.zero()
    assert Montant("0.01")
    assert Montant("1") != 1
    assert Montant("12.5").centimes == 1250


def test_amounts_do_not_mix_with_bare_numbers():
    for autre in (1, Decimal(1), "1"):
        with pytest.raises(TypeError):
            Montant(1) + autre
        with pytest.raises(TypeError):
            Montant(1) - autre


def test_amount_is_a_value():
    m = Montant("12.50")
    with pytest.raises(AttributeError):
        m.decimal = Decimal(1)
    assert {m: 1}[Montant("12.5")] == 1
    assert repr(m) == "Montant('12.50')"
    assert pickle.loads(pickle.dumps(m)) == copy.deepcopy(m) == m


def test_rounding_to_a_step():
    assert Montant("12.50").arrondi() == Montant("12.50")
    assert Montant("12.50").arrondi(Decimal(1)) == Montant("13")
    assert Montant("12.49").arrondi(Decimal(10)) == Montant("10")


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("90 000", "90000.00"),
        ("90 000,50 €", "90000.50"),
        ("90\u00a0000,50\u00a0€", "90000.50"),
        ("90\u202f000,5€", "90000.50"),
        ("  12.50 ", "12.50"),
        ("1234567,89", "1234567.89"),
        ("-1 250,00", "-1250.00"),
        ("0", "0.00"),
    ],
)
def test_lenient_reading(texte, attendu):
    assert str(parse_montant(texte)) == attendu


@pytest.mark.parametrize(
    "texte",
    ["", "€", "abc", "90.000", "90.000,50", "1,234", "9 00", "90 00 0", "12,505", "1e3", "1_000",
     "--3", "12 €€", "$12", "12 k€", "NaN", "٣"],
)  # fmt: skip
def test_doubtful_reading_is_refused_with_an_example(texte):
    with pytest.raises(ValidationError, match="par exemple 90\u202f000,50") as refus:
        parse_montant(texte)
    assert refus.value.code == "montant_invalide"


@given(CENTIMES)
def test_typed_amount_round_trip(centimes):
    montant = euros(centimes)
    assert Montant(str(montant)) == montant
    groupe = f"{montant.decimal:,.2f}".replace(",", "\u202f").replace(".", ",")
    assert parse_montant(f"{groupe}\u00a0€") == montant


def test_D9_ten_euros_over_three_equal_members():
    parts = Montant("10.00").repartir({"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)})
    assert [str(parts[m]) for m in "abc"] == ["3.34", "3.33", "3.33"]
    inverse = Montant("10.00").repartir({"c": Decimal(1), "b": Decimal(1), "a": Decimal(1)})
    assert inverse == parts


def repartition_exacte(centimes: int, poids: dict[str, Decimal]) -> None:
    parts = euros(centimes).repartir(poids)
    assert sum(p.centimes for p in parts.values()) == centimes
    somme = sum(poids.values())
    for cle, part in parts.items():
        assert abs(part.centimes * somme - centimes * poids[cle]) < somme


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_D9_ten_thousand_random_sharings_sum_to_the_cent(hasard):
    for _ in range(100):
        membres = [f"m{i}" for i in range(hasard.randint(1, 5))]
        poids = {m: Decimal(hasard.randint(0, 10**6)).scaleb(-3) for m in membres}
        poids["m0"] += Decimal("0.001")
        repartition_exacte(hasard.randint(-(10**9), 10**9), poids)


POIDS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.decimals(0, 10**6, places=3),
    min_size=1,
    max_size=8,
).filter(lambda poids: any(poids.values()))


@given(CENTIMES, POIDS)
def test_D9_parts_sum_exactly_and_stay_within_a_cent(centimes, poids):
    repartition_exacte(centimes, poids)


def test_sharing_over_nothing_is_refused():
    with pytest.raises(ValidationError) as refus:
        Montant("10").repartir({"a": Decimal(0)})
    assert refus.value.code == "poids_nuls"
    assert Montant.zero().repartir({"a": Decimal(0)}) == {"a": Montant.zero()}
