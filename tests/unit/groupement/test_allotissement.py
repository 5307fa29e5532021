"""Lots: rules of allotment, the small-lot exception, hints for SMEs."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.allotissement import (
    Decoupage,
    LigneALotir,
    MotifLotUnique,
    allotir,
    examiner,
    exiger_motif,
)
from services.groupement.domain.petits_lots import choisir_petits_lots, petits_lots
from services.groupement.domain.seuils import Cadre
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres

PARAMETRES = Parametres.depuis_yaml()
MAI = dt.date(2026, 5, 2)
COLLECTIVITE = ClasseAcheteur.COLLECTIVITE


def cadre(nature: Nature = Nature.SERVICES) -> Cadre:
    return Cadre(PARAMETRES, MAI, COLLECTIVITE, nature)


def montants(*euros: str) -> dict[int, Montant]:
    return {n: Montant(m) for n, m in enumerate(euros, start=1)}


def ligne(cle: str, cpv: str, lieu: str, montant: str) -> LigneALotir:
    return LigneALotir(cle, cpv, lieu, Montant(montant))


LIGNES = [
    ligne("papier-privas", "30197630", "Privas", "30000"),
    ligne("papier-aubenas", "30197630", "Aubenas", "20000"),
    ligne("encre", "30125110", "Privas", "15000"),
    ligne("sel", "34927100", "Aubenas", "90000"),
]


def coupe(*args: object) -> list[tuple[str, list[str]]]:
    lots = allotir(LIGNES, *args)  # type: ignore[arg-type]
    return [(lot.cpv, [x.cle for x in lot.lignes]) for lot in lots]


def test_one_lot_by_family_is_one_by_cpv_group() -> None:
    assert coupe(Decoupage.FAMILLE) == [
        ("30100000", ["encre", "papier-aubenas", "papier-privas"]),
        ("34927100", ["sel"]),
    ]


def test_one_lot_by_place() -> None:
    assert coupe(Decoupage.LIEU) == [
        ("34927100", ["papier-aubenas", "sel"]),
        ("30100000", ["encre", "papier-privas"]),
    ]


def test_lots_under_a_ceiling_never_break_a_line() -> None:
    assert [cles for _, cles in coupe(Decoupage.MONTANT, Montant(40_000))] == [
        ["encre", "papier-aubenas"],
        ["papier-privas"],
        ["sel"],
    ]


def test_one_lot_only() -> None:
    assert [len(cles) for _, cles in coupe(Decoupage.UNIQUE)] == [4]
    assert allotir([], Decoupage.UNIQUE) == ()


@pytest.mark.parametrize("plafond", [None, Montant.zero()])
def test_a_ceiling_is_asked_for_when_it_makes_the_lots(plafond: Montant | None) -> None:
    with pytest.raises(ValidationError) as refus:
        allotir(LIGNES, Decoupage.MONTANT, plafond)
    assert set(refus.value.champs) == {"plafond"}


@pytest.mark.parametrize(
    ("nature", "lots", "eligibles", "cumul_max", "acceptees", "refusees"),
    [
        (
            Nature.SERVICES,
            ("180000", "60000", "20000"),
            (2, 3),
            "52000.00",
            [{3}],
            [{2}, {2, 3}, {1}],
        ),
        (
            Nature.SERVICES,
            ("300000", "79999", "20001"),
            (2, 3),
            "80000.00",
            [{2}, {3}],
            [{2, 3}],
        ),
        (Nature.SERVICES, ("400000", "80000"), (), "96000.00", [], [{2}]),
        (
            Nature.TRAVAUX,
            ("6000000", "900000", "400000"),
            (2, 3),
            "1460000.00",
            [{2}, {3}, {2, 3}],
            [{1}],
        ),
    ],
)
def test_regles_3_small_lots(
    *,
    nature: Nature,
    lots: tuple[str, ...],
    eligibles: tuple[int, ...],
    cumul_max: str,
    acceptees: list[set[int]],
    refusees: list[set[int]],
) -> None:
    petits = petits_lots(cadre(nature), montants(*lots))
    assert petits.applicable
    assert petits.eligibles == eligibles
    assert str(petits.cumul_max) == cumul_max
    for choix in acceptees:
        assert choisir_petits_lots(petits, choix) == petits.cumul(choix)
    for choix in refusees:
        with pytest.raises(ValidationError):
            choisir_petits_lots(petits, choix)


def test_regles_3_only_the_lot_of_20_000_may_be_adapted() -> None:
    petits = petits_lots(cadre(), montants("180000", "60000", "20000"))
    assert petits.possibles == (3,)
    assert "52\u202f000,00" in petits.phrase
    assert "20\u00a0%" in petits.phrase


@pytest.mark.parametrize(
    ("lots", "choix", "code"),
    [
        (("180000", "60000", "20000"), [2, 3], "cumul_depasse"),
        (("180000", "60000", "20000"), [1], "lot_non_eligible"),
        (("180000", "60000", "20000"), [4], "lot_inconnu"),
        (("50000", "20000"), [2], "petits_lots_sans_objet"),
    ],
)
def test_a_choice_of_small_lots_is_refused_with_its_reason(
    lots: tuple[str, ...], choix: list[int], code: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        choisir_petits_lots(petits_lots(cadre(), montants(*lots)), choix)
    assert refus.value.code == code
    assert set(refus.value.champs) == {"petits_lots"}


def test_the_exception_means_nothing_below_the_formal_threshold() -> None:
    petits = petits_lots(cadre(), montants("50000", "20000"))
    assert (petits.applicable, petits.eligibles) == (False, ())
    assert "sans objet" in petits.phrase
    assert choisir_petits_lots(petits, []) == Montant.zero()


def test_the_threshold_is_checked_on_the_sum_of_all_lots() -> None:
    lots = allotir([ligne("a", "30197630", "Privas", "120000"),
                    ligne("b", "79800000", "Privas", "96000")], Decoupage.FAMILLE)  # fmt: skip
    examen = examiner(cadre(), lots)
    assert examen.verification.groupe.procedure == "FORMALISEE"
    assert {p.procedure for p in examen.verification.lots.values()} == {"MAPA"}
    assert str(examen.montant_ht) == "216000.00"


def test_a_lot_above_90_000_is_advised_to_be_cut() -> None:
    lots = allotir([ligne("a", "30197630", "Privas", "90000"),
                    ligne("b", "79800000", "Privas", "90000.01")], Decoupage.FAMILLE)  # fmt: skip
    conseils = examiner(cadre(), lots).conseils
    assert set(conseils) == {2}
    assert "Envisagez un découpage" in conseils[2]


PRECISION = "Un même véhicule livre les deux sites."


@pytest.mark.parametrize("motif", [m for m in MotifLotUnique if m != MotifLotUnique.INFRUCTUEUX])
def test_regles_3_one_lot_only_is_motivated(motif: MotifLotUnique) -> None:
    exiger_motif(1, motif, PRECISION, COLLECTIVITE)
    exiger_motif(1, MotifLotUnique.INFRUCTUEUX, PRECISION, ClasseAcheteur.ENTITE_ADJUDICATRICE)
    exiger_motif(2, None, "", COLLECTIVITE)


@pytest.mark.parametrize(
    ("motif", "precision", "champ"),
    [
        (None, PRECISION, "motif"),
        (MotifLotUnique.PILOTAGE, "  ", "precision"),
        (MotifLotUnique.INFRUCTUEUX, PRECISION, "motif"),
    ],
)
def test_regles_3_one_lot_only_without_a_valid_reason_is_refused(
    motif: MotifLotUnique | None, precision: str, champ: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        exiger_motif(1, motif, precision, COLLECTIVITE)
    assert set(refus.value.champs) == {champ}


LIGNES_ALEATOIRES = st.lists(
    st.builds(
        LigneALotir,
        st.uuids().map(str),
        st.from_regex("[0-9]{8}", fullmatch=True),
        st.sampled_from(["Privas", "Aubenas", "Annonay"]),
        st.integers(0, 10**7).map(Montant),
    ),
    max_size=15,
)


@given(LIGNES_ALEATOIRES, st.sampled_from(Decoupage), st.integers(1, 10**6), st.randoms())
def test_I2_every_line_is_in_one_lot_whatever_the_order(
    lignes: list[LigneALotir], decoupage: Decoupage, plafond: int, hasard: random.Random
) -> None:
    lots = allotir(lignes, decoupage, Montant(plafond))
    assert sorted(x.cle for lot in lots for x in lot.lignes) == sorted(x.cle for x in lignes)
    assert [lot.numero for lot in lots] == list(range(1, len(lots) + 1))
    assert allotir(hasard.sample(lignes, len(lignes)), decoupage, Montant(plafond)) == lots
    if decoupage is Decoupage.MONTANT:
        assert all(lot.montant_ht <= Montant(plafond) or len(lot.lignes) == 1 for lot in lots)


@given(st.lists(st.integers(1, 400_000), min_size=1, max_size=6), st.data())
def test_an_accepted_choice_keeps_to_both_limits(euros: list[int], tirage: st.DataObject) -> None:
    lots = {n: Montant(m) for n, m in enumerate(euros, start=1)}
    choix = tirage.draw(st.sets(st.sampled_from(sorted(lots)), min_size=1))
    petits = petits_lots(cadre(), lots)
    permis = (
        sum(euros) >= 216_000
        and all(lots[n] < Montant(80_000) for n in choix)
        and sum(lots[n].decimal for n in choix) * 5 <= sum(euros)
    )
    try:
        choisir_petits_lots(petits, choix)
    except ValidationError:
        assert not permis
    else:
        assert permis
