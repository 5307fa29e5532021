import datetime as dt
import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.domain.remise import (
    DELAIS,
    Etat,
    Situation,
    apres_refus,
    message_id,
    ordre_de_remise,
    raison_de_se_taire,
    sans_adresse,
)

T0 = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


def situation(**changements: object) -> Situation:
    base: dict[str, object] = {
        "modele": "avis_publie",
        "version": 1,
        "version_courante": 1,
        "annule": False,
        "deja_prevenu": False,
        "alertes_du_message": 1,
        "alertes_de_l_adresse": 1,
    }
    return Situation(**{**base, **changements})  # type: ignore[arg-type]


def test_tries_spread_over_a_day_then_stop() -> None:
    instant, etats = T0, []
    for tentative in range(1, 20):
        suite = apres_refus(tentative, instant)
        etats.append(suite.etat)
        assert suite.essai_le >= instant
        instant = suite.essai_le
        if suite.etat == Etat.ECHEC:
            break
    assert etats.count(Etat.A_REMETTRE) == len(DELAIS)
    assert dt.timedelta(hours=24) <= instant - T0 <= dt.timedelta(hours=26)


@given(st.uuids())
def test_B5_the_name_of_a_message_depends_on_its_row_only(remise: uuid.UUID) -> None:
    nom = message_id(remise, "https://achats.exemple.fr/")
    assert nom == f"<{remise}@achats.exemple.fr>"
    assert nom == message_id(remise, "https://achats.exemple.fr")


def test_an_error_never_carries_an_address() -> None:
    erreur = sans_adresse("550 5.1.1 <contact@papeterie.exemple>:\n  user unknown")
    assert "@" not in erreur
    assert erreur.startswith("550 5.1.1")


def test_nobody_is_always_first() -> None:
    personnes = [uuid.UUID(int=n) for n in range(10)]
    premiers = Counter(ordre_de_remise(uuid.UUID(int=m), personnes)[0] for m in range(2000))
    assert len(premiers) == 10
    assert max(premiers.values()) < 300


@given(st.uuids(), st.lists(st.uuids()))
def test_the_order_holds_everybody_once(message: uuid.UUID, personnes: list[uuid.UUID]) -> None:
    assert sorted(ordre_de_remise(message, personnes)) == sorted(set(personnes))


def test_a_fresh_notice_leaves() -> None:
    assert raison_de_se_taire(situation()) is None


@pytest.mark.parametrize(
    ("changements", "raison"),
    [
        ({"annule": True}, "avis annulé"),
        ({"version_courante": 2}, "version remplacée"),
        ({"alertes_du_message": 0}, "alertes arrêtées"),
        ({"modele": "avis_annule"}, "avis annulé avant d’avoir été annoncé"),
        (
            {"modele": "avis_annule", "deja_prevenu": True, "alertes_de_l_adresse": 0},
            "alertes arrêtées",
        ),
    ],
)
def test_B4_what_is_stale_or_stopped_stays(changements: dict[str, object], raison: str) -> None:
    assert raison_de_se_taire(situation(**changements)) == raison


def test_B4_who_was_told_hears_of_the_rectification_even_without_a_match() -> None:
    suite = situation(
        modele="avis_rectifie",
        version=2,
        version_courante=2,
        deja_prevenu=True,
        alertes_du_message=0,
        alertes_de_l_adresse=1,
    )
    assert raison_de_se_taire(suite) is None


def test_B4_who_was_told_hears_of_the_cancellation() -> None:
    annonce = situation(modele="avis_annule", annule=True, deja_prevenu=True)
    assert raison_de_se_taire(annonce) is None
