"""Award and notification: dates in order, amounts exact, standstill respected."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publication.domain.delais import suspension_signature
from services.publication.domain.marche import (
    Attributaire,
    Attribution,
    LigneAttribuee,
    premiere_signature,
    total_ht,
    verifier_attribution,
    verifier_notification,
)
from shared.kernel.errors import ConflictError, DomainError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres
from shared.kernel.seuils import TypeProcedure
from tests.unit.publication.monde import LIMITE

PAPETERIE = Attributaire(siret="91070001200016", nom="Papeterie du Coiron", pme=True)
AUJOURD_HUI = dt.date(2026, 6, 3)


def _ligne(quantite: str, prix: str) -> LigneAttribuee:
    return LigneAttribuee(
        ligne_id=uuid.UUID(int=1),
        article="PAPIER-A4-80",
        designation="Papier A4 80 g",
        conditionnement="palette",
        quantite=Decimal(quantite),
        prix_unitaire_ht=Decimal(prix),
    )


def _attribution(**changements: Any) -> Attribution:
    valeurs: dict[str, Any] = {
        "attributaire": PAPETERIE,
        "attribue_le": dt.date(2026, 6, 2),
        "offres_recues": 3,
        "montant_ht": Montant("47880.00"),
        "taux_tva": Decimal("0.20"),
        "lignes": (_ligne("105", "456"),),
    }
    return Attribution(**{**valeurs, **changements})


def test_the_story_lot_is_worth_47_880() -> None:
    assert total_ht([_ligne("105", "456")]) == Montant("47880.00")
    verifier_attribution(_attribution(), LIMITE, AUJOURD_HUI)


@pytest.mark.parametrize(
    ("changements", "champ"),
    [
        ({"attribue_le": dt.date(2026, 5, 28)}, "attribue_le"),
        ({"attribue_le": dt.date(2026, 6, 4)}, "attribue_le"),
        ({"offres_recues": 0}, "offres_recues"),
        ({"montant_ht": Montant("47880.01")}, "montant_ht"),
        ({"montant_ht": Montant.zero(), "lignes": ()}, "montant_ht"),
    ],
)
def test_an_award_out_of_order_is_refused_field_by_field(
    changements: dict[str, Any], champ: str
) -> None:
    with pytest.raises(DomainError) as refus:
        verifier_attribution(_attribution(**changements), LIMITE, AUJOURD_HUI)
    assert set(refus.value.champs) == {champ}


def test_the_award_may_be_of_the_very_day_of_the_deadline() -> None:
    verifier_attribution(
        _attribution(attribue_le=dt.date(2026, 5, 29)), LIMITE, dt.date(2026, 5, 29)
    )


def test_G5_a_formal_contract_waits_eleven_days() -> None:
    """Sent 2 March 2026 electronically: signature on 13 March at the earliest."""
    envoi = dt.date(2026, 3, 2)
    standstill = suspension_signature(Parametres.depuis_yaml(), envoi)
    assert premiere_signature(TypeProcedure.FORMALISEE, envoi, standstill) == dt.date(2026, 3, 13)
    assert premiere_signature(TypeProcedure.MAPA, envoi, standstill) == envoi


def test_G5_notifying_during_the_standstill_is_a_conflict() -> None:
    with pytest.raises(ConflictError, match="13/03/2026"):
        verifier_notification(dt.date(2026, 3, 12), dt.date(2026, 3, 13), AUJOURD_HUI)
    verifier_notification(dt.date(2026, 3, 13), dt.date(2026, 3, 13), AUJOURD_HUI)


def test_a_notification_is_not_in_the_future() -> None:
    with pytest.raises(DomainError) as refus:
        verifier_notification(dt.date(2026, 6, 4), dt.date(2026, 6, 2), AUJOURD_HUI)
    assert "date_notification" in refus.value.champs


QUANTITES = st.decimals(min_value="0.000001", max_value=10_000, places=6)
PRIX = st.decimals(min_value="0.000001", max_value=10_000, places=6)


@given(st.lists(st.tuples(QUANTITES, PRIX), max_size=8))
def test_a_contract_is_the_sum_of_its_rounded_lines(lignes: list[tuple[Any, Any]]) -> None:
    attribuees = [_ligne(str(quantite), str(prix)) for quantite, prix in lignes]
    total = total_ht(attribuees)
    assert total.decimal == sum((ligne.montant_ht.decimal for ligne in attribuees), Decimal())
    exact = sum((q * p for q, p in lignes), Decimal())
    assert abs(total.decimal - exact) <= Decimal("0.005") * len(lignes)
