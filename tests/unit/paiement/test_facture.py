"""The life cycle of an invoice, state by state."""

import datetime as dt
from itertools import product

import pytest

from services.paiement.domain import facture, horloge
from services.paiement.domain.facture import DETENTEURS, LIBELLES, SUITES, Etat
from shared.kernel.errors import ConflictError

D = dt.date.fromisoformat
PERMISES = {
    ("DEPOSEE", "MISE_A_DISPOSITION"),
    ("DEPOSEE", "EN_COURS_ACHEMINEMENT"),
    ("EN_COURS_ACHEMINEMENT", "MISE_A_DISPOSITION"),
    ("EN_COURS_ACHEMINEMENT", "A_RECYCLER"),
    ("EN_COURS_ACHEMINEMENT", "REJETEE"),
    ("MISE_A_DISPOSITION", "A_RECYCLER"),
    ("A_RECYCLER", "MISE_A_DISPOSITION"),
    ("MISE_A_DISPOSITION", "SUSPENDUE"),
    ("MISE_A_DISPOSITION", "REJETEE"),
    ("MISE_A_DISPOSITION", "SERVICE_FAIT"),
    ("MISE_A_DISPOSITION", "MANDATEE"),
    ("SUSPENDUE", "COMPLETEE"),
    ("COMPLETEE", "MISE_A_DISPOSITION"),
    ("SERVICE_FAIT", "SUSPENDUE"),
    ("SERVICE_FAIT", "MANDATEE"),
    ("MANDATEE", "MISE_A_DISPOSITION_COMPTABLE"),
    ("MANDATEE", "COMPTABILISEE"),
    ("MANDATEE", "MISE_EN_PAIEMENT"),
    ("MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE"),
    ("MISE_A_DISPOSITION_COMPTABLE", "MISE_EN_PAIEMENT"),
    ("COMPTABILISEE", "MISE_EN_PAIEMENT"),
}


@pytest.mark.parametrize(("de", "vers"), list(product(Etat, Etat)))
def test_H5_chaque_etat_n_est_atteint_que_de_ses_predecesseurs(de: Etat, vers: Etat) -> None:
    if (de.value, vers.value) in PERMISES:
        assert facture.avancer(de, vers) is vers
    else:
        with pytest.raises(ConflictError) as refus:
            facture.avancer(de, vers)
        assert refus.value.code == "transition_interdite"


def test_H5_chaque_etat_a_un_libelle_un_detenteur_et_des_suites() -> None:
    assert set(LIBELLES) == set(DETENTEURS) == set(SUITES) == set(Etat)


def test_H5_tout_etat_est_atteignable_depuis_le_depot() -> None:
    atteints, a_voir = {Etat.DEPOSEE}, [Etat.DEPOSEE]
    while a_voir:
        nouveaux = SUITES[a_voir.pop()] - atteints
        atteints |= nouveaux
        a_voir.extend(nouveaux)
    assert atteints == set(Etat)


def test_un_refus_dit_ce_qui_reste_possible() -> None:
    with pytest.raises(ConflictError, match="Elle peut devenir\u00a0: suspendue, mandatée\\."):
        facture.avancer(Etat.SERVICE_FAIT, Etat.REJETEE)
    with pytest.raises(ConflictError, match="Elle ne change plus d’état"):
        facture.avancer(Etat.REJETEE, Etat.MANDATEE)


@pytest.fixture
def cours() -> horloge.Horloge:
    faits = horloge.Faits(emise_le=D("2026-03-02"), recue_le=D("2026-03-02"))
    return horloge.calculer(faits, horloge.Delais(30, 2, 30, 15))


@pytest.mark.parametrize(
    ("etat", "deja", "le", "code"),
    [
        (Etat.MISE_A_DISPOSITION, False, "2026-03-12", None),
        (Etat.MISE_A_DISPOSITION, False, "2026-04-01", None),
        (Etat.SERVICE_FAIT, False, "2026-03-12", None),
        (Etat.MISE_A_DISPOSITION, False, "2026-04-02", "delai_expire"),
        (Etat.MISE_A_DISPOSITION, True, "2026-03-12", "deja_interrompue"),
        (Etat.MANDATEE, False, "2026-03-12", "transition_interdite"),
    ],
)
def test_6_2_une_seule_interruption_avant_le_mandat(
    cours: horloge.Horloge, etat: Etat, deja: bool, le: str, code: str | None
) -> None:
    if code is None:
        facture.verifier_interruption(etat, cours, deja, D(le))
        return
    with pytest.raises(ConflictError) as refus:
        facture.verifier_interruption(etat, cours, deja, D(le))
    assert refus.value.code == code
