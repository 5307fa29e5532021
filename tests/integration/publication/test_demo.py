"""The demonstration fills every shelf of the single window, and only once."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from services.publication import demo
from services.publication.presentation import etat
from services.publication.tables import Avis, Marche, Programme

pytestmark = pytest.mark.db


def test_the_window_shows_every_kind_of_notice_and_seeding_twice_adds_nothing(
    contexte: Callable[..., Any], events: Callable[..., Any]
) -> None:
    ici = contexte("publication")
    assert demo.semer(ici) == 54
    emis = len(events("publication"))
    assert demo.semer(ici) == 0
    assert len(events("publication")) == emis
    with ici.transactions.read() as session:
        avis = session.scalars(select(Avis)).all()
        etats = Counter(str(etat(a, ici.clock.now())) for a in avis)
        assert etats["annule"] == 2
        assert etats["ouvert"] >= 25
        assert etats["clos"] >= 8
        assert sum(a.groupe for a in avis) == 3
        assert sum(a.version > 1 and a.annule_le is None for a in avis) == 4
        assert len(session.scalars(select(Marche)).all()) == 7
        assert {p.etat for p in session.scalars(select(Programme))} == {
            "ENVISAGEE",
            "CONFIRMEE",
            "LANCEE",
            "ABANDONNEE",
        }
