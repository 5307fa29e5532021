import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.clauses import STRATEGIES
from services.groupement.domain.conventions import (
    Adhesion,
    Convention,
    EtatAdhesion,
    EtatConvention,
    exiger_arrivee_permise,
    exiger_consulte,
    exiger_executoire,
    exiger_unanimite,
)
from services.groupement.domain.retraits import (
    Preneur,
    exiger_retrait_possible,
    fin_du_preavis,
    proposer,
)
from services.groupement.domain.strategies import Strategie
from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError

DEBUT = dt.date(2026, 1, 5)
NOTIFIE = dt.date(2026, 6, 1)
SORTIE = dt.date(2026, 12, 1)
PARTANT = Adhesion("sdis", "SDIS", DEBUT, DEBUT, SORTIE, NOTIFIE)


def convention(*adhesions: Adhesion) -> Convention:
    pilote = Adhesion("dep", "DEP", DEBUT, DEBUT)
    return Convention(
        "Groupement", 1, EtatConvention.EN_VIGUEUR, "dep", DEBUT, None, (pilote, *adhesions)
    )


def test_regles_2_withdrawal_notified_on_1_june_2026_is_on_notice_then_out() -> None:
    assert PARTANT.etat(NOTIFIE - dt.timedelta(days=1)) is EtatAdhesion.ADHERENT
    assert PARTANT.etat(NOTIFIE) is EtatAdhesion.RETRAIT_NOTIFIE
    assert PARTANT.etat(SORTIE - dt.timedelta(days=1)) is EtatAdhesion.RETRAIT_NOTIFIE
    assert PARTANT.etat(SORTIE) is EtatAdhesion.RETIRE


def test_D2b_the_notice_of_the_convention_is_counted_in_months() -> None:
    sejour = Adhesion("sdis", "SDIS", DEBUT, DEBUT)
    assert fin_du_preavis(sejour, NOTIFIE, 6) == SORTIE
    assert fin_du_preavis(sejour, dt.date(2026, 8, 31), 6) == dt.date(2027, 2, 28)
    assert fin_du_preavis(sejour, NOTIFIE, 0) == dt.date(2026, 6, 2)


def test_D2b_a_member_on_notice_answers_no_new_call_and_is_in_no_launch() -> None:
    groupe = convention(PARTANT)
    assert [a.siret for a in groupe.consultes(NOTIFIE)] == ["dep"]
    with pytest.raises(ConflictError) as refus:
        exiger_consulte(groupe, "sdis", NOTIFIE)
    assert refus.value.code == "retrait_notifie"
    with pytest.raises(ConflictError, match="rouvrez le recensement"):
        exiger_executoire(groupe, ["sdis"], NOTIFIE)
    exiger_executoire(groupe, ["sdis"], NOTIFIE - dt.timedelta(days=1))
    with pytest.raises(ForbiddenError):
        exiger_consulte(groupe, "inconnu", NOTIFIE)


def test_D2b_who_may_leave() -> None:
    sdis = Adhesion("sdis", "SDIS", DEBUT, DEBUT)
    assert exiger_retrait_possible(convention(sdis), "sdis", NOTIFIE, NOTIFIE) == sdis
    for siret, groupe in (
        ("dep", convention(sdis)),
        ("sdis", convention(PARTANT)),
        ("inconnu", convention()),
        ("sdis", convention(Adhesion("sdis", "SDIS"))),
    ):
        with pytest.raises(ConflictError):
            exiger_retrait_possible(groupe, siret, NOTIFIE, NOTIFIE)
    for jour in (NOTIFIE + dt.timedelta(days=1), DEBUT - dt.timedelta(days=1)):
        with pytest.raises(ValidationError):
            exiger_retrait_possible(convention(sdis), "sdis", jour, NOTIFIE)


def test_rejoining_opens_a_new_interval() -> None:
    retour = Adhesion("sdis", "SDIS", dt.date(2027, 2, 1), dt.date(2027, 3, 1))
    groupe = convention(PARTANT, retour)
    assert groupe.sejour("sdis", dt.date(2026, 3, 1)) == PARTANT
    assert groupe.sejour("sdis", dt.date(2027, 4, 1)) == retour
    assert convention(PARTANT).sejour("sdis", dt.date(2027, 4, 1)) == PARTANT


def test_D2a_a_newcomer_enters_purchases_created_after_it_when_clauses_say_so() -> None:
    exiger_arrivee_permise(DEBUT, DEBUT, achats_suivants=True)
    exiger_arrivee_permise(NOTIFIE, DEBUT, achats_suivants=False)
    with pytest.raises(ConflictError) as refus:
        exiger_arrivee_permise(NOTIFIE, DEBUT, achats_suivants=True)
    assert refus.value.code == "arrivee_tardive"


def test_an_amendment_waits_for_every_signature() -> None:
    signe = Adhesion("sdis", "SDIS", DEBUT, NOTIFIE)
    exiger_unanimite([signe], NOTIFIE)
    with pytest.raises(ConflictError, match="SDIS"):
        exiger_unanimite([signe], NOTIFIE - dt.timedelta(days=1))
    with pytest.raises(ConflictError, match="SDEA"):
        exiger_unanimite([signe, Adhesion("sdea", "SDEA")], NOTIFIE)


PRENEURS = st.lists(
    st.builds(
        Preneur, st.text("abcdef", min_size=1), st.integers(0, 900).map(Decimal), st.booleans()
    ),
    max_size=8,
    unique_by=lambda p: p.siret,
)


@given(st.decimals("0.01", 3000, places=2), PRENEURS, st.sampled_from(STRATEGIES))
def test_D2b_a_share_is_proposed_whole_to_those_who_stay(
    reste: Decimal, preneurs: list[Preneur], strategie: Strategie
) -> None:
    propositions = proposer(reste, preneurs, strategie, "palettes")
    if any(p.quota for p in preneurs):
        assert sum(p.quantite for p in propositions) == reste
        assert {p.siret for p in propositions} == {p.siret for p in preneurs}
        assert all(p.motif for p in propositions)
    else:
        assert propositions == ()


def test_D2b_thirty_pallets_of_the_sdis_are_proposed_by_the_strategy_of_the_convention() -> None:
    preneurs = [
        Preneur("dep", Decimal(40)),
        Preneur("sdea", Decimal(20), epuise=True),
        Preneur("vh", Decimal(10)),
        Preneur("aub", Decimal(5)),
    ]

    def parts(strategie: Strategie) -> list[int]:
        return [int(p.quantite) for p in proposer(Decimal(30), preneurs, strategie)]

    assert parts(Strategie.PRORATA) == [16, 8, 4, 2]
    assert parts(Strategie.PRIORITE) == [7, 20, 2, 1]
    assert parts(Strategie.PLANCHER) == [15, 8, 4, 3]


def test_regles_2_adhesion_of_10_may_is_out_of_the_procedure_of_1_may_and_in_the_next() -> None:
    tardif = Adhesion("aub", "AUB", dt.date(2026, 5, 10), dt.date(2026, 5, 10))
    groupe = convention(tardif)
    with pytest.raises(ConflictError):
        exiger_executoire(groupe, ["aub"], dt.date(2026, 5, 1))
    exiger_executoire(groupe, ["aub"], dt.date(2026, 5, 10))
