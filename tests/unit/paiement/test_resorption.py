"""Recovery of advances: the worked examples of the rule book, every regime, then properties."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import resorption
from services.paiement.domain.resorption import Cas, Resorption
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreManquant, Parametres

PARAMETRES = Parametres.depuis_yaml()
ZERO = Montant.zero()
CENT_VINGT = Montant("120000.00")
AVANT, EN_2022, EN_2025, EN_2026 = (
    dt.date(2020, 10, 17),
    dt.date(2022, 3, 1),
    dt.date(2025, 3, 1),
    dt.date(2026, 3, 1),
)


def regle(
    lancement: dt.date, avance: str, taux: str, fin: str | None = None, base: str = "120000"
) -> Resorption:
    clause = Decimal(fin) if fin else None
    cas = Cas(lancement, Montant(base), Montant(avance), Decimal(taux), clause)
    return resorption.regle(cas, PARAMETRES)


def cumuls(suivie: Resorption, parts: Sequence[str]) -> list[str]:
    return [str(suivie.cumul(CENT_VINGT * Decimal(part))) for part in parts]


@pytest.mark.parametrize(
    ("lancement", "fin"), [(AVANT, None), (EN_2022, None), (EN_2025, "0.80"), (EN_2026, "0.80")]
)
def test_regles_4_4_ex_10_de_65_a_80(lancement: dt.date, fin: str | None) -> None:
    suivie = regle(lancement, "6000", "0.05", fin)
    assert cumuls(suivie, ["0.50", "0.70", "0.75", "0.80"]) == [
        "0.00",
        "2000.00",
        "4000.00",
        "6000.00",
    ]


@pytest.mark.parametrize("lancement", [EN_2025, EN_2026])
def test_regles_4_4_ex_11_marche_silencieux_depuis_2025(lancement: dt.date) -> None:
    suivie = regle(lancement, "6000", "0.05")
    assert cumuls(suivie, ["0.70", "0.75", "0.80", "0.90", "1"]) == [
        "857.14",
        "1714.29",
        "2571.43",
        "4285.71",
        "6000.00",
    ]


@pytest.mark.parametrize(("lancement", "fin"), [(EN_2022, None), (EN_2025, "0.80")])
def test_regles_4_4_ex_12_avance_de_40_pour_cent(lancement: dt.date, fin: str | None) -> None:
    suivie = regle(lancement, "48000", "0.40", fin)
    assert cumuls(suivie, ["0.20", "0.50", "0.80"]) == ["12000.00", "30000.00", "48000.00"]


@pytest.mark.parametrize(
    ("lancement", "taux", "debut", "fin"),
    [
        ("2010-01-01", "0.05", "0.65", "0.80"),
        ("2020-10-17", "0.40", "0.65", "0.80"),
        ("2020-10-18", "0.30", "0.65", "0.80"),
        ("2020-10-18", "0.31", "0", "0.80"),
        ("2024-12-31", "0.79", "0", "0.80"),
        ("2024-12-31", "0.85", "0", "0.85"),  # until what is executed equals the advance
        ("2025-01-01", "0.05", "0.65", "1"),
        ("2025-01-01", "0.85", "0", "1"),
        ("2026-01-01", "0.31", "0", "1"),
    ],
)
def test_regles_4_3_regime_par_date_de_lancement(
    lancement: str, taux: str, debut: str, fin: str
) -> None:
    avance = str(CENT_VINGT * Decimal(taux))
    suivie = regle(dt.date.fromisoformat(lancement), avance, taux)
    assert (suivie.debut, suivie.fin) == (Decimal(debut), Decimal(fin))


def test_regles_4_3_la_part_propre_du_titulaire_depuis_2026() -> None:
    suivie = regle(EN_2026, "3000", "0.05", "0.80", base="60000")
    assert suivie.cumul(Montant("42000")) == Montant("1000.00")


def test_un_regime_inconnu_nomme_son_parametre() -> None:
    with pytest.raises(ParametreManquant, match="avance_"):
        regle(dt.date(2005, 1, 1), "6000", "0.05")


@pytest.mark.parametrize(("fin", "base", "champ"), [("0.65", "120000", "fin"), (None, "0", "m")])
def test_une_regle_impossible_nomme_son_champ(fin: str | None, base: str, champ: str) -> None:
    with pytest.raises(ValidationError) as refus:
        regle(EN_2022, "6000", "0.05", fin, base)
    assert next(iter(refus.value.champs)).startswith(champ)


def test_H7_l_echeancier_montre_le_premier_et_le_dernier_euro() -> None:
    paliers = regle(EN_2022, "6000", "0.05").paliers()
    assert [(p.part, str(p.execute_ttc), str(p.cumul)) for p in paliers] == [
        (Decimal("0.65"), "78000.00", "0.00"),
        (Decimal("0.7"), "84000.00", "2000.00"),
        (Decimal("0.75"), "90000.00", "4000.00"),
        (Decimal("0.8"), "96000.00", "6000.00"),
    ]


def test_H7_ce_que_la_somme_due_ne_porte_pas_est_reporte() -> None:
    suivie = regle(EN_2022, "48000", "0.40")
    assert suivie.retenir(CENT_VINGT, ZERO, Montant("1000")) == Montant("1000")
    assert suivie.retenir(CENT_VINGT, Montant("1000"), Montant("90000")) == Montant("47000")
    assert suivie.retenir(CENT_VINGT, Montant("48000"), Montant("10")) == ZERO


def test_H7_le_solde_apure_l_avance_meme_si_le_marche_finit_avant() -> None:
    suivie = regle(EN_2025, "6000", "0.05")
    assert suivie.retenir(Montant("60000"), ZERO, Montant("9000"), solde=True) == Montant("6000")


CENTIMES = st.integers(1, 10**10).map(lambda n: Montant(Decimal(n).scaleb(-2)))
REGIMES = st.sampled_from([AVANT, EN_2022, EN_2025, EN_2026])


@st.composite
def resorptions(draw: st.DrawFn) -> Resorption:
    base = draw(CENTIMES)
    taux = Decimal(draw(st.integers(1, 100))).scaleb(-2)
    fin = draw(st.none() | st.integers(66, 100).map(lambda n: Decimal(n).scaleb(-2)))
    cas = Cas(draw(REGIMES), base, base * taux, taux, fin)
    return resorption.regle(cas, PARAMETRES)


@given(suivie=resorptions(), parts=st.lists(st.fractions(0, 2), min_size=1))
def test_H7_le_cumul_croit_et_ne_depasse_jamais_l_avance(
    suivie: Resorption, parts: list[object]
) -> None:
    cents = sorted(int(part * suivie.base_ttc.centimes) for part in parts)  # type: ignore[operator]
    suite = [suivie.cumul(Montant(Decimal(c).scaleb(-2))) for c in cents]
    assert suite == sorted(suite)
    assert all(ZERO <= cumul <= suivie.avance for cumul in suite)
    assert suivie.cumul(suivie.base_ttc) == suivie.avance


@given(suivie=resorptions(), paiements=st.lists(CENTIMES, max_size=12), solde=CENTIMES)
def test_H7_la_somme_recuperee_est_l_avance_au_solde(
    suivie: Resorption, paiements: list[Montant], solde: Montant
) -> None:
    execute = deja = ZERO
    for paiement in paiements:
        execute = execute + paiement
        retenu = suivie.retenir(execute, deja, paiement)
        assert ZERO <= retenu <= paiement
        deja = deja + retenu
        assert deja <= suivie.avance
    final = suivie.avance + solde  # a balance that can bear what is left
    assert deja + suivie.retenir(execute, deja, final, solde=True) == suivie.avance


@given(suivie=resorptions())
def test_l_echeancier_va_de_zero_a_l_avance(suivie: Resorption) -> None:
    paliers = suivie.paliers()
    montants = [palier.cumul for palier in paliers]
    assert montants == sorted(montants)
    assert (montants[0], montants[-1]) == (ZERO, suivie.avance)
    assert [p.execute_ttc for p in paliers] == sorted(p.execute_ttc for p in paliers)
