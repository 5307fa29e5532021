import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.achats import (
    CHEMIN,
    EtatAchat,
    EtatBesoin,
    etat_besoin,
    exiger_coordonnateur,
    exiger_recensement_ouvert,
    franchir,
    passe,
    suivants,
)
from shared.kernel.errors import ConflictError, ForbiddenError

MIDI = dt.datetime(2026, 1, 26, 11, tzinfo=dt.UTC)


def test_the_way_forward_is_the_one_of_the_product() -> None:
    assert [etat.value for etat in CHEMIN] == [
        "PROJET",
        "RECENSEMENT_OUVERT",
        "RECENSEMENT_CLOS",
        "CONSOLIDE",
        "LANCE",
        "ATTRIBUE",
        "NOTIFIE",
        "EN_EXECUTION",
        "SOLDE",
    ]


def test_only_one_edge_goes_back() -> None:
    retours = {
        (depuis, vers)
        for depuis in CHEMIN
        for vers in suivants(depuis)
        if vers in CHEMIN and CHEMIN.index(vers) < CHEMIN.index(depuis)
    }
    assert retours == {(EtatAchat.CONSOLIDE, EtatAchat.RECENSEMENT_OUVERT)}


def test_a_purchase_is_abandoned_before_its_contract_is_notified_only() -> None:
    abandonnables = {etat for etat in EtatAchat if EtatAchat.ABANDONNE in suivants(etat)}
    assert abandonnables == set(CHEMIN[:6])


@given(st.sampled_from(EtatAchat), st.sampled_from(EtatAchat))
def test_a_step_is_taken_or_refused_with_both_names(depuis: EtatAchat, vers: EtatAchat) -> None:
    if vers in suivants(depuis):
        assert franchir(depuis, vers) is vers
        return
    with pytest.raises(ConflictError) as refus:
        franchir(depuis, vers)
    assert refus.value.details == {"depuis": depuis.value, "vers": vers.value}


@pytest.mark.parametrize(
    "etat", [EtatAchat.RECENSEMENT_CLOS, EtatAchat.CONSOLIDE, EtatAchat.RECENSEMENT_OUVERT]
)
def test_D4_a_need_edited_after_the_closing_is_refused_naming_the_reopening(
    etat: EtatAchat,
) -> None:
    with pytest.raises(ConflictError) as refus:
        exiger_recensement_ouvert(etat, 1, MIDI, MIDI)
    assert refus.value.code == "recensement_clos"
    assert refus.value.status == 409
    assert "Rouvrir le recensement" in refus.value.message
    assert refus.value.details["procedure"] == "rouvrir_recensement"


def test_a_need_is_accepted_until_the_instant_of_closing() -> None:
    juste_avant = MIDI - dt.timedelta(microseconds=1)
    exiger_recensement_ouvert(EtatAchat.RECENSEMENT_OUVERT, 1, MIDI, juste_avant)


@pytest.mark.parametrize(
    ("etat", "code"),
    [
        (EtatAchat.PROJET, "recensement_non_ouvert"),
        (EtatAchat.LANCE, "perimetre_fige"),
        (EtatAchat.EN_EXECUTION, "perimetre_fige"),
        (EtatAchat.ABANDONNE, "achat_abandonne"),
    ],
)
def test_a_need_out_of_time_says_why(etat: EtatAchat, code: str) -> None:
    with pytest.raises(ConflictError) as refus:
        exiger_recensement_ouvert(etat, 1, None, MIDI)
    assert refus.value.code == code


def test_only_the_coordinator_acts_for_all() -> None:
    exiger_coordonnateur("1", "1")
    with pytest.raises(ForbiddenError):
        exiger_coordonnateur("2", "1")


def test_the_state_of_a_need_follows_the_purchase() -> None:
    assert etat_besoin(EtatAchat.RECENSEMENT_OUVERT) is EtatBesoin.DECLARE
    assert etat_besoin(EtatAchat.CONSOLIDE) is EtatBesoin.CONSOLIDE
    assert etat_besoin(EtatAchat.NOTIFIE) is EtatBesoin.FIGE
    assert not passe(EtatAchat.ABANDONNE, EtatAchat.PROJET)
