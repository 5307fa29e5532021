"""Strategies of sharing: D8, I4, I5 and the cases of shortage."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.repartition import (
    Demande,
    Part,
    Regle,
    Strategie,
    empreinte,
    repartir,
)
from shared.kernel.errors import ValidationError

UN = Decimal(1)
STORY = {"dep": 40, "sdis": 30, "sdea": 20, "vh": 10, "aub": 5}


def espaces(texte: str) -> str:
    return texte.replace("\u00a0", " ").replace("\u202f", " ")


def demandes(poids: dict[str, int], **champs: dict[str, int]) -> list[Demande]:
    propres = {
        cle: {
            nom: valeurs[cle] if nom == "classe" else Decimal(valeurs[cle])
            for nom, valeurs in champs.items()
            if cle in valeurs
        }
        for cle in poids
    }
    return [Demande(cle, Decimal(p), **propres[cle]) for cle, p in poids.items()]  # type: ignore[arg-type]


def quantites(parts: list[Part]) -> dict[str, Decimal]:
    return {part.cle: part.quantite for part in parts}


def champs(*args: object, **options: object) -> dict[str, str]:
    with pytest.raises(ValidationError) as refus:
        repartir(*args, **options)  # type: ignore[arg-type]
    return refus.value.champs


def test_D8_sixty_of_105_are_shared_23_17_11_6_3_with_the_reason() -> None:
    parts = repartir(Decimal(60), UN, demandes(STORY), unite="palettes")
    assert list(quantites(parts).values()) == [23, 17, 11, 6, 3]
    assert espaces(parts[0].motif) == (
        "40 sur 105 : la part exacte de 60 palettes est ≈ 22,857 ; le 2ᵉ plus fort reste (≈ 0,857) "
        "donne une unité de plus ; part : 23."
    )
    assert parts[0].exact == "22.85714285714285714285714286"
    assert (parts[0].plancher, parts[0].bonus, parts[0].rang) == (22, 1, 2)
    assert parts[0].reste == Fraction(6, 7)


def test_cas_foodsoft_764_the_first_to_ask_takes_nothing_from_the_others() -> None:
    premiers = repartir(Decimal(60), UN, demandes(STORY))
    derniers = repartir(Decimal(60), UN, demandes(dict(reversed(STORY.items()))))
    assert quantites(premiers) == quantites(derniers)
    assert all(part.quantite for part in premiers)


def test_a_quantum_may_be_any_step() -> None:
    parts = repartir(Decimal(10), Decimal("2.5"), demandes({"a": 1, "b": 1, "c": 1}))
    assert quantites(parts) == {"a": Decimal(5), "b": Decimal("2.5"), "c": Decimal("2.5")}
    assert "donne un pas de 2,5 de plus" in parts[0].motif
    assert "ne donne pas de pas de 2,5 de plus" in parts[2].motif


def test_a_weight_of_zero_gets_nothing() -> None:
    parts = repartir(Decimal(7), UN, demandes({"a": 0, "b": 2}))
    assert quantites(parts) == {"a": 0, "b": 7}


def test_priority_serves_the_first_class_before_the_others() -> None:
    classes = {"sdis": 1, "dep": 2, "sdea": 2, "vh": 2, "aub": 3}
    parts = repartir(Decimal(60), UN, demandes(STORY, classe=classes), Strategie.PRIORITE)
    assert quantites(parts) == {"dep": 17, "sdis": 30, "sdea": 9, "vh": 4, "aub": 0}
    motifs = {part.cle: espaces(part.motif) for part in parts}
    assert motifs["sdis"].startswith("Classe 1, servie la première.")
    assert motifs["dep"].startswith("Classe 2 : il reste 30 après les classes précédentes.")
    assert motifs["aub"].startswith("Classe 3 : il ne reste rien après les classes précédentes.")


def test_floors_are_served_before_the_rest() -> None:
    planchers = dict.fromkeys(STORY, 3)
    parts = repartir(Decimal(60), UN, demandes(STORY, plancher=planchers), Strategie.PLANCHER)
    assert quantites(parts) == {"dep": 22, "sdis": 16, "sdea": 12, "vh": 6, "aub": 4}
    assert espaces(parts[0].motif).startswith("Plancher : 3. Au-delà, 37 sur 90")
    assert espaces(parts[0].motif).endswith("En tout : 22.")


def test_floors_that_exceed_the_total_are_cut_pro_rata() -> None:
    parts = repartir(
        Decimal(4),
        UN,
        demandes({"a": 9, "b": 9}, plancher={"a": 6, "b": 2}),
        Strategie.PLANCHER,
    )
    assert quantites(parts) == {"a": 3, "b": 1}
    assert "dépasse le total" in parts[0].motif


def test_figures_fixed_by_hand_keep_the_computed_share_beside() -> None:
    parts = repartir(
        Decimal(60),
        UN,
        demandes(STORY, quantite={"dep": 25, "sdis": 15, "sdea": 11, "vh": 6, "aub": 3}),
        Strategie.MANUELLE,
        motif="Le SDIS a du stock.",
    )
    assert quantites(parts)["dep"] == 25
    assert espaces(parts[0].motif) == (
        "Part fixée à la main : 25. Motif : Le SDIS a du stock. Le prorata aurait donné 23."
    )


@pytest.mark.parametrize(
    ("total", "quantum", "parts", "fautifs"),
    [
        ("60", "0", {"a": 1}, {"quantum"}),
        ("60", "-1", {"a": 1}, {"quantum"}),
        ("60", "NaN", {"a": 1}, {"quantum"}),
        ("-1", "1", {"a": 1}, {"total"}),
        ("Infinity", "1", {"a": 1}, {"total"}),
        ("7", "2", {"a": 1}, {"total"}),
        ("60", "1", {"a": 0, "b": 0}, {"parts"}),
        ("60", "1", {}, {"parts"}),
        ("60", "1", {"a": 1, "b": -1}, {"parts.1.poids"}),
        ("7", "2", {"a": -1, "b": 1, "c": -2}, {"total", "parts.0.poids", "parts.2.poids"}),
    ],
)
def test_what_cannot_be_shared_names_every_faulty_field(
    total: str, quantum: str, parts: dict[str, int], fautifs: set[str]
) -> None:
    assert set(champs(Decimal(total), Decimal(quantum), demandes(parts))) == fautifs


def test_a_key_given_twice_is_named() -> None:
    doubles = [Demande("a", UN), Demande("b", UN), Demande("a", UN)]
    assert set(champs(UN, UN, doubles)) == {"parts.2.cle"}


@pytest.mark.parametrize("strategie", [Strategie.PRIORITE, Strategie.PLANCHER])
def test_a_strategy_of_demands_never_gives_more_than_asked(strategie: Strategie) -> None:
    assert set(champs(Decimal(9), UN, demandes({"a": 4, "b": 4}), strategie)) == {"total"}
    brise = [Demande("a", Decimal("4.5")), Demande("b", Decimal(4))]
    assert set(champs(Decimal(8), UN, brise, strategie)) == {"parts.0.poids"}


def test_a_floor_lies_between_zero_and_the_demand() -> None:
    trop = demandes({"a": 4, "b": 4}, plancher={"a": 5, "b": -1})
    assert set(champs(Decimal(8), UN, trop, Strategie.PLANCHER)) == {
        "parts.0.plancher",
        "parts.1.plancher",
    }
    brise = [Demande("a", Decimal(4), plancher=Decimal("0.5"))]
    assert set(champs(Decimal(4), UN, brise, Strategie.PLANCHER)) == {"parts.0.plancher"}


def test_figures_fixed_by_hand_want_a_reason_and_an_exact_sum() -> None:
    fixees = demandes({"a": 4, "b": 4}, quantite={"a": 5, "b": 2})
    assert set(champs(Decimal(8), UN, fixees, Strategie.MANUELLE)) == {"motif"}
    assert set(champs(Decimal(8), UN, fixees, Strategie.MANUELLE, motif="Accord")) == {"total"}
    assert set(champs(Decimal(8), UN, demandes({"a": 4}), Strategie.MANUELLE, motif="Accord")) == {
        "parts.0.quantite"
    }
    brise = [Demande("a", UN, quantite=Decimal("0.5"))]
    assert set(champs(UN, UN, brise, Strategie.MANUELLE, motif="Accord")) == {"parts.0.quantite"}


def test_the_rule_of_a_convention_reads_each_members_figures() -> None:
    regle = Regle(Strategie.PLANCHER, planchers={"a": Decimal(3), "b": Decimal(3)})
    lues = regle.demandes({"a": Decimal(10), "b": Decimal(2), "c": Decimal(5)})
    assert [d.plancher for d in lues] == [3, 2, 0]
    assert [d.classe for d in Regle(classes={"b": 1}).demandes({"a": UN, "b": UN})] == [2, 1]


def test_I2_the_fingerprint_ignores_order_and_writing_but_nothing_else() -> None:
    parts = demandes(STORY)
    reference = empreinte(Decimal(60), UN, parts, Strategie.PRORATA, "")
    assert empreinte(Decimal("60.0"), UN, parts[::-1], Strategie.PRORATA, "") == reference
    assert empreinte(Decimal(61), UN, parts, Strategie.PRORATA, "") != reference
    assert empreinte(Decimal(60), UN, parts, Strategie.PRIORITE, "") != reference
    assert reference.startswith("sha256:")


def test_I4_ten_thousand_random_sharings_are_exact_to_the_quantum() -> None:
    hasard = random.Random(60)
    quanta = [Decimal(q) for q in ("1", "0.5", "12", "0.01", "2.5", "0.000001", "7")]
    for _ in range(10_000):
        quantum = hasard.choice(quanta)
        total = quantum * hasard.randint(0, 10**6)
        parts = [
            Demande(str(i), Decimal(hasard.randint(0, 10**6)).scaleb(-hasard.randint(0, 6)))
            for i in range(hasard.randint(1, 12))
        ]
        if not any(part.poids for part in parts):
            continue
        faites = repartir(total, quantum, parts)
        assert sum(part.quantite for part in faites) == total
        assert all((part.quantite / quantum) % 1 == 0 for part in faites)


@st.composite
def demandes_entieres(tirer: st.DrawFn) -> tuple[int, list[Demande]]:
    poids = tirer(
        st.dictionaries(st.text(max_size=3), st.integers(0, 500), min_size=1, max_size=8).filter(
            lambda p: any(p.values())
        )
    )
    total = tirer(st.integers(0, sum(poids.values())))
    parts = [
        Demande(
            cle,
            Decimal(p),
            classe=tirer(st.integers(1, 3)),
            plancher=Decimal(tirer(st.integers(0, p))),
        )
        for cle, p in poids.items()
    ]
    return total, parts


@given(
    demandes_entieres(),
    st.sampled_from([Strategie.PRORATA, Strategie.PRIORITE, Strategie.PLANCHER]),
    st.randoms(),
)
def test_I4_whatever_the_strategy_the_whole_total_is_shared_and_order_is_nothing(
    tirage: tuple[int, list[Demande]], strategie: Strategie, hasard: random.Random
) -> None:
    total, parts = tirage
    faites = repartir(Decimal(total), UN, parts, strategie)
    assert sum(part.quantite for part in faites) == total
    for demande, part in zip(parts, faites, strict=True):
        assert 0 <= part.quantite <= demande.poids
        assert part.quantite == part.plancher + part.bonus
        assert part.exacte == Fraction(part.plancher) + part.reste
        assert abs(Fraction(part.quantite) - part.exacte) < 1
    melangees = hasard.sample(parts, len(parts))
    assert quantites(repartir(Decimal(total), UN, melangees, strategie)) == quantites(faites)


@given(demandes_entieres())
def test_a_class_waits_until_the_ones_before_it_have_everything(
    tirage: tuple[int, list[Demande]],
) -> None:
    total, parts = tirage
    faites = repartir(Decimal(total), UN, parts, Strategie.PRIORITE)
    servies = [(d.classe, p.quantite, d.poids) for d, p in zip(parts, faites, strict=True)]
    for classe, recu, _ in servies:
        if recu:
            assert all(q == demande for c, q, demande in servies if c < classe)


@given(demandes_entieres())
def test_every_floor_is_kept_when_the_total_allows_it(
    tirage: tuple[int, list[Demande]],
) -> None:
    total, parts = tirage
    faites = repartir(Decimal(total), UN, parts, Strategie.PLANCHER)
    if sum(d.plancher for d in parts) <= total:
        assert all(p.quantite >= d.plancher for d, p in zip(parts, faites, strict=True))
