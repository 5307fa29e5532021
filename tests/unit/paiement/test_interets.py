"""Late interest against the worked examples of the rule book, then properties."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import interets
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreLegal, Parametres

D = dt.date.fromisoformat
PARAMETRES = Parametres.depuis_yaml()


@pytest.mark.parametrize(
    ("ttc", "echeance", "payee", "retard", "taux", "montant", "indemnite"),
    [
        ("12000.00", "2026-04-01", "2026-04-21", 20, "10.15", "66.74", "40.00"),
        ("50000.00", "2024-06-28", "2024-07-15", 17, "12.50", "291.10", "40.00"),
        ("50000.00", "2024-07-01", "2024-07-15", 14, "12.25", "234.93", "40.00"),
        ("8400.50", "2025-12-31", "2026-01-15", 15, "10.15", "35.04", "40.00"),
        ("100000.00", "2023-06-29", "2023-12-29", 183, "10.50", "5264.38", "40.00"),
        ("1000.00", "2026-05-04", "2026-05-04", 0, None, "0.00", "0.00"),
        ("32832.00", "2026-04-01", "2026-04-21", 20, "10.15", "182.60", "40.00"),
    ],
)
def test_regles_6_4_interets(
    *,
    ttc: str,
    echeance: str,
    payee: str,
    retard: int,
    taux: str | None,
    montant: str,
    indemnite: str,
) -> None:
    calcul = interets.calculer(Montant(ttc), D(echeance), D(payee), PARAMETRES)
    assert calcul.jours_retard == retard
    assert calcul.taux == (Decimal(taux) if taux else None)
    assert calcul.montant == Montant(montant)
    assert calcul.indemnite == Montant(indemnite)
    assert calcul.empechement is None


@pytest.mark.parametrize(
    ("depart", "taux"),
    [
        ("2013-06-30", "8.75"),
        ("2013-07-01", "8.50"),
        ("2014-03-01", "8.25"),
        ("2014-09-01", "8.15"),
        ("2015-12-31", "8.05"),
        ("2016-06-30", "8.05"),
        ("2016-07-01", "8.00"),
        ("2022-12-31", "8.00"),
        ("2023-01-01", "10.50"),
        ("2023-07-01", "12.00"),
        ("2024-02-29", "12.50"),
        ("2024-12-31", "12.25"),
        ("2025-01-01", "11.15"),
        ("2025-07-01", "10.15"),
        ("2026-06-30", "10.15"),
    ],
)
def test_regles_6_3_taux_du_semestre(depart: str, taux: str) -> None:
    assert interets.taux_de(D(depart), PARAMETRES) == Decimal(taux)


def test_regles_6_3_taux_du_2e_semestre_2026_a_saisir() -> None:
    calcul = interets.calculer(Montant("1000"), D("2026-06-30"), D("2026-07-10"), PARAMETRES)
    assert calcul.montant is None
    assert calcul.total is None
    assert calcul.indemnite == Montant("40")
    assert calcul.empechement == (
        "non calculables\u00a0: taux BCE du 2e semestre 2026 non renseigné"
    )


def test_un_taux_saisi_rend_les_interets_calculables() -> None:
    saisi = ParametreLegal("taux_bce", Decimal("2.00"), D("2026-07-01"), D("2026-12-31"))
    parametres = PARAMETRES.avec([saisi])
    calcul = interets.calculer(Montant("36500"), D("2026-06-30"), D("2026-07-10"), parametres)
    assert calcul.montant == Montant("100.00")


def test_la_phrase_montre_le_calcul() -> None:
    calcul = interets.calculer(Montant("12000"), D("2026-04-01"), D("2026-04-21"), PARAMETRES)
    assert "12\u202f000,00\u00a0€ × 20/365 × 10,15\u00a0% = 66,74\u00a0€" in calcul.phrase
    assert "du 2\u00a0avril\u00a02026 au 21\u00a0avril\u00a02026 inclus" in calcul.phrase


MONTANTS = st.integers(0, 10**9).map(lambda n: Montant(Decimal(n).scaleb(-2)))
ECHEANCES = st.dates(dt.date(2019, 4, 1), dt.date(2026, 6, 29))


@given(montant=MONTANTS, echeance=ECHEANCES, retard=st.integers(1, 900))
def test_les_interets_croissent_avec_le_retard(
    montant: Montant, echeance: dt.date, retard: int
) -> None:
    def interet(jours: int) -> Montant:
        payee = echeance + dt.timedelta(days=jours)
        resultat = interets.calculer(montant, echeance, payee, PARAMETRES).montant
        assert resultat is not None
        return resultat

    assert Montant.zero() <= interet(retard) <= interet(retard + 1)


@given(montant=MONTANTS, echeance=ECHEANCES, retard=st.integers(1, 900))
def test_un_seul_taux_pour_tout_le_retard(montant: Montant, echeance: dt.date, retard: int) -> None:
    payee = echeance + dt.timedelta(days=retard)
    calcul = interets.calculer(montant, echeance, payee, PARAMETRES)
    assert calcul.taux == interets.taux_de(echeance + dt.timedelta(days=1), PARAMETRES)


@given(montant=MONTANTS, echeance=ECHEANCES, avance=st.integers(0, 60))
def test_payer_a_temps_ne_coute_rien(montant: Montant, echeance: dt.date, avance: int) -> None:
    payee = echeance - dt.timedelta(days=avance)
    assert interets.calculer(montant, echeance, payee, PARAMETRES).total == Montant.zero()
