"""The retention of guarantee: its ceiling by date and class, what it takes, when it is repaid."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import retenue
from services.paiement.domain.retenue import Fin, Retenue
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Parametres

PARAMETRES = Parametres.depuis_yaml()
LANCEMENT = dt.date(2026, 2, 2)
ZERO = Montant.zero()


@pytest.mark.parametrize(("taux", "attendu"), [("0.05", "6600.00"), ("0.03", "3960.00")])
def test_regles_5_plafond_avec_avenant(taux: str, attendu: str) -> None:
    plafond = retenue.plafond(Montant("120000"), Montant("12000"), Decimal(taux))
    assert plafond == Montant(attendu)


@pytest.mark.parametrize(
    ("lancement", "classe", "pme", "depenses", "maximum"),
    [
        ("2026-02-02", ClasseAcheteur.COLLECTIVITE, False, "450000000", "0.05"),
        ("2026-02-02", ClasseAcheteur.COLLECTIVITE, True, "450000000", "0.03"),
        ("2026-02-02", ClasseAcheteur.COLLECTIVITE, True, "60000000", "0.05"),
        ("2026-02-02", ClasseAcheteur.COLLECTIVITE, True, None, "0.05"),
        ("2024-12-31", ClasseAcheteur.COLLECTIVITE, True, "450000000", "0.05"),
        ("2024-12-31", ClasseAcheteur.ETAT, True, None, "0.03"),
        ("2018-12-31", ClasseAcheteur.ETAT, True, None, "0.05"),
        ("2026-02-02", ClasseAcheteur.ETAT, False, None, "0.05"),
    ],
)
def test_regles_5_I5_le_taux_suit_la_date_et_les_classes(
    lancement: str, classe: ClasseAcheteur, pme: bool, depenses: str | None, maximum: str
) -> None:
    ligne = retenue.taux_maximal(
        dt.date.fromisoformat(lancement),
        classe,
        pme=pme,
        depenses_reelles=Montant(depenses) if depenses else None,
        parametres=PARAMETRES,
    )
    assert ligne.valeur == Decimal(maximum)
    retenue.verifier_taux(Decimal(maximum), ligne)
    with pytest.raises(ValidationError) as refus:
        retenue.verifier_taux(Decimal(maximum) + Decimal("0.001"), ligne)
    assert ligne.ref in refus.value.champs["retenue"]


@given(
    taux=st.sampled_from([Decimal("0.03"), Decimal("0.05")]),
    parts=st.lists(st.integers(0, 10**7), max_size=12),
    plafond=st.integers(0, 10**6),
)
def test_regles_5_retenu_egale_restitue_sans_depasser_le_plafond(
    taux: Decimal, parts: list[int], plafond: int
) -> None:
    regle = Retenue(taux, Montant(plafond) / 100)
    cumul = retenu = ZERO
    for part in parts:
        apres = cumul + Montant(part) / 100
        retenu += retenue.prelever(regle, cumul, apres, retenu)
        cumul = apres
        assert ZERO <= retenu <= regle.plafond
    assert retenu == min(cumul * taux, regle.plafond)
    retenu += retenue.prelever(regle, cumul, ZERO, retenu)  # everything corrected away
    assert retenu >= ZERO


def test_regles_5_I6_une_garantie_remplace_la_retenue() -> None:
    regle = Retenue(Decimal("0.05"), Montant("6000"), remplacee=True)
    assert retenue.prelever(regle, ZERO, Montant("18000"), ZERO) == ZERO


RECEPTION = dt.date(2026, 3, 31)


@pytest.mark.parametrize(
    ("fin", "depuis"),
    [
        (Fin(None, 12), None),
        (Fin(RECEPTION, 12), "2027-03-31"),
        (Fin(RECEPTION, 12, reserves=True), None),
        (Fin(RECEPTION, 12, True, dt.date(2026, 6, 1)), "2027-03-31"),
        (Fin(RECEPTION, 12, True, dt.date(2027, 5, 1)), "2027-05-01"),
        (Fin(RECEPTION, 12, True, None, dt.date(2026, 4, 2)), "2026-04-02"),
    ],
)
def test_regles_5_I7_restituee_trente_jours_apres(fin: Fin, depuis: str | None) -> None:
    attendue = retenue.restitution(fin, LANCEMENT, PARAMETRES)
    if depuis is None:
        assert attendue is None
        return
    assert attendue is not None
    assert attendue.depuis_le == dt.date.fromisoformat(depuis)
    assert (attendue.avant_le - attendue.depuis_le).days == 30
    assert "R2191-35" in attendue.motif


def test_regles_5_I7_on_ne_restitue_pas_avant_la_fin() -> None:
    attendue = retenue.restitution(Fin(RECEPTION, 12), LANCEMENT, PARAMETRES)
    retenu = Montant("900")
    with pytest.raises(ConflictError, match="31\u00a0mars\u00a02027"):
        retenue.exiger_restituable(attendue, retenu, dt.date(2027, 3, 30))
    with pytest.raises(ConflictError, match="Aucune retenue"):
        retenue.exiger_restituable(attendue, ZERO, dt.date(2027, 3, 31))
    assert retenue.exiger_restituable(attendue, retenu, dt.date(2027, 3, 31)) is attendue
