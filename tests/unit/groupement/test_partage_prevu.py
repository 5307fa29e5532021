"""Classes and floors of a convention, as rules for one delivery (D8, M5)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.partage_prevu import (
    USUEL,
    PartagePrevu,
    Plancher,
    Priorite,
    fautes,
)
from services.groupement.domain.receptions import Attente, Repartition, par_membre, repartir
from services.groupement.domain.strategies import Strategie

MEMBRES = {"a", "b", "c"}
DEUX, MOITIE = Plancher("SEL", quantite=Decimal(2)), Plancher(pourcentage=Decimal(50))
PLANCHERS = PartagePrevu(Strategie.PLANCHER, planchers=(DEUX, MOITIE))
CLASSES = PartagePrevu(
    Strategie.PRIORITE, (Priorite("b", 1, "secours."), Priorite("a", 2, "écoles"))
)


def livrer(
    partage: PartagePrevu, quantite: Decimal, article: str = "SEL", **attendus: Decimal
) -> Repartition:
    attentes = [Attente(f"c-{s}", s, i, x) for i, (s, x) in enumerate(attendus.items())]
    return repartir(quantite, attentes, "palette", partage.regle(article, par_membre(attentes)))


def test_D8_the_floor_of_an_article_is_its_own_else_the_common_one_else_a_pack() -> None:
    assert PLANCHERS.plancher("sel") == DEUX
    assert PLANCHERS.plancher("PAPIER") == MOITIE
    assert replace(PLANCHERS, planchers=(DEUX,)).plancher("PAPIER") == USUEL
    assert [p.mesure for p in (USUEL, DEUX, MOITIE)] == [
        "1 conditionnement",
        "2 conditionnements",
        "50\u00a0% de ce qu’il attend",
    ]


def test_D8_a_floor_in_per_cent_is_rounded_up_to_whole_packs() -> None:
    assert MOITIE.pour(Decimal(5), Decimal(1)) == 3
    assert MOITIE.pour(Decimal(5), Decimal("0.1")) == Decimal("2.5")
    assert DEUX.pour(Decimal(1), Decimal(1)) == 1, "never more than what is waited for"


def test_D8_pro_rata_needs_neither_classes_nor_floors() -> None:
    regle = PartagePrevu().regle("SEL", {"a": Decimal(3)})
    assert (regle.strategie, regle.planchers, regle.raisons) == (Strategie.PRORATA, {}, {})


def test_D8_classes_are_served_in_order_and_say_why() -> None:
    faite = livrer(CLASSES, Decimal(8), c=Decimal(5), a=Decimal(4), b=Decimal(6))
    parts = {part.siret: part for part in faite.parts}
    assert {s: int(p.part) for s, p in parts.items()} == {"b": 6, "a": 2, "c": 0}
    assert parts["b"].explication.endswith("dans la convention\u00a0: 1, secours.")
    assert parts["c"].explication.endswith("vous êtes servi ensuite.")


quantites = st.integers(0, 60).map(Decimal)
demies = st.integers(1, 40).map(lambda n: Decimal(n) / 2)
planchers = st.one_of(
    st.builds(Plancher, st.sampled_from(["", "SEL"]), st.integers(1, 20).map(Decimal)),
    st.builds(
        Plancher,
        st.sampled_from(["", "SEL"]),
        st.none(),
        st.integers(1, 1000).map(lambda n: Decimal(n) / 10),
    ),
    st.just(USUEL),
)


@given(
    planchers,
    st.dictionaries(st.sampled_from("abcdef"), st.one_of(quantites, demies), min_size=1),
    st.integers(1, 300),
)
def test_D8_I4_a_floor_is_never_broken_while_the_delivery_can_bear_it(
    plancher: Plancher, attendus: dict[str, Decimal], livre: int
) -> None:
    if not any(attendus.values()):
        attendus = {**attendus, "a": Decimal(1)}
    partage = PartagePrevu(Strategie.PLANCHER, planchers=(plancher,))
    faite = livrer(partage, Decimal(livre), **attendus)
    assert sum(part.part for part in faite.parts) + faite.non_affecte == livre
    regle = partage.regle("SEL", {s: x for s, x in attendus.items() if x})
    distribue = Decimal(livre) - faite.non_affecte
    tenable = sum(regle.planchers.values()) <= distribue
    for part in faite.parts:
        assert part.part <= part.demande
        if tenable:
            assert part.part >= regle.planchers[part.siret]
            assert part.part >= _voulu(plancher, part.demande)
        else:
            assert "La somme des planchers" in part.explication
            assert "dépasse le total" in part.explication


def _voulu(plancher: Plancher, attendu: Decimal) -> Decimal:
    """What the clause promises, before any rounding."""
    if plancher.quantite is not None:
        return min(attendu, plancher.quantite)
    return attendu * (plancher.pourcentage or Decimal()) / 100


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 9), max_size=6),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 60).map(Decimal), min_size=1),
    st.integers(1, 300),
)
def test_D8_a_class_waits_until_those_before_it_have_all_they_asked(
    classes: dict[str, int], attendus: dict[str, Decimal], livre: int
) -> None:
    priorites = tuple(Priorite(s, n, "motif") for s, n in classes.items())
    partage = PartagePrevu(Strategie.PRIORITE, priorites)
    faite = livrer(partage, Decimal(livre), **attendus)
    for servi in faite.parts:
        for avant in faite.parts:
            if servi.part and classes.get(avant.siret, 99) < classes.get(servi.siret, 99):
                assert avant.part == avant.demande


@pytest.mark.parametrize(
    ("champ", "fautif"),
    [
        ("priorites", PartagePrevu(Strategie.PRIORITE)),
        ("priorites", PartagePrevu(Strategie.PRIORITE, (Priorite("z", 1, "inconnu"),))),
        ("priorites", PartagePrevu(Strategie.PRIORITE, (Priorite("a", 0, "trop tôt"),))),
        ("priorites", PartagePrevu(Strategie.PRIORITE, (Priorite("a", 10, "trop tard"),))),
        ("priorites", PartagePrevu(Strategie.PRIORITE, (Priorite("a", 1, " "),))),
        (
            "priorites",
            PartagePrevu(Strategie.PRIORITE, (Priorite("a", 1, "x"), Priorite("a", 2, "y"))),
        ),
        ("planchers", PartagePrevu(Strategie.PLANCHER, planchers=(DEUX, replace(DEUX)))),
        ("planchers", PartagePrevu(Strategie.PLANCHER, planchers=(Plancher("SEL"),))),
        (
            "planchers",
            PartagePrevu(Strategie.PLANCHER, planchers=(Plancher("SEL", Decimal(1), Decimal(1)),)),
        ),
        ("planchers", PartagePrevu(Strategie.PLANCHER, planchers=(Plancher("", Decimal()),))),
        (
            "planchers",
            PartagePrevu(Strategie.PLANCHER, planchers=(Plancher("", None, Decimal(101)),)),
        ),
    ],
)
def test_M5_a_class_or_a_floor_that_does_not_hold_is_named(
    champ: str, fautif: PartagePrevu
) -> None:
    assert [nom for nom, _ in fautes(fautif, MEMBRES)] == [champ]


def test_M5_what_holds_has_no_fault() -> None:
    assert list(fautes(CLASSES, MEMBRES)) == []
    assert list(fautes(PLANCHERS, MEMBRES)) == []
