import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import ValidationError
from shared.kernel.repartition import expliquer, nombre, plus_fort_reste

DEMANDES = [
    ("departement", Decimal(40)),
    ("sdis", Decimal(30)),
    ("sdea", Decimal(20)),
    ("oph", Decimal(10)),
    ("commune", Decimal(5)),
]
PARTS = {"departement": 23, "sdis": 17, "sdea": 11, "oph": 6, "commune": 3}


def test_D8_sixty_of_a_hundred_and_five():
    assert plus_fort_reste(60, DEMANDES) == PARTS


@pytest.mark.parametrize("graine", range(20))
def test_D8_the_order_of_the_demands_changes_nothing(graine):
    melange = random.Random(graine).sample(DEMANDES, k=len(DEMANDES))
    assert plus_fort_reste(60, melange) == PARTS


def test_D8_each_member_sees_why():
    parts = expliquer(60, DEMANDES, "palettes")
    departement = parts["departement"]
    assert departement.exacte == Fraction(2400, 105)
    assert (departement.plancher, departement.bonus, departement.part) == (22, 1, 23)
    assert departement.reste == Fraction(6, 7)
    assert departement.phrase == (
        "40 sur 105\u00a0: la part exacte de 60\u00a0palettes est ≈\u00a022,857\u202f; "
        "le 2ᵉ plus fort reste (≈\u00a00,857) donne une unité de plus\u202f; part\u00a0: 23."
    )
    assert "le 5ᵉ plus fort reste (≈\u00a00,143) ne donne pas d’unité" in parts["sdis"].phrase
    assert "\u202f; le plus fort reste (≈\u00a00,857) donne une unité" in parts["commune"].phrase


def test_whole_share_says_there_is_no_remainder():
    part = expliquer(105, DEMANDES)["departement"]
    assert part.phrase == (
        "40 sur 105\u00a0: la part exacte de 105 est 40, sans reste\u202f; part\u00a0: 40."
    )


def test_equal_remainders_go_to_the_smallest_key():
    poids = [("b", Decimal(1)), ("a", Decimal(1)), ("c", Decimal(1))]
    assert plus_fort_reste(2, poids) == {"a": 1, "b": 1, "c": 0}
    assert list(plus_fort_reste(2, poids)) == ["b", "a", "c"]


def test_zero_weight_gets_nothing():
    assert plus_fort_reste(7, [("a", Decimal(0)), ("b", Decimal("0.5"))]) == {"a": 0, "b": 7}


def test_nothing_to_share_needs_no_weight():
    assert plus_fort_reste(0, [("a", Decimal(0))]) == {"a": 0}
    assert plus_fort_reste(0, []) == {}


@pytest.mark.parametrize(
    ("total", "poids", "code"),
    [
        (-1, [("a", Decimal(1))], "total_negatif"),
        (1, [("a", Decimal(-1)), ("b", Decimal(2))], "poids_negatif"),
        (1, [("a", Decimal(1)), ("a", Decimal(2))], "cle_double"),
        (1, [("a", Decimal(0))], "poids_nuls"),
        (1, [], "poids_nuls"),
    ],
)
def test_meaningless_sharing_is_refused(total, poids, code):
    with pytest.raises(ValidationError) as refus:
        plus_fort_reste(total, poids)
    assert refus.value.code == code


@pytest.mark.parametrize(
    ("total", "poids"), [(1.0, [("a", Decimal(1))]), (True, []), (1, [("a", 1.0)])]
)
def test_never_a_float(total, poids):
    with pytest.raises(TypeError):
        plus_fort_reste(total, poids)


CLES = st.text("abcdef", min_size=1, max_size=3)
POIDS = st.dictionaries(CLES, st.decimals(0, 10**9, places=6), min_size=1, max_size=9).filter(
    lambda poids: any(poids.values())
)
DEMANDES_ENTIERES = st.dictionaries(CLES, st.integers(0, 10**6), min_size=1, max_size=9).filter(
    lambda demandes: any(demandes.values())
)


@given(st.integers(0, 10**12), POIDS)
def test_sum_is_exact_and_each_share_is_within_one_unit(total, poids):
    parts = expliquer(total, list(poids.items()))
    assert sum(p.part for p in parts.values()) == total
    for part in parts.values():
        assert -1 < part.part - part.exacte < 1
        assert part.part in {part.plancher, part.plancher + 1}
        assert part.plancher + part.reste == part.exacte


@given(st.integers(0, 10**6), POIDS, st.randoms(use_true_random=False))
def test_order_never_matters(total, poids, hasard):
    melange = list(poids.items())
    hasard.shuffle(melange)
    assert plus_fort_reste(total, melange) == plus_fort_reste(total, list(poids.items()))


@given(st.integers(0, 10**6), POIDS, st.integers(1, 1000))
def test_only_proportions_matter(total, poids, facteur):
    agrandi = [(cle, p * facteur) for cle, p in poids.items()]
    assert plus_fort_reste(total, agrandi) == plus_fort_reste(total, list(poids.items()))


@given(DEMANDES_ENTIERES, st.data())
def test_nobody_gets_more_than_asked_while_there_is_not_too_much(demandes, data):
    total = data.draw(st.integers(0, sum(demandes.values())))
    parts = plus_fort_reste(total, [(cle, Decimal(d)) for cle, d in demandes.items()])
    assert all(parts[cle] <= d for cle, d in demandes.items())


@given(DEMANDES_ENTIERES)
def test_everything_delivered_gives_each_its_demand(demandes):
    poids = [(cle, Decimal(d)) for cle, d in demandes.items()]
    assert plus_fort_reste(sum(demandes.values()), poids) == demandes


@given(st.integers(0, 10**4), POIDS)
def test_a_smaller_remainder_never_wins_over_a_larger_one(total, poids):
    parts = expliquer(total, list(poids.items())).values()
    servis = [p.reste for p in parts if p.bonus]
    autres = [p.reste for p in parts if not p.bonus]
    assert not servis or not autres or min(servis) >= max(autres)


@pytest.mark.parametrize(
    ("valeur", "texte"),
    [
        (0, "0"),
        (60000, "60\u202f000"),
        (Decimal("2.50"), "2,5"),
        (Decimal("1234567.125"), "1\u202f234\u202f567,125"),
        (Fraction(1, 3), "≈\u00a00,333"),
        (Fraction(2, 3), "≈\u00a00,667"),
    ],
)
def test_numbers_are_written_the_french_way(valeur, texte):
    assert nombre(valeur) == texte
