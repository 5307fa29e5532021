"""The stage of a consultation follows from facts, and says what may be done."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publication.domain.consultation import (
    LIBELLES,
    Faits,
    Statut,
    exiger,
    verifier_annulable,
)
from shared.kernel.errors import ConflictError
from tests.unit.publication.monde import LIMITE, MAINTENANT

PUBLIE = {"lots": 2, "publie_le": MAINTENANT, "date_limite": LIMITE}


@pytest.mark.parametrize(
    ("faits", "instant", "attendu"),
    [
        ({"lots": 2}, MAINTENANT, Statut.PREPARATION),
        ({"lots": 2, "date_limite": LIMITE}, LIMITE, Statut.PREPARATION),
        (PUBLIE, LIMITE - dt.timedelta(microseconds=1), Statut.PUBLIEE),
        (PUBLIE, LIMITE, Statut.CLOSE),
        ({**PUBLIE, "attribues": 1}, LIMITE, Statut.CLOSE),
        ({**PUBLIE, "attribues": 2}, LIMITE, Statut.ATTRIBUEE),
        ({**PUBLIE, "attribues": 2, "notifies": 1}, LIMITE, Statut.ATTRIBUEE),
        ({**PUBLIE, "attribues": 2, "notifies": 2}, LIMITE, Statut.NOTIFIEE),
        ({**PUBLIE, "annule_le": MAINTENANT}, LIMITE, Statut.ANNULEE),
        ({"lots": 2, "annule_le": MAINTENANT}, MAINTENANT, Statut.ANNULEE),
    ],
)
def test_stage(faits: dict[str, Any], instant: dt.datetime, attendu: Statut) -> None:
    assert Faits(**faits).statut(instant) is attendu


def test_each_stage_has_its_name_and_its_refusal() -> None:
    for statut in Statut:
        assert LIBELLES[statut]
        exiger(statut, statut)
        with pytest.raises(ConflictError) as refus:
            exiger(statut)
        assert refus.value.code == f"consultation_{statut}"


def test_a_notified_contract_forbids_cancelling() -> None:
    verifier_annulable(Faits(**{**PUBLIE, "attribues": 2}))
    with pytest.raises(ConflictError, match="déjà notifié"):
        verifier_annulable(Faits(**{**PUBLIE, "attribues": 2, "notifies": 1}))
    with pytest.raises(ConflictError, match="annulée"):
        verifier_annulable(Faits(lots=1, annule_le=MAINTENANT))


RANG = [Statut.PREPARATION, Statut.PUBLIEE, Statut.CLOSE, Statut.ATTRIBUEE, Statut.NOTIFIEE]


@given(st.integers(0, 3), st.integers(0, 3), st.integers(-5, 5), st.integers(0, 5))
def test_time_and_facts_only_move_forward(
    attribues: int, notifies: int, jours: int, plus: int
) -> None:
    faits = Faits(
        lots=3,
        publie_le=MAINTENANT,
        date_limite=LIMITE,
        attribues=attribues,
        notifies=min(attribues, notifies),
    )
    avant = faits.statut(LIMITE + dt.timedelta(days=jours))
    apres = faits.statut(LIMITE + dt.timedelta(days=jours + plus))
    assert RANG.index(avant) <= RANG.index(apres)
