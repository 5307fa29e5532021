from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.commandes import (
    Disponible,
    EtatCommande,
    evaluer,
    exiger_annulable,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant


def disponible(
    quota: str = "100",
    commande: str = "0",
    prix: str = "456",
    plafond: str = "45600.00",
    *,
    entier: bool = True,
) -> Disponible:
    return Disponible(
        Decimal(quota),
        Decimal(commande),
        Montant(plafond),
        Decimal(commande) * Decimal(prix),
        Decimal(prix),
        "palette",
        entier,
    )


def test_an_order_within_the_quota_has_its_amount() -> None:
    assert evaluer(disponible(), Decimal(40)) == Montant("18240.00")


def test_D11_an_order_beyond_the_quota_is_refused_with_what_remains() -> None:
    with pytest.raises(ConflictError) as refus:
        evaluer(disponible(commande="99"), Decimal(3))
    assert refus.value.code == "quota_depasse"
    assert refus.value.details["reste"] == "1"
    assert refus.value.champs["quantite"].startswith("Il reste 1 sur votre part de 100")


def test_D11_an_order_beyond_the_ceiling_of_the_contract_is_refused() -> None:
    with pytest.raises(ConflictError) as refus:
        evaluer(disponible(plafond="10000.00"), Decimal(40))
    assert refus.value.code == "plafond_depasse"


@pytest.mark.parametrize("quantite", ["0", "-1", "1.5"])
def test_an_order_is_a_whole_positive_number_of_packs(quantite: str) -> None:
    with pytest.raises(ValidationError):
        evaluer(disponible(), Decimal(quantite))


def test_energy_is_ordered_with_decimals() -> None:
    assert evaluer(disponible(entier=False), Decimal("1.5")) == Montant("684.00")


@given(st.integers(1, 200), st.decimals("0.000001", "10", places=6))
def test_ordering_one_by_one_reaches_the_whole_quota_and_never_more(
    quota: int, prix: Decimal
) -> None:
    plafond = str(Montant(quota * prix))
    for commande in range(quota):
        evaluer(disponible(str(quota), str(commande), str(prix), plafond), Decimal(1))
    with pytest.raises(ConflictError):
        evaluer(disponible(str(quota), str(quota), str(prix), plafond), Decimal(1))


def test_an_order_is_cancelled_once_and_before_any_delivery() -> None:
    exiger_annulable(EtatCommande.PASSEE, Decimal(0))
    with pytest.raises(ConflictError, match="déjà annulée"):
        exiger_annulable(EtatCommande.ANNULEE, Decimal(0))
    with pytest.raises(ConflictError, match="déjà été reçu"):
        exiger_annulable(EtatCommande.PASSEE, Decimal(3))
