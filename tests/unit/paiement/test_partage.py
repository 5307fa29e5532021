"""The days of the authorising officer and of the accountant (rules §6.1, D7)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import horloge, partage
from services.paiement.domain.facture import Etat
from services.paiement.domain.horloge import Faits, Interruption
from services.paiement.domain.partage import Partage
from shared.kernel.parametres import ClasseAcheteur, Parametres

D = dt.date.fromisoformat
PARAMETRES = Parametres.depuis_yaml()
LE_2 = D("2026-03-02")


def partager(
    classe: ClasseAcheteur, convention: int | None = None, interruption: Interruption | None = None
) -> Partage | None:
    faits = Faits(emise_le=LE_2, recue_le=LE_2, interruption=interruption)
    calcul = horloge.calculer(faits, horloge.delais(PARAMETRES, classe, LE_2))
    jours = partage.jours_du_comptable(PARAMETRES, classe, LE_2, convention)
    return partage.partager(calcul, jours)


@pytest.mark.parametrize(
    ("classe", "ordonnateur", "comptable", "jours"),
    [
        (ClasseAcheteur.COLLECTIVITE, "2026-03-22", "2026-04-01", 10),  # 20 + 10
        (ClasseAcheteur.EPS, "2026-04-06", "2026-04-21", 15),  # 35 + 15
    ],
)
def test_regles_6_1_D7_partage(
    classe: ClasseAcheteur, ordonnateur: str, comptable: str, jours: int
) -> None:
    assert partager(classe) == Partage(D(ordonnateur), D(comptable), jours)


def test_regles_6_1_D7_une_convention_partage_autrement() -> None:
    assert partager(ClasseAcheteur.OPH, convention=8) == Partage(
        D("2026-03-24"), D("2026-04-01"), 8
    )


def test_apres_une_interruption_le_partage_suit_le_nouveau_delai() -> None:
    interruption = Interruption(D("2026-03-12"), D("2026-03-20"))
    partagee = partager(ClasseAcheteur.COLLECTIVITE, interruption=interruption)
    assert partagee == Partage(D("2026-04-09"), D("2026-04-20"), 10)


def test_horloge_arretee_le_fournisseur_a_la_main() -> None:
    arret = Interruption(D("2026-03-12"))
    assert partager(ClasseAcheteur.COLLECTIVITE, interruption=arret) is None
    tour = partage.tour(Etat.SUSPENDUE, None, None)
    assert (tour.detenteur, tour.jours_restants(LE_2)) == (partage.FOURNISSEUR, None)


def test_le_comptable_garde_ses_jours_si_le_mandat_tarde() -> None:
    partagee = Partage(D("2026-03-22"), D("2026-04-01"), 10)
    avant = partage.tour(Etat.SERVICE_FAIT, partagee, None)
    assert (avant.detenteur, avant.jours_restants(D("2026-03-25"))) == (partage.ORDONNATEUR, -3)
    apres = partage.tour(Etat.MANDATEE, partagee, D("2026-03-28"))
    assert (apres.detenteur, apres.limite_le) == (partage.COMPTABLE, D("2026-04-07"))
    assert partagee.depassements(D("2026-03-28"), D("2026-04-09")) == (6, 2)
    dite = partage.phrase(partagee, D("2026-03-28"), D("2026-04-09"))
    assert "l’ordonnateur l’a dépassée de 6\u00a0jours" in dite
    assert "le comptable l’a dépassée de 2\u00a0jours" in dite
    assert partage.phrase(partagee, LE_2, LE_2).endswith("Chacun a tenu sa part.")


@given(
    mandat=st.integers(0, 90),
    paiement=st.integers(0, 90),
    classe=st.sampled_from([ClasseAcheteur.COLLECTIVITE, ClasseAcheteur.EPS]),
)
def test_un_retard_a_toujours_un_responsable(
    mandat: int, paiement: int, classe: ClasseAcheteur
) -> None:
    partagee = partager(classe)
    assert partagee is not None
    mandatee = LE_2 + dt.timedelta(days=mandat)
    payee = mandatee + dt.timedelta(days=paiement)
    if payee > partagee.comptable_le:
        assert sum(partagee.depassements(mandatee, payee)) > 0
