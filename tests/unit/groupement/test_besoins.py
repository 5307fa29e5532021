from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.articles import LIEU_COMMUN, Article
from services.groupement.domain.besoins import (
    Changement,
    Connu,
    comparer,
    declarer,
    fourchette,
    increment,
    lire_declaration,
    mesurer,
)
from shared.kernel.errors import ValidationError
from tests.unit.groupement.monde import PAPIER, SEL


def test_a_range_is_a_firm_quantity_and_a_tolerance() -> None:
    lue = lire_declaration(PAPIER, "5 à 7", "palettes", " Mairie   d’Aubenas ")
    assert (lue.quantite, lue.tolerance, lue.unite) == (5, 2, "palette")
    assert lue.lieu == "Mairie d’Aubenas"
    assert mesurer(lue, PAPIER).tolerance_base == 120_000


def test_a_quantity_may_name_its_unit_and_a_place_may_be_missing() -> None:
    lue = lire_declaration(PAPIER, "720 cartons", None, None)
    assert (lue.unite, lue.lieu) == ("carton", LIEU_COMMUN)
    assert mesurer(lue, PAPIER).quantite_base == 1_800_000
    assert lire_declaration(SEL, "2", "t", None).unite == "tonne"
    assert lire_declaration(PAPIER, "4", None, None).unite == "palette"


@pytest.mark.parametrize(
    ("quantite", "unite", "champ"),
    [
        ("beaucoup", None, "quantite"),
        ("3", "litre", "unite"),
        ("3", "brouette", "unite"),
        ("0,0001", "ramette", "quantite"),
    ],
)
def test_a_refused_quantity_names_its_field(quantite: str, unite: str | None, champ: str) -> None:
    with pytest.raises(ValidationError) as refus:
        mesurer(lire_declaration(PAPIER, quantite, unite, None), PAPIER)
    assert list(refus.value.champs) == [champ]


def connu(quantite: str, unite: str = "palette") -> Connu:
    declaration = declarer(PAPIER, Decimal(quantite), unite, Decimal(0), "Privas")
    return Connu(declaration, 1, mesurer(declaration, PAPIER))


def test_D4_declaring_again_replaces_and_ten_then_twelve_makes_twelve() -> None:
    douze = declarer(PAPIER, Decimal(12), "palette", Decimal(0), "Privas")
    assert comparer(connu("10"), douze) is Changement.MODIFICATION
    assert increment(connu("10"), mesurer(douze, PAPIER)) == 2 * 60_000


def test_the_same_declaration_again_changes_nothing() -> None:
    meme = declarer(PAPIER, Decimal("10.000"), "Palettes", Decimal(0), "Privas ")
    assert comparer(connu("10"), meme) is Changement.IDENTIQUE
    assert comparer(None, meme) is Changement.CREATION


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12))
def test_D4_the_history_of_increments_tells_the_present(quantites: list[int]) -> None:
    avant, mouvements = None, []
    for quantite in quantites:
        mesure = mesurer(declarer(PAPIER, Decimal(quantite), "carton", Decimal(0), None), PAPIER)
        mouvements.append(increment(avant, mesure))
        avant = Connu(declarer(PAPIER, Decimal(quantite), "carton", Decimal(0), None), 1, mesure)
    assert sum(mouvements) == quantites[-1] * 2500


def test_a_range_is_shown_as_people_say_it() -> None:
    assert fourchette(Decimal(5), Decimal(2)) == "5 à 7"
    assert fourchette(Decimal("600000.000000"), Decimal(0)) == "600\u202f000"
    assert fourchette(Decimal("2.5"), Decimal(0)) == "2,5"


def test_an_article_refuses_a_negative_price_or_a_pack_it_does_not_have() -> None:
    with pytest.raises(ValidationError):
        Article("A", "A", 1, "feuille", Decimal(-1), (), "feuille")
    with pytest.raises(ValidationError):
        Article("A", "A", 1, "feuille", Decimal(1), (), "brouette")
