"""Applying another cutting: where articles go, and whose answer it keeps (D3, D5)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.allotissement import Decoupage, LigneALotir, allotir
from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import LotPrevu, consolider
from services.groupement.domain.decoupage import (
    Participant,
    Plan,
    dire_redemandees,
    exiger_autre,
    exiger_decoupable,
    lignes_a_lotir,
    lots_traces,
    planifier,
    replacer,
    reporter,
)
from services.groupement.domain.suivi import Reponse
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from tests.unit.groupement.monde import DEP, ENVELOPPES, LOTS, PAPIER, SDIS, besoin

DEDANS, DEHORS = Reponse.PARTICIPE, Reponse.DECLINE
PAPIER_CPV = replace(PAPIER, cpv="30197630")
ENVELOPPES_CPV = replace(ENVELOPPES, cpv="30199230")
ARTICLES = {article.code: article for article in (PAPIER_CPV, ENVELOPPES_CPV)}
AUJOURD_HUI = Plan(LOTS, ARTICLES)
FEUILLES, PLIS = ("PAPIER-A4-80", "Privas"), ("ENV-DL", "Privas")


def redecoupe(methode: Decoupage, *besoins: tuple[str, str, str, str]) -> Plan:
    """Cut what is asked for: (member, article, quantity in its own pack, place)."""
    demandes = [
        besoin(s, q, "palette" if a == "PAPIER-A4-80" else "boîte", article=ARTICLES[a], lieu=lieu)
        for s, a, q, lieu in besoins
    ]
    resultat = consolider(LOTS, ARTICLES.values(), demandes)
    return planifier(allotir(lignes_a_lotir(resultat, ARTICLES), methode), ARTICLES)


def test_D5_one_article_delivered_in_two_places_makes_two_lots() -> None:
    plan = redecoupe(
        Decoupage.LIEU,
        (DEP, "PAPIER-A4-80", "40", "Privas"),
        (SDIS, "PAPIER-A4-80", "2", "Tournon"),
        (SDIS, "ENV-DL", "1", "Tournon"),
    )
    assert [lot.numero for lot in plan.lots] == [1, 2]
    assert plan.lot(FEUILLES) == 1
    assert plan.lot(("PAPIER-A4-80", "Tournon")) == plan.lot(("ENV-DL", "Tournon")) == 2
    assert plan.lot(("PAPIER-A4-80", "Le Pouzin")) == 1, "a new place joins the main lot"


def test_D5_each_article_keeps_its_own_cpv_when_one_lot_held_all() -> None:
    unique = redecoupe(
        Decoupage.UNIQUE,
        (DEP, "PAPIER-A4-80", "4", "Privas"),
        (DEP, "ENV-DL", "4", "Privas"),
    )
    assert len(unique.lots) == 1
    resultat = consolider(
        unique.lots,
        unique.articles.values(),
        [
            besoin(DEP, "4", "palette"),
            besoin(DEP, "4", "boîte", article=ENVELOPPES),
        ],
    )
    assert [lot.numero for lot in resultat.lots] == [1]
    lignes = lignes_a_lotir(resultat, unique.articles)
    assert {ligne.cpv for ligne in lignes} == {"30197630", "30199230"}


def test_D5_an_article_nobody_asked_for_follows_its_family() -> None:
    timbres = replace(ENVELOPPES_CPV, code="TIMBRE", cpv="22410000")
    articles = {**ARTICLES, "TIMBRE": timbres}
    lignes = [
        LigneALotir("SEL\tPrivas", "34927100", "Privas", Montant("9")),
        LigneALotir("ENV-DL\tPrivas", "30199230", "Privas", Montant("5")),
    ]
    plan = planifier(
        allotir(lignes, Decoupage.FAMILLE), {**articles, "SEL": replace(timbres, code="SEL")}
    )
    assert plan.articles["PAPIER-A4-80"].lot == plan.articles["ENV-DL"].lot == 1
    assert plan.articles["TIMBRE"].lot == 1
    assert plan.articles["SEL"].lot == 2


def test_an_article_placed_elsewhere_has_another_fingerprint() -> None:
    besoins = [besoin(DEP, "4", "palette", lieu="Tournon")]
    ailleurs = replace(PAPIER_CPV, lots_par_lieu=(("Tournon", 2),))
    ici = consolider(LOTS, [PAPIER_CPV], besoins)
    autre = consolider(LOTS, [ailleurs], besoins)
    assert [lot.numero for lot in autre.lots] == [2]
    assert ici.empreinte != autre.empreinte
    assert ici.lignes == tuple(replace(ligne, lot=1) for ligne in autre.lignes)


def test_the_trace_gives_the_cutting_back() -> None:
    plan = redecoupe(
        Decoupage.LIEU,
        (DEP, "PAPIER-A4-80", "40", "Privas"),
        (SDIS, "PAPIER-A4-80", "2", "Tournon"),
    )
    assert tuple(lots_traces(plan.trace)) == plan.lots
    places = plan.trace["articles"]
    assert {c: replacer(a, places[c]) for c, a in ARTICLES.items()} == plan.articles
    assert replacer(PAPIER, None) == PAPIER


def test_D3_an_answer_that_still_tells_is_carried() -> None:
    unis = redecoupe(
        Decoupage.UNIQUE,
        (DEP, "PAPIER-A4-80", "40", "Privas"),
        (SDIS, "ENV-DL", "2", "Privas"),
    )
    reponses = reporter(
        AUJOURD_HUI,
        unis,
        [
            Participant(DEP, frozenset()),
            Participant(SDIS, frozenset({1}), frozenset({PLIS})),
            Participant("absent", frozenset({1, 2})),
            Participant("sans-besoin", frozenset({2})),
        ],
    )
    assert reponses.par_lot == {
        DEP: {1: DEDANS},
        SDIS: {1: DEDANS},
        "absent": {1: DEHORS},
        "sans-besoin": {1: DEHORS},
    }
    assert reponses.redemandees == {}


def test_D3_an_answer_that_a_lot_mixes_is_asked_again() -> None:
    unis = redecoupe(
        Decoupage.UNIQUE,
        (DEP, "PAPIER-A4-80", "40", "Privas"),
        (SDIS, "ENV-DL", "2", "Privas"),
    )
    partage = Participant(SDIS, frozenset({1}), frozenset({FEUILLES, PLIS}))
    reponses = reporter(AUJOURD_HUI, unis, [partage])
    assert reponses.redemandees == {SDIS: (1,)}
    assert reponses.par_lot[SDIS] == {1: DEHORS}, "silence means out"
    (phrase,) = dire_redemandees(reponses.redemandees, lambda _: "SDIS 07")
    assert phrase == ("SDIS 07\u00a0: le lot 1 mêle des besoins acceptés et des besoins refusés.")
    (deux,) = dire_redemandees({SDIS: (1, 3)}, lambda _: "SDIS 07")
    assert deux == (
        "SDIS 07\u00a0: les lots 1, 3 mêlent des besoins acceptés et des besoins refusés."
    )


LIEUX = ("Privas", "Tournon", "Aubenas")
CODES = ("A", "B", "C", "D")


def article(code: str, lot: int, ailleurs: dict[str, int]) -> Article:
    return replace(
        ENVELOPPES,
        code=code,
        lot=lot,
        cpv="30199230" if code < "C" else "34927100",
        lots_par_lieu=tuple(sorted((x, n) for x, n in ailleurs.items() if n != lot)),
    )


numeros = st.integers(1, 3)
plans = st.dictionaries(
    st.sampled_from(CODES),
    st.tuples(numeros, st.dictionaries(st.sampled_from(LIEUX), numeros)),
    min_size=len(CODES),
).map(
    lambda lus: Plan(
        tuple(LotPrevu(n, f"Lot {n}", "30199230") for n in (1, 2, 3)),
        {code: article(code, *place) for code, place in lus.items()},
    )
)
participants = st.builds(
    Participant,
    st.just(DEP),
    st.frozensets(numeros),
    st.frozensets(st.tuples(st.sampled_from(CODES), st.sampled_from(LIEUX))),
)


@given(plans, plans, participants)
def test_D3_what_is_bought_for_a_member_never_changes_unless_it_is_asked_again(
    avant: Plan, apres: Plan, membre: Participant
) -> None:
    reponses = reporter(avant, apres, [membre])
    redits = reponses.redemandees.get(DEP, ())
    for cle in membre.demandes:
        voulu = avant.lot(cle) not in membre.declines
        achete = reponses.par_lot[DEP][apres.lot(cle)] is DEDANS
        if apres.lot(cle) in redits:
            assert not achete
        else:
            assert achete == voulu


@given(
    st.lists(
        st.tuples(st.sampled_from(CODES), st.sampled_from(LIEUX), st.integers(1, 900)),
        min_size=1,
        unique_by=lambda x: x[:2],
    ),
    st.sampled_from(Decoupage),
)
def test_D5_every_line_sits_in_the_lot_it_was_proposed_in(
    lus: list[tuple[str, str, int]], methode: Decoupage
) -> None:
    articles = {code: article(code, 1, {}) for code in CODES}
    lignes = [
        LigneALotir(f"{code}\t{lieu}", articles[code].cpv, lieu, Montant(Decimal(montant)))
        for code, lieu, montant in lus
    ]
    lots = allotir(lignes, methode, Montant(500))
    plan = planifier(lots, articles)
    assert set(plan.articles) == set(CODES)
    for lot in lots:
        for ligne in lot.lignes:
            code, lieu = ligne.cle.split("\t")
            assert plan.lot((code, lieu)) == lot.numero
    assert {n for a in plan.articles.values() for n in a.lots} <= {x.numero for x in plan.lots}


@pytest.mark.parametrize("etat", EtatAchat)
def test_lots_change_only_between_the_closing_and_the_launch(etat: EtatAchat) -> None:
    if etat in {EtatAchat.RECENSEMENT_CLOS, EtatAchat.CONSOLIDE}:
        exiger_decoupable(etat)
    else:
        with pytest.raises(ConflictError, match="entre la clôture") as refus:
            exiger_decoupable(etat)
        assert refus.value.code == "lots_figes"


def test_the_cutting_in_place_is_not_applied_again() -> None:
    with pytest.raises(ConflictError) as refus:
        exiger_autre(AUJOURD_HUI, AUJOURD_HUI)
    assert refus.value.code == "decoupage_identique"


def test_a_hundred_lots_are_too_many() -> None:
    lignes = [LigneALotir(f"A\tL{n}", "30199230", f"L{n}", Montant(1)) for n in range(100)]
    with pytest.raises(ValidationError) as refus:
        planifier(allotir(lignes, Decoupage.LIEU), {"A": article("A", 1, {})})
    assert refus.value.code == "trop_de_lots"
