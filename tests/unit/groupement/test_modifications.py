"""Amendments: the table of the rules on modifications, and what holds for any series of them."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.modifications import (
    Avenant,
    Limites,
    Motif,
    Verdict,
    apprecier,
    exiger_avis_cao,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

JOUR = dt.date(2026, 5, 4)
SERVICES = Limites(Decimal("0.10"), Decimal("0.50"), Montant(216_000))
TRAVAUX = Limites(Decimal("0.15"), Decimal("0.50"), Montant(5_404_000))


def un(montant: str | int, motif: Motif = Motif.FAIBLE_MONTANT, jour: dt.date = JOUR) -> Avenant:
    return Avenant(motif, Montant(montant), jour)


def juger(
    initial: int, passes: list[Avenant], nouveau: Avenant, limites: Limites = SERVICES
) -> Verdict:
    return apprecier(Montant(initial), passes, nouveau, limites, par_la_cao=False)


def test_regles_15_services_6000_puis_3999_passent() -> None:
    verdict = juger(100_000, [un(6_000)], un(3_999))
    assert verdict.cumul_ht == Montant(9_999)
    assert "9,999" in f"{verdict.cumul_part * 100}".replace(".", ",")


def test_regles_15_services_6000_puis_4000_sont_refuses() -> None:
    with pytest.raises(ConflictError, match="strictement inférieur à 10") as refus:
        juger(100_000, [un(6_000)], un(4_000))
    assert refus.value.code == "modification_interdite"


@pytest.mark.parametrize(("montant", "passe"), [(149_999, True), (150_000, False)])
def test_regles_15_travaux_moins_de_15_pour_cent(montant: int, passe: bool) -> None:
    if passe:
        assert juger(1_000_000, [], un(montant), TRAVAUX).cumul_ht == Montant(montant)
        return
    with pytest.raises(ConflictError):
        juger(1_000_000, [], un(montant), TRAVAUX)


def test_regles_15_le_seuil_europeen_borne_aussi_le_cumul() -> None:
    assert juger(9_000_000, [un(200_000)], un("15999.99")).cumul_ht == Montant("215999.99")
    with pytest.raises(ConflictError, match="seuil européen"):
        juger(9_000_000, [un(200_000)], un(16_000))


@pytest.mark.parametrize("motif", [Motif.PRESTATIONS_NECESSAIRES, Motif.CIRCONSTANCES_IMPREVUES])
def test_regles_15_imprevu_jusqu_a_50_pour_cent_chacun(motif: Motif) -> None:
    juger(100_000, [un(50_000, motif)], un(50_000, motif))
    with pytest.raises(ConflictError, match="R2194-3"):
        juger(100_000, [], un("50000.01", motif))


def test_regles_15_l_imprevu_ne_compte_pas_dans_les_10_pour_cent() -> None:
    avant = [un(40_000, Motif.CIRCONSTANCES_IMPREVUES)]
    assert juger(100_000, avant, un("9999.99")).cumul_ht == Montant("9999.99")


@pytest.mark.parametrize(
    "motif",
    [Motif.CLAUSE_REEXAMEN, Motif.SUBSTITUTION_TITULAIRE, Motif.NON_SUBSTANTIELLE],
)
def test_regles_15_clause_de_reexamen_sans_limite(motif: Motif) -> None:
    assert juger(100_000, [], un(90_000, motif)).cumul_part == 0


def test_H3_an_amendment_never_precedes_the_last_one() -> None:
    avant = [un(1, jour=JOUR), un(1, jour=JOUR + dt.timedelta(days=2))]
    juger(100_000, avant, un(1, jour=JOUR + dt.timedelta(days=2)))
    with pytest.raises(ValidationError):
        juger(100_000, avant, un(1, jour=JOUR + dt.timedelta(days=1)))


def test_H3_the_board_speaks_above_5_per_cent_when_it_awarded() -> None:
    def verdict(montant: int, *, cao: bool) -> Verdict:
        return apprecier(Montant(100_000), [un(2_000)], un(montant), SERVICES, par_la_cao=cao)

    assert not verdict(3_000, cao=True).avis_cao
    assert not verdict(3_001, cao=False).avis_cao
    du = verdict(3_001, cao=True)
    assert du.avis_cao
    for avis in (None, JOUR + dt.timedelta(days=1)):
        with pytest.raises(ValidationError, match="commission"):
            exiger_avis_cao(du, avis, JOUR)
    exiger_avis_cao(du, JOUR, JOUR)
    exiger_avis_cao(verdict(3_000, cao=True), None, JOUR)


@given(st.lists(st.integers(-3_000_00, 3_000_00), max_size=30))
def test_H3_whatever_the_series_the_cumul_stays_under_the_limit(centimes: list[int]) -> None:
    gardes: list[Avenant] = []
    for n in centimes:
        nouveau = un(str(Decimal(n) / 100))
        try:
            verdict = juger(50_000, gardes, nouveau)
        except ConflictError:
            continue
        gardes.append(nouveau)
        assert verdict.cumul_ht == Montant.somme(a.montant_ht for a in gardes)
    assert abs(Montant.somme(a.montant_ht for a in gardes)) < Montant(5_000)
