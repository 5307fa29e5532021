"""D9 and I5: an amount shared by the convention's key, to the cent."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.cles import Assiette, Cle, partager_montant
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant

CLES_AU_POIDS = [Cle.AU_MONTANT, Cle.A_LA_QUANTITE]


def egaux(n: int) -> list[Assiette]:
    return [Assiette(f"{i:014}") for i in range(n)]


def espaces(texte: str) -> str:
    """The same text with ordinary spaces."""
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def parts(montant: str, cle: Cle, membres: list[Assiette]) -> list[str]:
    return [str(p.montant) for p in partager_montant(Montant(montant), cle, membres)]


def test_D9_ten_euros_over_three_members() -> None:
    assert parts("10.00", Cle.PARTS_EGALES, egaux(3)) == ["3.34", "3.33", "3.33"]


def test_D9_a_discount_of_ten_euros_is_given_back_by_the_same_shares() -> None:
    assert parts("-10.00", Cle.PARTS_EGALES, egaux(3)) == ["-3.34", "-3.33", "-3.33"]


def test_cas_foodsoft_630_one_euro_over_three_leaves_no_cent_behind() -> None:
    assert parts("1.00", Cle.PARTS_EGALES, egaux(3)) == ["0.34", "0.33", "0.33"]


@pytest.mark.parametrize(
    ("montant", "n", "somme_naive"), [("10.00", 3, "10.02"), ("49.99", 11, "50.05")]
)
def test_D9_rounding_each_share_up_would_overcharge(montant: str, n: int, somme_naive: str) -> None:
    au_dessus = -(-Montant(montant).centimes // n) * n
    assert Montant(Decimal(au_dessus).scaleb(-2)) == Montant(somme_naive)
    justes = partager_montant(Montant(montant), Cle.PARTS_EGALES, egaux(n))
    assert Montant.somme(p.montant for p in justes) == Montant(montant)


def test_each_key_reads_its_own_figure() -> None:
    membres = [
        Assiette("a", Montant(300), Decimal(1), Decimal(50)),
        Assiette("b", Montant(100), Decimal(3), Decimal(50)),
    ]
    assert parts("100.00", Cle.AU_MONTANT, membres) == ["75.00", "25.00"]
    assert parts("100.00", Cle.A_LA_QUANTITE, membres) == ["25.00", "75.00"]
    assert parts("100.00", Cle.PARTS_EGALES, membres) == ["50.00", "50.00"]
    assert parts("100.00", Cle.POURCENTAGES, membres) == ["50.00", "50.00"]


def test_every_share_says_its_computation() -> None:
    premier, *_, dernier = partager_montant(Montant("-10.00"), Cle.PARTS_EGALES, egaux(3))
    assert espaces(premier.motif) == (
        "À parts égales : 1 sur 3. La part exacte de -10,00 € est ≈ -3,333 € ; "
        "le plus fort reste donne un centime de plus ; part : -3,34 €."
    )
    assert "le 3ᵉ plus fort reste ne donne pas de centime de plus" in dernier.motif
    assert (premier.calcul.plancher, premier.calcul.bonus, premier.calcul.rang) == (333, 1, 1)


@pytest.mark.parametrize(
    ("cle", "membres", "code"),
    [
        (Cle.PARTS_EGALES, [], "aucun_membre"),
        (Cle.PARTS_EGALES, [Assiette("a"), Assiette("a")], "cle_double"),
        (Cle.AU_MONTANT, [Assiette("a"), Assiette("b")], "poids_nuls"),
        (Cle.AU_MONTANT, [Assiette("a", Montant(-1)), Assiette("b", Montant(9))], "poids_negatif"),
        (Cle.POURCENTAGES, [Assiette("a", pourcentage=Decimal("99.99"))], "pourcentages_invalides"),
        (Cle.POURCENTAGES, [Assiette("a"), Assiette("b")], "pourcentages_invalides"),
    ],
)
def test_a_key_that_cannot_share_is_refused(cle: Cle, membres: list[Assiette], code: str) -> None:
    with pytest.raises(ValidationError) as refus:
        partager_montant(Montant("10.00"), cle, membres)
    assert refus.value.code == code


def test_D9_ten_thousand_random_amounts_are_shared_to_the_cent() -> None:
    hasard = random.Random(9)
    for _ in range(10_000):
        n = hasard.randint(1, 12)
        membres = [
            Assiette(f"{i:014}", Montant(hasard.randint(1, 10**6)), Decimal(hasard.randint(1, 999)))
            for i in range(n)
        ]
        montant = Montant(Decimal(hasard.randint(-(10**8), 10**8)).scaleb(-2))
        cle = hasard.choice([Cle.AU_MONTANT, Cle.A_LA_QUANTITE, Cle.PARTS_EGALES])
        faites = partager_montant(montant, cle, membres)
        assert Montant.somme(p.montant for p in faites) == montant
        if n == 12:
            hasard.shuffle(membres)
            assert partager_montant(montant, cle, membres) == faites


@given(
    st.decimals("-99999999", "99999999", places=2),
    st.sampled_from(CLES_AU_POIDS),
    st.dictionaries(
        st.text("0123456789", min_size=1, max_size=14),
        st.decimals("0", "999999", places=2),
        min_size=1,
        max_size=20,
    ).filter(lambda poids: any(poids.values())),
)
def test_I5_shares_sum_to_the_amount_and_stay_within_a_cent_of_the_exact_one(
    montant: Decimal, cle: Cle, poids: dict[str, Decimal]
) -> None:
    membres = [Assiette(siret, Montant(p), p) for siret, p in poids.items()]
    faites = partager_montant(Montant(montant), cle, membres)
    assert sum(p.montant.decimal for p in faites) == montant
    somme = sum(poids.values())
    for part in faites:
        assert abs(part.montant.decimal * somme - montant * poids[part.siret]) < somme / 100
        assert poids[part.siret] or not part.montant
