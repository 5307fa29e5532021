"""Deliveries that are not what was ordered, transfers, fees, settlement: pure rules."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.frais import GenreFrais, signer
from services.groupement.domain.livraisons import (
    Anomalie,
    Cumul,
    GenreAnomalie,
    a_liberer,
    accepter,
    exiger_recevable,
)
from services.groupement.domain.solde import Bilan, Renonciations, exiger_soldable, obstacles
from services.groupement.domain.substitutions import Propose, exiger_ouverte, exiger_proposable
from services.groupement.domain.transferts import Cedant, exiger_cessible, montant_cede
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

entiers = st.integers(0, 10_000).map(Decimal)


def test_cas_ERPNext_of_100_with_90_received_20_more_are_allowed_not_11() -> None:
    cumul = Cumul(Decimal(100), Decimal("0.1"), Decimal(90))
    assert cumul.possible == 20
    exiger_recevable(cumul, Decimal(20), Decimal(10), "Gardées")
    with pytest.raises(ConflictError) as refus:
        exiger_recevable(cumul, Decimal(21), Decimal(10), "Gardées")
    assert refus.value.details["possible"] == "20"


@given(entiers, st.integers(0, 100), st.lists(entiers, max_size=8))
def test_H4_whatever_is_delivered_the_total_stays_in_the_tolerance(
    prevue: Decimal, pour_cent: int, livrees: list[Decimal]
) -> None:
    tolerance, recue = Decimal(pour_cent) / 100, Decimal()
    for livree in livrees:
        try:
            exiger_recevable(Cumul(prevue, tolerance, recue), livree, Decimal(), "Motif")
        except ConflictError:
            assert recue + livree > prevue * (1 + tolerance)
        else:
            recue += livree
    assert recue <= prevue * (1 + tolerance)


def test_anomalies_need_a_reason_and_leave_something() -> None:
    def anomalie(quantite: int, motif: str = "Cassées") -> Anomalie:
        return Anomalie(GenreAnomalie.CASSE, Decimal(quantite), motif)

    assert accepter(Decimal(62), [anomalie(2)]) == 60
    for fausses in ([anomalie(0)], [anomalie(1, " ")], [anomalie(62)]):
        with pytest.raises(ValidationError):
            accepter(Decimal(62), fausses)


def test_what_is_released_is_at_most_what_is_awaited() -> None:
    assert a_liberer(Decimal(10), None, "Fin de série") == 10
    assert a_liberer(Decimal(10), Decimal(4), "Fin de série") == 4
    for quantite in (Decimal(0), Decimal(11)):
        with pytest.raises(ValidationError):
            a_liberer(Decimal(10), quantite, "Fin de série")


@given(entiers, entiers, entiers)
def test_a_member_keeps_at_least_what_it_ordered(
    quota: Decimal, consomme: Decimal, cede: Decimal
) -> None:
    cedant = Cedant(quota, consomme, Montant(quota * 7), entier=True)
    try:
        exiger_cessible(cedant, cede)
    except (ConflictError, ValidationError):
        assert cede == 0 or quota - cede < consomme
    else:
        assert quota - cede >= consomme
        assert montant_cede(cedant, cede) == Montant(cede * 7)


def test_discounts_come_back_and_fees_are_borne() -> None:
    assert signer(GenreFrais.REMISE, Montant(10), "Fin d’année") == Montant(-10)
    assert signer(GenreFrais.TRANSPORT, Montant(10), "Hayon") == Montant(10)
    for montant, motif in ((Montant(-1), "x"), (Montant(1), " ")):
        with pytest.raises(ValidationError):
            signer(GenreFrais.FRAIS, montant, motif)


PROPOSE = Propose("B", "Article B", Decimal(9), "Rupture", dt.datetime(2026, 4, 1, tzinfo=dt.UTC))


def test_a_substitution_is_another_article_not_dearer_with_time_to_answer() -> None:
    maintenant = PROPOSE.reponse_avant - dt.timedelta(days=1)
    exiger_proposable(PROPOSE, "A", Decimal(9), maintenant)
    for article, prix, instant in (
        ("B", Decimal(9), maintenant),
        ("A", Decimal("8.99"), maintenant),
        ("A", Decimal(9), PROPOSE.reponse_avant),
    ):
        with pytest.raises(ValidationError):
            exiger_proposable(PROPOSE, article, prix, instant)
    with pytest.raises(ConflictError, match="sans réponse"):
        exiger_ouverte(PROPOSE.reponse_avant, close=False, maintenant=PROPOSE.reponse_avant)


VIDE = Bilan(Decimal(), 0, Decimal(), 0, 0, (), ())


def test_cas_foodsoft_275_every_open_thing_is_an_obstacle_with_what_to_do() -> None:
    assert obstacles(VIDE) == []
    exiger_soldable(VIDE, Renonciations())
    plein = Bilan(Decimal(3), 2, Decimal(1), 1, 1, ("L1",), ("L1",))
    assert len(obstacles(plein)) == 6
    with pytest.raises(ConflictError) as refus:
        exiger_soldable(plein, Renonciations("réglé ailleurs", "marché modeste"))
    assert len(refus.value.champs) == 4


def test_a_reason_stands_for_a_payment_or_an_evaluation_and_only_for_it() -> None:
    a_payer = Bilan(Decimal(), 0, Decimal(), 0, 0, ("L1",), ())
    exiger_soldable(a_payer, Renonciations(paiement="Réglé par mandat"))
    with pytest.raises(ConflictError):
        exiger_soldable(a_payer, Renonciations(paiement=" ", evaluation="x"))
