"""Calls for needs: reminders, what happens below the minimum, answers lot by lot."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.appels import Issue, Plancher, Politique
from services.groupement.domain.suivi import Reponse
from services.groupement.jobs import clore_recensements, envoyer_rappels
from services.groupement.queries.besoins import totaux
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.ouvrir_recensement import ouvrir_recensement
from services.groupement.usecases.relancer import relancer
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import (
    AUB,
    DEP,
    PARAMETRES,
    SDEA,
    SDIS,
    SITE,
    VH,
    Monde,
)

Events = Callable[..., list[Event]]
RELANCE = "groupement.recensement.relance.v1"


def ouvrir(monde: Monde, jours: int = 20, plancher: Plancher | None = None) -> dt.datetime:
    monde.convention()
    monde.achat()
    cloture = monde.clock.now() + dt.timedelta(days=jours)
    monde.faire(ouvrir_recensement, monde.achat_id, cloture, site=SITE, plancher=plancher)
    return cloture


def test_reminders_leave_seven_and_two_days_before_the_closing_once_each_at_the_legal_time(
    monde: Monde, contexte: Callable[..., Any], events: Events
) -> None:
    cloture, context = ouvrir(monde), contexte("groupement")
    monde.declarer(SDIS, "3")
    monde.faire(repondre, NouvelleReponse(monde.achat_id, VH, Reponse.DECLINE))
    assert envoyer_rappels(context) == 0
    monde.clock.set(cloture - dt.timedelta(days=6, hours=20))
    assert envoyer_rappels(context) == 1
    assert envoyer_rappels(context) == 0
    monde.clock.set(cloture - dt.timedelta(days=2))
    assert envoyer_rappels(context) == 1
    premiere, seconde = events("groupement", RELANCE)
    assert [m["siret"] for m in premiere.data["membres"]] == sorted([DEP, SDEA, AUB])
    legal = (cloture - dt.timedelta(days=7)).isoformat().replace("+00:00", "Z")
    assert premiere.data["relance_le"] == legal
    assert (premiere.data["automatique"], seconde.data["automatique"]) == (True, True)


def test_a_call_shorter_than_a_week_plans_only_the_reminder_that_it_can_hold(monde: Monde) -> None:
    ouvrir(monde, jours=5)
    with monde.transactions.read() as session:
        assert session.scalars(sa.select(t.Rappel.jours)).all() == [2]


def test_two_reminders_due_during_an_outage_make_one_message(
    monde: Monde, contexte: Callable[..., Any], events: Events
) -> None:
    cloture = ouvrir(monde)
    monde.clock.set(cloture - dt.timedelta(days=1))
    assert envoyer_rappels(contexte("groupement")) == 1
    assert len(events("groupement", RELANCE)) == 1


def test_nobody_is_reminded_after_the_closing_even_by_a_late_job(
    monde: Monde, contexte: Callable[..., Any], events: Events
) -> None:
    cloture = ouvrir(monde)
    monde.clock.set(cloture + dt.timedelta(hours=1))
    assert envoyer_rappels(contexte("groupement")) == 0
    with pytest.raises(ConflictError, match="clos") as refus:
        monde.faire(relancer, monde.achat_id, site=SITE)
    assert refus.value.code == "relance_impossible"
    assert events("groupement", RELANCE) == []


def test_a_reminder_by_hand_reaches_each_member_at_most_once_a_day(
    monde: Monde, events: Events
) -> None:
    ouvrir(monde)
    monde.declarer(SDIS, "3")
    assert monde.faire(relancer, monde.achat_id, site=SITE) == sorted([DEP, SDEA, VH, AUB])
    assert monde.faire(relancer, monde.achat_id, site=SITE) == []
    monde.clock.advance(dt.timedelta(days=1))
    monde.declarer(AUB, "1")
    assert monde.faire(relancer, monde.achat_id, site=SITE) == sorted([DEP, SDEA, VH])
    assert len(events("groupement", RELANCE)) == 2
    with monde.transactions.read() as session:
        tenues = session.execute(sa.select(t.Relance.acteur, t.Relance.automatique)).all()
    assert len(tenues) == 7
    assert set(tenues) == {("test", False)}


PROLONGE = Plancher(Montant("30000.00"), Politique.PROLONGER, 5)
ANNULE = Plancher(Montant("30000.00"), Politique.ANNULER)


def test_cas_foodsoft_858_below_the_minimum_the_call_is_extended_once_and_everybody_told(
    monde: Monde, contexte: Callable[..., Any], events: Events
) -> None:
    cloture, context = ouvrir(monde, plancher=PROLONGE), contexte("groupement")
    monde.declarer(SDIS, "40")
    monde.clock.set(cloture)
    assert clore_recensements(context) == 1
    assert monde.etat() == "RECENSEMENT_OUVERT"
    (prolonge,) = events("groupement", "groupement.recensement.prolonge.v1")
    assert (prolonge.data["minimum_ht"], prolonge.data["total_ht"]) == ("30000.00", "18240.00")
    assert len(prolonge.data["membres"]) == 5
    assert prolonge.data["cloture_le"].startswith("2026-03-27")
    monde.declarer(SDIS, "41")
    monde.clock.advance(dt.timedelta(days=5))
    assert clore_recensements(context) == 1
    assert monde.etat() == "RECENSEMENT_CLOS"


def test_cas_foodsoft_858_or_the_purchase_is_given_up_with_its_reason_and_everybody_told(
    monde: Monde, events: Events
) -> None:
    ouvrir(monde, plancher=ANNULE)
    monde.declarer(SDIS, "40")
    assert monde.faire(clore_recensement, monde.achat_id, site=SITE) is Issue.ANNULER
    assert monde.etat() == "ABANDONNE"
    (abandonne,) = events("groupement", "groupement.achat.abandonne.v1")
    assert "18 240,00 € HT" in abandonne.data["motif"].replace("\u202f", " ").replace("\xa0", " ")
    assert len(abandonne.data["membres"]) == 5


def test_cas_foodsoft_858_a_minimum_that_is_reached_closes_as_usual(
    monde: Monde, events: Events
) -> None:
    ouvrir(monde, plancher=ANNULE)
    monde.declarer(SDIS, "66")
    assert monde.faire(clore_recensement, monde.achat_id, site=SITE) is Issue.CLORE
    assert monde.etat() == "RECENSEMENT_CLOS"
    assert events("groupement", "groupement.achat.abandonne.v1") == []


def test_an_extension_needs_its_number_of_days() -> None:
    with pytest.raises(ValidationError) as refus:
        Plancher(Montant("1.00"), Politique.PROLONGER)
    assert "prolongation_jours" in refus.value.champs


def test_a_purchase_given_up_before_any_call_tells_nobody(monde: Monde, events: Events) -> None:
    monde.convention()
    monde.achat()
    monde.faire(abandonner, monde.achat_id, "Crédits retirés")
    (abandonne,) = events("groupement", "groupement.achat.abandonne.v1")
    assert abandonne.data["membres"] == []


def test_D3_a_member_out_of_a_lot_has_its_needs_of_that_lot_set_aside(
    monde: Monde, events: Events
) -> None:
    ouvrir(monde)
    for siret in (SDIS, AUB):
        monde.declarer(siret, "4")
        monde.declarer(siret, "3", "boîte", article="ENV-DL")
    hors = NouvelleReponse(
        monde.achat_id,
        AUB,
        Reponse.PARTICIPE,
        Montant("9000.00"),
        Montant("1000.00"),
        frozenset({2}),
    )
    monde.faire(repondre, hors)
    dit = events("groupement", "groupement.recensement.repondu.v1")[-1].data
    assert dit["lots"] == [
        {"numero": 1, "reponse": "PARTICIPE"},
        {"numero": 2, "reponse": "DECLINE"},
    ]
    assert (dit["engagement_min_ht"], dit["engagement_max_ht"]) == ("1000.00", "9000.00")
    with monde.transactions.read() as session:
        lus = totaux(session, monde.achat_id)
    assert (lus["PAPIER-A4-80"].membres, lus["ENV-DL"].membres) == (2, 1)
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    assert composition(monde) == {
        ("PAPIER-A4-80", SDIS),
        ("PAPIER-A4-80", AUB),
        ("ENV-DL", SDIS),
    }


def composition(monde: Monde) -> set[tuple[str, str]]:
    with monde.transactions.read() as session:
        return {
            (article, siret)
            for article, siret in session.execute(
                sa.select(t.Ligne.article, t.Composition.siret).join(
                    t.Composition, t.Composition.ligne_id == t.Ligne.id
                )
            )
        }


def test_D3_declaring_a_need_of_a_lot_is_coming_back_into_it(monde: Monde) -> None:
    ouvrir(monde)
    dehors = frozenset({1, 2})
    monde.faire(
        repondre, NouvelleReponse(monde.achat_id, AUB, Reponse.PARTICIPE, lots_declines=dehors)
    )
    assert reponse(monde, AUB) == ("DECLINE", {1: "DECLINE", 2: "DECLINE"})
    monde.declarer(AUB, "4")
    assert reponse(monde, AUB) == ("PARTICIPE", {1: "PARTICIPE", 2: "DECLINE"})


def reponse(monde: Monde, siret: str) -> tuple[str, dict[int, str]]:
    with monde.transactions.read() as session:
        lots = sa.select(t.ParticipationLot.lot, t.ParticipationLot.reponse).where(
            t.ParticipationLot.siret == siret
        )
        dite = session.get_one(t.Participation, (monde.achat_id, siret)).reponse
        return dite, dict(session.execute(lots).all())


def test_D3_a_lot_that_does_not_exist_and_an_inverted_commitment_are_refused(monde: Monde) -> None:
    ouvrir(monde)
    with pytest.raises(ValidationError) as refus:
        monde.faire(
            repondre,
            NouvelleReponse(monde.achat_id, AUB, Reponse.PARTICIPE, lots_declines=frozenset({9})),
        )
    assert "lots" in refus.value.champs
    with pytest.raises(ValidationError) as refus:
        monde.faire(
            repondre,
            NouvelleReponse(
                monde.achat_id, AUB, Reponse.PARTICIPE, Montant("1.00"), Montant("2.00")
            ),
        )
    assert "engagement_min_ht" in refus.value.champs


def test_D3_after_the_deadline_the_refusal_names_the_rule_and_whom_to_ask(monde: Monde) -> None:
    monde.clos()
    with monde.transactions.read() as session:
        contact = session.get_one(t.Achat, monde.achat_id).contact
    with pytest.raises(ConflictError, match="Rouvrir le recensement") as refus:
        monde.faire(repondre, NouvelleReponse(monde.achat_id, AUB, Reponse.DECLINE))
    assert contact in refus.value.message
