"""Packs, minimums and tolerances of one line: the cases that users of other systems reported."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import Consolidation, consolider, exiger_decide
from services.groupement.domain.lignes import Decision
from shared.kernel.errors import DomainError, ValidationError
from shared.kernel.montant import Montant
from tests.unit.groupement.monde import (
    AUB,
    DEP,
    ENVELOPPES,
    LOTS,
    PAPIER,
    SDIS,
    SEL,
    VH,
    besoin,
    conditionnement,
)

DIX_BOITES = replace(ENVELOPPES, minimum=Decimal(10))
CLE = ("ENV-DL", "Privas")


def envelopes(*besoins: tuple[str, str, str], decision: Decision | None = None) -> Consolidation:
    lus = [besoin(s, q, "enveloppe", t, article=DIX_BOITES) for s, q, t in besoins]
    return consolider(LOTS, (DIX_BOITES,), lus, {CLE: decision} if decision else None)


def test_cas_foodsoft_827_a_line_below_the_minimum_waits_for_a_decision() -> None:
    resultat = envelopes((DEP, "3000", "0"), (VH, "900", "200"))
    (ligne,) = resultat.a_decider
    assert (ligne.quantite, ligne.minimum) == (8, 10)
    assert ligne.choix == (Decision.MINIMUM, Decision.RETIRER)
    with pytest.raises(DomainError, match="Enveloppes DL") as refus:
        exiger_decide(resultat)
    assert refus.value.code == "minimum_a_decider"


def test_cas_foodsoft_827_tolerances_top_up_to_the_minimum_when_they_can() -> None:
    resultat = envelopes((DEP, "3000", "600"), (VH, "900", "1200"), decision=Decision.COMPLETER)
    (ligne,) = resultat.lignes
    assert (ligne.quantite, ligne.non_affecte_base) == (10, 0)
    assert ligne.choix == (Decision.COMPLETER, Decision.RETIRER)
    assert {p.siret: p.complement_base for p in ligne.composition} == {
        DEP: Decimal(367),
        VH: Decimal(733),
    }
    exiger_decide(resultat)


def test_cas_foodsoft_827_a_line_may_be_withdrawn_and_keeps_who_asked() -> None:
    resultat = envelopes((DEP, "3000", "0"), (VH, "900", "0"), decision=Decision.RETIRER)
    assert (resultat.lots, resultat.montant_ht) == ((), Montant.zero())
    (retiree,) = resultat.retirees
    assert {part.siret for part in retiree.composition} == {DEP, VH}


def test_cas_OCA_757_what_the_minimum_adds_belongs_to_nobody() -> None:
    resultat = envelopes((DEP, "3000", "100"), (VH, "900", "0"), decision=Decision.MINIMUM)
    (ligne,) = resultat.lignes
    assert (ligne.quantite, ligne.non_affecte_base) == (10, 1000)
    assert [p.complement_base for p in ligne.composition] == [100, 0]


def test_cas_foodsoft_827_a_choice_that_tolerances_cannot_bear_is_refused() -> None:
    with pytest.raises(DomainError) as refus:
        envelopes((DEP, "3000", "100"), decision=Decision.COMPLETER)
    assert refus.value.code == "decision_impossible"


def test_a_decision_is_an_input_and_changes_the_fingerprint() -> None:
    besoins = ((DEP, "3000", "0"),)
    sans, avec = envelopes(*besoins), envelopes(*besoins, decision=Decision.MINIMUM)
    assert sans.empreinte != avec.empreinte


def test_above_the_minimum_nothing_is_to_be_decided() -> None:
    resultat = envelopes((DEP, "5000", "0"), decision=Decision.RETIRER)
    assert not resultat.a_decider
    assert resultat.lignes[0].quantite == 10


def test_a_minimum_is_positive() -> None:
    with pytest.raises(ValidationError) as refus:
        replace(ENVELOPPES, minimum=Decimal())
    assert "minimum" in refus.value.champs


def test_cas_foodsoft_473_tolerances_are_drawn_pro_rata_not_in_order_of_arrival() -> None:
    besoins = [
        besoin(DEP, "400", "enveloppe", "60", article=ENVELOPPES),
        besoin(VH, "10", "enveloppe", "120", article=ENVELOPPES),
    ]
    for ordre in (besoins, besoins[::-1]):
        (ligne,) = consolider(LOTS, (ENVELOPPES,), ordre).lignes
        assert {p.siret: p.complement_base for p in ligne.composition} == {DEP: 30, VH: 60}


def test_cas_foodsoft_474_a_price_per_kilo_is_not_rounded_by_the_order_in_hundreds_of_grams() -> (
    None
):
    epice = Article(
        "CUMIN",
        "Cumin",
        1,
        "kg",
        Decimal("12.345678"),
        (conditionnement("sachet de 100 g", "0.1", "kg"),),
        "sachet de 100 g",
    )
    (ligne,) = consolider(LOTS, (epice,), [besoin(DEP, "3333", "g", article=epice)]).lignes
    assert ligne.quantite == 34
    assert ligne.montant_ht == Montant(Decimal("12.345678") * Decimal("3.4"))


@pytest.mark.parametrize(("saisie", "unite"), [("2500", "g"), ("2.5", "kg"), ("0.0025", "tonne")])
def test_cas_OFN_8171_grams_kilograms_and_tonnes_of_one_article_are_the_same(
    saisie: str, unite: str
) -> None:
    (ligne,) = consolider(LOTS, (SEL,), [besoin(DEP, saisie, unite, article=SEL)]).lignes
    assert (ligne.quantite_base, ligne.unite_base) == (Decimal("2.5"), "kg")


def test_cas_OFN_9843_dimensions_are_never_summed() -> None:
    with pytest.raises(DomainError) as refus:
        consolider(LOTS, (SEL,), [besoin(DEP, "2", "litre", article=SEL)])
    assert refus.value.code == "unite_incompatible"


def test_cas_foodsoft_1094_a_seventh_decimal_is_refused_loudly() -> None:
    with pytest.raises(DomainError) as refus:
        consolider(LOTS, (SEL,), [besoin(DEP, "0.0000001", "kg", article=SEL)])
    assert refus.value.code == "quantite_trop_precise"


@given(st.integers(1, 5000), st.integers(0, 900))
def test_a_pack_is_never_ordered_for_tolerances_alone(ferme: int, tolerance: int) -> None:
    besoins = [
        besoin(DEP, str(ferme), "enveloppe", article=ENVELOPPES),
        besoin(AUB, "0", "enveloppe", str(tolerance), article=ENVELOPPES),
    ]
    (ligne,) = consolider(LOTS, (ENVELOPPES,), besoins).lignes
    assert ligne.quantite == -(-ferme // 500)
    assert {part.siret for part in ligne.composition} == {DEP}


def test_nobody_firm_nothing_to_order() -> None:
    with pytest.raises(DomainError) as refus:
        consolider(LOTS, (PAPIER,), [besoin(SDIS, "0", "palette", "6")])
    assert refus.value.code == "aucun_besoin"
