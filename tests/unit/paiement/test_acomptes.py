"""Instalments pro rata of the duration: the worked examples, the suspensions, the exact sum."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import acomptes
from services.paiement.domain.acomptes import Arret, Duree, Methode
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreManquant, Parametres

PARAMETRES = Parametres.depuis_yaml()
AN = Duree(dt.date(2026, 1, 1), 12)
FORFAIT = Montant("60000")
ZERO = Montant.zero()
jours = st.dates(dt.date(2024, 1, 1), dt.date(2031, 12, 31))
prorata = st.sampled_from([Methode.MOIS, Methode.JOURS])


@pytest.mark.parametrize(
    ("methode", "attendu"), [(Methode.MOIS, "15000.00"), (Methode.JOURS, "14794.52")]
)
def test_regles_5_forfait_apres_trois_mois(methode: Methode, attendu: str) -> None:
    au = dt.date(2026, 3, 31)
    assert acomptes.acquis(FORFAIT, AN, methode, au) == Montant(attendu)
    propose, pourquoi = acomptes.proposer(FORFAIT, AN, methode, au, Montant("1000"))
    assert propose == Montant(attendu) - Montant("1000")
    assert "déjà décomptés" in pourquoi


def test_regles_5_un_mois_entame_compte_ses_propres_jours() -> None:
    au = dt.date(2026, 2, 14)  # 14 of the 28 days of February
    assert acomptes.acquis(FORFAIT, AN, Methode.MOIS, au) == Montant("7500.00")


@pytest.mark.parametrize("methode", [Methode.MOIS, Methode.JOURS])
def test_H8_douze_mois_de_100_000_01_font_exactement_le_total(methode: Methode) -> None:
    prix, deja, verses = Montant("100000.01"), ZERO, []
    for mois in range(1, 13):
        au = ajouter_jours(dt.date(2026 + mois // 12, mois % 12 + 1, 1), -1)
        verse, _ = acomptes.proposer(prix, AN, methode, au, deja)
        verses.append(verse)
        deja += verse
    assert deja == prix
    assert len(verses) == 12
    assert all(verses)


@given(
    prix=st.integers(1, 10**9).map(lambda c: Montant(c) / 100),
    debut=jours,
    longueur=st.tuples(st.integers(1, 60), st.integers(0, 400)),
    methode=prorata,
    dates=st.lists(st.integers(-60, 2600), max_size=20),
    arret=st.none() | st.tuples(st.integers(0, 400), st.integers(0, 200)),
)
def test_H8_la_somme_est_exacte_quelles_que_soient_les_dates(  # noqa: PLR0917 -- one draw each
    prix: Montant,
    debut: dt.date,
    longueur: tuple[int, int],
    methode: Methode,
    dates: list[int],
    arret: tuple[int, int] | None,
) -> None:
    arrets = []
    if arret is not None:
        du = ajouter_jours(debut, arret[0])
        arrets = [Arret(du, ajouter_jours(du, arret[1]))]
    duree = Duree(debut, *longueur, arrets)
    derniere = max(duree.fin, ajouter_jours(debut, max(dates, default=0)))
    deja = ZERO
    for au in [*(ajouter_jours(debut, n) for n in sorted(dates)), derniere]:
        verse, _ = acomptes.proposer(prix, duree, methode, au, deja)
        assert verse >= ZERO
        deja += verse
        assert deja <= prix
    assert deja == prix


@given(debut=jours, mois=st.integers(1, 60), methode=prorata, dates=st.lists(jours, max_size=20))
def test_regles_5_la_part_ecoulee_ne_recule_jamais(
    debut: dt.date, mois: int, methode: Methode, dates: list[dt.date]
) -> None:
    duree = Duree(debut, mois)
    parts = [acomptes.part_ecoulee(duree, methode, au) for au in sorted(dates)]
    assert all(0 <= part <= 1 for part in parts)
    assert all(avant <= apres for avant, apres in pairwise(parts))


def test_H1_une_suspension_recule_la_fin_et_gele_l_acompte() -> None:
    arret = Arret(dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    duree = Duree(AN.debut, 12, arrets=[arret])
    assert AN.fin == dt.date(2026, 12, 31)
    assert duree.fin == dt.date(2027, 1, 30)  # thirty days later
    avant = acomptes.acquis(FORFAIT, duree, Methode.JOURS, dt.date(2026, 2, 28))
    assert acomptes.acquis(FORFAIT, duree, Methode.JOURS, dt.date(2026, 3, 30)) == avant
    assert acomptes.acquis(FORFAIT, duree, Methode.JOURS, dt.date(2026, 3, 31)) > avant


def test_H1_une_suspension_sans_reprise_court_encore() -> None:
    duree = Duree(AN.debut, 12, arrets=[Arret(dt.date(2026, 3, 1))])
    assert duree.suspendue
    fige = acomptes.acquis(FORFAIT, duree, Methode.MOIS, dt.date(2026, 2, 28))
    assert acomptes.acquis(FORFAIT, duree, Methode.MOIS, dt.date(2026, 11, 30)) == fige


def test_une_prolongation_etale_le_forfait() -> None:
    duree = Duree(AN.debut, 12, prolongation=31)
    assert duree.fin == dt.date(2027, 1, 31)
    au = dt.date(2026, 12, 31)
    assert acomptes.acquis(Montant("13000"), duree, Methode.MOIS, au) == Montant("12000")


@pytest.mark.parametrize(
    ("travaux", "pme", "sur_demande", "mois"),
    [
        (False, False, False, 3),
        (True, False, True, 3),
        (True, True, False, 1),
        (False, True, False, 3),
        (False, True, True, 1),
    ],
)
def test_regles_5_I2_periodicite(travaux: bool, pme: bool, sur_demande: bool, mois: int) -> None:
    intervalle = acomptes.periodicite(
        dt.date(2026, 2, 2),
        travaux=travaux,
        pme=pme,
        sur_demande=sur_demande,
        parametres=PARAMETRES,
    )
    assert intervalle.mois == mois
    assert "R2191-22" in intervalle.motif
    assert acomptes.prochain(dt.date(2026, 1, 31), intervalle).month == 1 + mois


def test_sans_parametre_l_erreur_le_nomme() -> None:
    with pytest.raises(ParametreManquant, match="acompte_periodicite_mois"):
        acomptes.periodicite(
            dt.date(2010, 1, 1), travaux=True, pme=False, sur_demande=False, parametres=PARAMETRES
        )


def test_une_periode_ne_se_decompte_pas_deux_fois() -> None:
    mars = dt.date(2026, 3, 31)
    acomptes.verifier_periode(dt.date(2026, 4, 1), dt.date(2026, 4, 30), mars)
    with pytest.raises(ValidationError) as refus:
        acomptes.verifier_periode(mars, dt.date(2026, 4, 30), mars)
    assert refus.value.champs["du"].endswith("31\u00a0mars\u00a02026.")
    with pytest.raises(ValidationError) as refus:
        acomptes.verifier_periode(dt.date(2026, 4, 2), dt.date(2026, 4, 1), None)
    assert set(refus.value.champs) == {"au"}
