import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.receptions import Attente, accorder, exiger_date, repartir
from services.groupement.domain.repartition import Regle, Strategie
from shared.kernel.errors import ConflictError, ValidationError

DEMANDES = (("dep", 40), ("sdis", 30), ("sdea", 20), ("vh", 10), ("zaub", 5))


def attentes(demandes: tuple[tuple[str, int], ...] = DEMANDES) -> list[Attente]:
    return [
        Attente(f"cmd-{rang}", siret, rang, Decimal(n)) for rang, (siret, n) in enumerate(demandes)
    ]


def parts(quantite: int, lues: list[Attente]) -> dict[str, Decimal]:
    return {p.siret: p.part for p in repartir(Decimal(quantite), lues, "palette").parts}


def test_D8_sixty_of_105_are_shared_23_17_11_6_3() -> None:
    assert parts(60, attentes()) == {"dep": 23, "sdis": 17, "sdea": 11, "vh": 6, "zaub": 3}


def test_D8_each_member_sees_why() -> None:
    (dep, *_) = repartir(Decimal(60), attentes(), "palette").parts
    assert dep.explication.startswith("40 sur 105")
    assert "60\u00a0palettes" in dep.explication
    assert "22,857" in dep.explication


@given(
    st.integers(1, 400),
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 60)), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_D8_I4_shares_sum_to_the_delivery_whatever_the_order(
    quantite: int, demandes: list[tuple[str, int]], hasard: random.Random
) -> None:
    lues = attentes(tuple(demandes))
    melangees = lues.copy()
    hasard.shuffle(melangees)
    resultat = repartir(Decimal(quantite), melangees)
    assert resultat == repartir(Decimal(quantite), lues)
    assert sum(p.part for p in resultat.parts) + resultat.non_affecte == quantite
    assert all(0 <= p.part <= p.demande for p in resultat.parts)


@given(st.integers(1, 104), st.integers(1, 39))
def test_D8_splitting_one_members_order_changes_nobodys_share(quantite: int, premiere: int) -> None:
    entier = parts(quantite, attentes())
    coupee = [("dep", premiere), ("dep", 40 - premiere), *DEMANDES[1:]]
    lues = repartir(Decimal(quantite), attentes(tuple(coupee))).parts
    dep = sum(p.part for p in lues if p.siret == "dep")
    assert dep == entier["dep"]
    assert {p.siret: p.part for p in lues if p.siret != "dep"} == {
        siret: part for siret, part in entier.items() if siret != "dep"
    }


def test_inside_a_member_the_oldest_order_is_served_first() -> None:
    lues = repartir(Decimal(5), attentes((("dep", 3), ("dep", 4)))).parts
    assert [(p.commande, p.part) for p in lues] == [("cmd-0", 3), ("cmd-1", 2)]
    assert "plus ancienne" in lues[0].explication


def test_a_surplus_belongs_to_nobody() -> None:
    resultat = repartir(Decimal(110), attentes())
    assert resultat.non_affecte == 5
    assert [p.part for p in resultat.parts] == [40, 20, 30, 10, 5]


def test_decimals_are_shared_in_their_own_step() -> None:
    resultat = repartir(
        Decimal("1.5"), [Attente("1", "a", 1, Decimal(1)), Attente("2", "b", 2, Decimal(2))], "t"
    )
    assert [p.part for p in resultat.parts] == [Decimal("0.5"), Decimal("1.0")]
    assert "de 1,5\u00a0t est 0,5" in resultat.parts[0].explication


def test_nothing_expected_nothing_shared() -> None:
    with pytest.raises(ConflictError) as refus:
        repartir(Decimal(1), [])
    assert refus.value.code == "rien_attendu"
    with pytest.raises(ValidationError):
        repartir(Decimal(0), attentes())


def test_a_delivery_lies_between_the_notification_and_today() -> None:
    debut, fin = dt.date(2026, 2, 27), dt.date(2026, 3, 2)
    exiger_date(debut, debut, fin)
    exiger_date(fin, debut, fin)
    for jour in (dt.date(2026, 2, 26), dt.date(2026, 3, 3)):
        with pytest.raises(ValidationError) as refus:
            exiger_date(jour, debut, fin)
        assert "recue_le" in refus.value.champs


@pytest.mark.parametrize(
    ("nom", "quantite", "dit"),
    [
        ("palette", 60, "palettes"),
        ("palette", 1, "palette"),
        ("seau", 2, "seaux"),
        ("lot de dix", 3, "lots de dix"),
        ("colis", 3, "colis"),
        ("MWh", 3, "MWh"),
        ("", 3, ""),
    ],
)
def test_packagings_agree_in_number(nom: str, quantite: int, dit: str) -> None:
    assert accorder(nom, Decimal(quantite)) == dit


def attendent(**attendus: int) -> list[Attente]:
    return [Attente(cle, cle, i, Decimal(n)) for i, (cle, n) in enumerate(attendus.items())]


def recu(regle: Regle, quantite: int = 60) -> dict[str, Decimal]:
    attentes = attendent(dep=40, sdis=30, sdea=20, vh=10, aub=5)
    partage = repartir(Decimal(quantite), attentes, "palette", regle)
    return {part.siret: part.part for part in partage.parts}


def test_a_short_delivery_follows_the_rule_that_is_given() -> None:
    assert recu(Regle())["sdis"] == 17
    priorite = recu(Regle(Strategie.PRIORITE, classes={"sdis": 1}))
    assert (priorite["sdis"], sum(priorite.values())) == (30, 60)
    planchers = dict.fromkeys(["dep", "sdis", "sdea", "vh", "aub"], Decimal(8))
    assert recu(Regle(Strategie.PLANCHER, planchers=planchers))["aub"] == 5


def test_a_delivery_shared_by_hand_gives_nobody_more_than_it_waits_for() -> None:
    fixees = {"dep": 30, "sdis": 10, "sdea": 10, "vh": 5, "aub": 5}
    regle = Regle(Strategie.MANUELLE, quantites={k: Decimal(v) for k, v in fixees.items()},
                  motif="Le SDIS a du stock")  # fmt: skip
    assert recu(regle) == fixees
    trop = replace(regle, quantites={**regle.quantites, "aub": Decimal(6), "vh": Decimal(4)})
    with pytest.raises(ValidationError) as refus:
        recu(trop)
    assert set(refus.value.champs) == {"parts.0.quantite"}


@given(st.integers(1, 200), st.sampled_from([s for s in Strategie if s != Strategie.MANUELLE]))
def test_I4_a_delivery_is_wholly_shared_whatever_the_rule(
    quantite: int, strategie: Strategie
) -> None:
    regle = Regle(strategie, classes={"sdis": 2, "vh": 3}, planchers={"aub": Decimal(4)})
    assert sum(recu(regle, quantite).values()) == min(quantite, 105)
