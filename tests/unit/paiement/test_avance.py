"""The advance against the worked examples of the rule book, then properties."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import avance
from services.paiement.domain.avance import EtatAvance, Forme, Marche, Politique
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Parametres

PARAMETRES = Parametres.depuis_yaml()
CINQ = Politique(Decimal("0.05"))


def marche(ht: str, mois: int, **faits: object) -> Marche:
    base: dict[str, object] = {
        "date_lancement": dt.date(2026, 2, 2),
        "acheteur": ClasseAcheteur.COLLECTIVITE,
        "taux_tva": Decimal("0.20"),
    }
    return Marche(montant_ht=Montant(ht), duree_mois=mois, **(base | faits))  # type: ignore[arg-type]


def test_regles_4_4_ex_01_obligatoire_non_pme() -> None:
    proposition = avance.proposer(marche("100000", 6), PARAMETRES)
    assert proposition.obligatoire
    assert proposition.montant == Montant("6000.00")


def test_regles_4_4_ex_02_pme_et_departement_de_plus_de_60_millions() -> None:
    cas = marche("100000", 6, titulaire_pme=True, depenses_reelles=Montant("60000000.01"))
    assert avance.proposer(cas, PARAMETRES).montant == Montant("12000.00")


def test_regles_4_4_ex_03_assiette_annuelle() -> None:
    proposition = avance.proposer(marche("1000000", 48, politique=CINQ), PARAMETRES)
    assert proposition.assiette_ttc == Montant("300000")
    assert proposition.montant == Montant("15000.00")


def test_regles_4_4_ex_04_politique_sous_le_seuil_H7() -> None:
    proposition = avance.proposer(marche("49999", 6, politique=CINQ), PARAMETRES)
    assert not proposition.obligatoire
    assert not proposition.garantie
    assert proposition.montant == Montant("2999.94")


@pytest.mark.parametrize(("ht", "mois"), [("60000", 2), ("50000.00", 3)])
def test_regles_4_4_ex_05_et_ex_06_bornes_strictes(ht: str, mois: int) -> None:
    proposition = avance.proposer(marche(ht, mois), PARAMETRES)
    assert not proposition.obligatoire
    assert proposition.montant == Montant.zero()


def test_regles_4_4_ex_07_accord_cadre_avec_minimum() -> None:
    cas = marche("80000", 24, forme=Forme.ACCORD_CADRE_AVEC_MINIMUM)
    proposition = avance.proposer(cas, PARAMETRES)
    assert "R2191-17" in proposition.motifs[0]
    assert proposition.assiette_ttc == Montant("48000")
    assert proposition.montant == Montant("2400.00")


@pytest.mark.parametrize(("commande", "montant"), [("55000", "3300.00"), ("30000", "0")])
def test_regles_4_4_ex_08_par_commande_en_groupement(commande: str, montant: str) -> None:
    proposition = avance.proposer(marche(commande, 3, forme=Forme.BON_DE_COMMANDE), PARAMETRES)
    assert proposition.montant == Montant(montant)
    assert "R2191-18" in proposition.motifs[0]


def test_regles_4_1_A7_accord_cadre_au_minimum_de_50_000_euros() -> None:
    cas = marche("50000", 24, forme=Forme.ACCORD_CADRE_AVEC_MINIMUM)
    assert not avance.proposer(cas, PARAMETRES).obligatoire


@pytest.mark.parametrize(
    ("lancement", "taux", "accorde", "garantie"),
    [
        ("2020-10-17", "0.30", "0.30", False),
        ("2020-10-17", "0.31", "0.31", True),
        ("2020-10-17", "0.75", "0.60", True),
        ("2020-10-18", "0.75", "0.75", False),
        ("2026-01-01", "0.31", "0.31", False),
    ],
)
def test_regles_4_1_A10_plafond_et_garantie_avant_le_18_octobre_2020(
    *, lancement: str, taux: str, accorde: str, garantie: bool
) -> None:
    cas = marche(
        "100000",
        6,
        date_lancement=dt.date.fromisoformat(lancement),
        politique=Politique(Decimal(taux)),
    )
    proposition = avance.proposer(cas, PARAMETRES)
    assert (proposition.taux, proposition.garantie) == (Decimal(accorde), garantie)


def test_regles_4_4_ex_09_sous_traitant_paye_directement() -> None:
    proposition = avance.proposer(marche("100000", 6, sous_traite_ht=Montant("30000")), PARAMETRES)
    assert proposition.obligatoire
    assert proposition.assiette_ttc == Montant("84000")
    assert proposition.montant == Montant("4200.00")


def test_H7_marche_de_40_000_euros() -> None:
    proposition = avance.proposer(marche("40000", 12, politique=CINQ), PARAMETRES)
    assert proposition.montant == Montant("2400.00")
    assert not proposition.garantie
    assert "sans garantie" in proposition.regle


def test_le_marche_de_papier_de_la_demonstration() -> None:
    proposition = avance.proposer(
        marche("47880", 12, titulaire_pme=True, politique=CINQ), PARAMETRES
    )
    assert (proposition.assiette_ttc, proposition.montant) == (
        Montant("57456.00"),
        Montant("2872.80"),
    )


@pytest.mark.parametrize(
    ("lancement", "classe", "grand", "taux"),
    [
        ("2006-08-31", ClasseAcheteur.ETAT, False, None),
        ("2006-09-01", ClasseAcheteur.ETAT, True, "0.05"),
        ("2018-12-31", ClasseAcheteur.ETAT, False, "0.05"),
        ("2019-06-01", ClasseAcheteur.ETAT, False, "0.20"),
        ("2022-12-31", ClasseAcheteur.ETAT, True, "0.20"),
        ("2023-01-01", ClasseAcheteur.ETAT, True, "0.30"),
        ("2019-12-31", ClasseAcheteur.COLLECTIVITE, True, "0.05"),
        ("2020-01-01", ClasseAcheteur.COLLECTIVITE, True, "0.10"),
        ("2026-01-01", ClasseAcheteur.COLLECTIVITE, True, "0.10"),
        ("2026-01-01", ClasseAcheteur.COLLECTIVITE, False, "0.05"),
    ],
)
def test_regles_4_2_taux_minimal_pme(
    lancement: str, classe: ClasseAcheteur, grand: bool, taux: str | None
) -> None:
    cas = marche(
        "100000",
        6,
        date_lancement=dt.date.fromisoformat(lancement),
        acheteur=classe,
        titulaire_pme=True,
        depenses_reelles=Montant("90000000") if grand else None,
    )
    if taux is None:
        with pytest.raises(Exception, match="avance_"):
            avance.proposer(cas, PARAMETRES)
        return
    assert avance.proposer(cas, PARAMETRES).taux == Decimal(taux)


def test_la_politique_ne_descend_pas_sous_la_loi() -> None:
    cas = marche("100000", 6, politique=Politique(Decimal("0.03")))
    assert avance.proposer(cas, PARAMETRES).taux == Decimal("0.05")


@pytest.mark.parametrize(
    ("etat", "vers"),
    [
        (EtatAvance.PROPOSEE, EtatAvance.VERSEE),
        (EtatAvance.VERSEE, EtatAvance.ACCEPTEE),
        (EtatAvance.REFUSEE, EtatAvance.ACCEPTEE),
    ],
)
def test_une_avance_ne_saute_pas_d_etape(etat: EtatAvance, vers: EtatAvance) -> None:
    with pytest.raises(ConflictError, match="L’avance est"):
        avance.changer(etat, vers)


@given(
    centimes=st.integers(1, 10**9),
    mois=st.integers(1, 96),
    taux=st.integers(1, 60),
    pme=st.booleans(),
)
def test_l_avance_reste_dans_ses_bornes(centimes: int, mois: int, taux: int, pme: bool) -> None:
    ht = Montant(Decimal(centimes).scaleb(-2))
    cas = marche(str(ht), mois, titulaire_pme=pme, politique=Politique(Decimal(taux).scaleb(-2)))
    proposition = avance.proposer(cas, PARAMETRES)
    assert proposition.obligatoire == (ht > Montant(50000) and mois > 2)
    assert proposition.taux >= Decimal(taux).scaleb(-2)
    assert proposition.assiette_ttc <= Montant(ht.decimal * Decimal("1.2"))
    assert Montant.zero() <= proposition.montant <= proposition.assiette_ttc
    assert proposition.motifs
