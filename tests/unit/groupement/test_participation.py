"""Answers lot by lot, what a lot would cost alone, calls and reminders, conflicts: pure."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.appels import Issue, Plancher, Politique, a_relancer, issue, rappels
from services.groupement.domain.besoins import (
    Canal,
    Changement,
    Connu,
    Mesure,
    Precisions,
    comparer,
    completer,
    declarer,
    lire_declaration,
    motiver,
    perime,
)
from services.groupement.domain.estimation import doublements, estimer
from services.groupement.domain.participation import exiger_engagement, reponses_par_lot
from services.groupement.domain.periodes import PEU_IMPORTE, Periode
from services.groupement.domain.suivi import Reponse
from services.groupement.domain.taches import Tache, ordonner
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from tests.unit.groupement.monde import PAPIER

LOTS = st.sets(st.integers(1, 20), max_size=8)
MIDI = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
MARS = Periode(dt.date(2026, 3, 1), dt.date(2026, 3, 31))


@given(LOTS, LOTS, st.sampled_from([Reponse.PARTICIPE, Reponse.DECLINE]))
def test_D3_every_lot_has_one_answer_and_declining_is_declining_them_all(
    lots: set[int], voulus: set[int], reponse: Reponse
) -> None:
    declines = voulus & lots
    dits = reponses_par_lot(reponse, sorted(lots), declines)
    dehors = {lot for lot, dit in dits.items() if dit is Reponse.DECLINE}
    assert dits.keys() == lots
    assert dehors == (lots if reponse is Reponse.DECLINE else declines)


def test_D3_an_unknown_lot_is_named() -> None:
    with pytest.raises(ValidationError, match="pas de lot 3"):
        reponses_par_lot(Reponse.PARTICIPE, [1, 2], {3})


def test_D3_the_least_commitment_may_equal_the_most() -> None:
    exiger_engagement(Montant(5), Montant(5))
    exiger_engagement(None, Montant(5))
    with pytest.raises(ValidationError):
        exiger_engagement(Montant("5.01"), Montant(5))


QUANTITES = st.integers(1, 10**9).map(Decimal)


@given(QUANTITES, st.integers(0, 10**12).map(Decimal))
def test_a_volume_doubles_as_often_as_powers_of_two_fit(propre: Decimal, autres: Decimal) -> None:
    n = doublements(propre, propre + autres)
    assert propre * 2**n <= propre + autres < propre * 2 ** (n + 1)


@given(QUANTITES, QUANTITES, st.integers(0, 20))
def test_alone_never_costs_less_and_a_stronger_effect_never_brings_it_down(
    propre: Decimal, autres: Decimal, effet: int
) -> None:
    code = PAPIER.code
    lot = estimer([PAPIER], {code: propre}, {code: autres}, effet)[1]
    assert lot.seul >= lot.groupe
    fort = estimer([PAPIER], {code: propre}, {code: autres}, 20)[1]
    assert fort.seul >= lot.seul
    assert fort.groupe == lot.groupe


def test_an_estimate_of_nothing_is_empty_and_a_mad_hypothesis_is_refused() -> None:
    assert estimer([PAPIER], {}, {PAPIER.code: Decimal(5)}) == {}
    with pytest.raises(ValidationError):
        estimer([PAPIER], {}, {}, 21)


def test_reminders_are_planned_inside_the_call_only() -> None:
    assert rappels(MIDI, MIDI + dt.timedelta(days=9)).keys() == {7, 2}
    assert rappels(MIDI, MIDI + dt.timedelta(days=7)).keys() == {2}
    assert rappels(MIDI, MIDI + dt.timedelta(hours=3)) == {}


def test_a_member_is_reminded_once_a_day_in_paris() -> None:
    avant_minuit = dt.datetime(2026, 3, 2, 22, 30, tzinfo=dt.UTC)  # 23:30 in Paris
    derniers = {"A": dt.date(2026, 3, 2)}
    assert a_relancer(["B", "A"], derniers, avant_minuit) == ["B"]
    assert a_relancer(["B", "A"], derniers, avant_minuit + dt.timedelta(hours=1)) == ["A", "B"]


def test_cas_foodsoft_858_what_the_closing_comes_to() -> None:
    prolonge = Plancher(Montant(100), Politique.PROLONGER, 5)
    annule = Plancher(Montant(100), Politique.ANNULER)
    assert issue(None, Montant(0), deja_prolonge=False) is Issue.CLORE
    assert issue(prolonge, Montant(100), deja_prolonge=False) is Issue.CLORE
    assert issue(prolonge, Montant("99.99"), deja_prolonge=False) is Issue.PROLONGER
    assert issue(prolonge, Montant("99.99"), deja_prolonge=True) is Issue.CLORE
    assert issue(annule, Montant("99.99"), deja_prolonge=False) is Issue.ANNULER


def connu(quantite: int = 5, version: int = 3, **champs: object) -> Connu:
    dite = declarer(PAPIER, Decimal(quantite), "palette", Decimal(), "Privas")
    dite = completer(None, replace(dite, **champs))
    return Connu(dite, version, Mesure(dite.quantite * 60_000, Decimal()))


def voulue(quantite: int = 5, **champs: object) -> object:
    return replace(declarer(PAPIER, Decimal(quantite), "palette", Decimal(), "Privas"), **champs)


def test_D4_a_need_is_outdated_only_when_it_moved_to_another_value() -> None:
    assert perime(connu(6), 2, voulue(5))
    assert not perime(connu(6), 3, voulue(5))
    assert not perime(connu(5), 2, voulue(5))
    assert not perime(connu(6), None, voulue(5))
    assert not perime(None, 0, voulue(5))


def test_D4_what_is_not_said_stays_and_what_is_said_empty_goes() -> None:
    su = connu(5, souhaite=MARS, imputation="6064")
    tu = completer(su, voulue(6))
    assert (tu.souhaite, tu.imputation) == (MARS, "6064")
    dit = completer(su, voulue(5, souhaite=PEU_IMPORTE, imputation=""))
    assert (dit.souhaite, dit.imputation) == (PEU_IMPORTE, "")
    assert comparer(su, voulue(5)) is Changement.IDENTIQUE
    assert comparer(su, voulue(5, imputation="6068")) is Changement.MODIFICATION


def test_cas_foodsoft_154_zero_needs_a_reason_from_people_not_from_software() -> None:
    with pytest.raises(ValidationError) as refus:
        motiver(connu(), voulue(0), Canal.FORMULAIRE)
    assert refus.value.code == "motif_requis"
    assert motiver(connu(), voulue(0), Canal.API).motif == "Retiré par le logiciel du membre"
    assert motiver(connu(), voulue(0, motif=" stock "), Canal.TABLEUR).motif == "stock"
    assert motiver(connu(), voulue(4, motif="oubli"), Canal.TABLEUR).motif == ""
    assert comparer(connu(0), voulue(0, motif="encore")) is Changement.IDENTIQUE


def test_a_tolerance_of_its_own_column_may_not_contradict_the_range() -> None:
    def lire(quantite: str, tolerance: str) -> Decimal:
        precisions = Precisions(tolerance=tolerance)
        return lire_declaration(PAPIER, quantite, "palette", None, precisions).tolerance

    assert lire("5", "2") == lire("5 à 7", "") == lire("5 à 7", "2") == 2
    with pytest.raises(ValidationError) as refus:
        lire("5 à 7", "3")
    assert refus.value.code == "tolerance_double"
    with pytest.raises(ValidationError) as refus:
        lire("5", "un peu")
    assert "tolerance" in refus.value.champs


def test_a_budget_line_is_tidied_and_bounded() -> None:
    lue = lire_declaration(PAPIER, "5", None, None, Precisions(imputation="  6064   fournitures "))
    assert lue.imputation == "6064 fournitures"
    with pytest.raises(ValidationError) as refus:
        lire_declaration(PAPIER, "5", None, None, Precisions(imputation="x" * 61))
    assert "imputation" in refus.value.champs


def test_tasks_go_by_due_date_and_those_without_come_last() -> None:
    tard, tot, jamais = (
        Tache("A", "", "/a", MIDI + dt.timedelta(days=1)),
        Tache("B", "", "/b", MIDI),
        Tache("C", "", "/c"),
    )
    assert ordonner([jamais, tard, tot]) == [tot, tard, jamais]
    assert tot.en_retard(MIDI + dt.timedelta(seconds=1))
    assert not jamais.en_retard(MIDI)
    assert not replace(tot, faite=True).en_retard(MIDI + dt.timedelta(days=1))
