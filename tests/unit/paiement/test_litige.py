"""Disputes and credit notes: what is left to pay is never negative, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.litige import (
    Solde,
    couvrir,
    verifier_avoir,
    verifier_contestation,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

ZERO = Montant.zero()
montants = st.decimals("0", "10000", places=2).map(Montant)


def test_H10_deux_cents_contestes_sur_mille_laissent_huit_cents() -> None:
    solde = Solde(Montant(1000), ZERO, Montant(200), ZERO)
    assert solde.exigible == Montant(800)


@pytest.mark.parametrize("montant", ["0", "1000", "1000.01"])
def test_H10_on_ne_conteste_ni_rien_ni_tout(montant: str) -> None:
    with pytest.raises(ValidationError) as refus:
        verifier_contestation(Solde(Montant(1000), ZERO, ZERO, ZERO), Montant(montant))
    assert set(refus.value.champs) == {"montant"}


def test_H11_un_avoir_ramene_a_zero_pas_en_dessous() -> None:
    verifier_avoir(Montant(1000), Montant(400), Montant(600))
    with pytest.raises(ConflictError) as refus:
        verifier_avoir(Montant(1000), Montant(400), Montant("600.01"))
    assert refus.value.code == "avoir_trop_grand"
    assert refus.value.details["reste"] == "600.00"
    with pytest.raises(ValidationError):
        verifier_avoir(Montant(1000), ZERO, ZERO)


def test_H11_un_avoir_apres_paiement_rend_un_trop_verse() -> None:
    solde = Solde(Montant(1000), Montant(300), ZERO, Montant(1000))
    assert (solde.exigible, solde.trop_verse) == (ZERO, Montant(300))


@given(montants, montants, montants, montants)
def test_H11_le_reste_n_est_jamais_negatif(a: Montant, b: Montant, c: Montant, d: Montant) -> None:
    solde = Solde(a, b, c, d)
    assert solde.exigible >= ZERO
    assert solde.trop_verse >= ZERO
    assert ZERO in (solde.exigible, solde.trop_verse)


@given(st.lists(montants), montants)
def test_H10_un_avoir_couvre_les_litiges_du_plus_ancien_au_plus_recent(
    litiges: list[Montant], avoir: Montant
) -> None:
    parts = couvrir(litiges, avoir)
    assert Montant.somme(parts) == min(avoir, Montant.somme(litiges))
    assert all(ZERO <= part <= litige for part, litige in zip(parts, litiges, strict=True))
    for rang, part in enumerate(parts):
        if part < litiges[rang]:
            assert all(p == ZERO for p in parts[rang + 1 :])
