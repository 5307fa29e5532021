import datetime as dt
from decimal import Decimal
from itertools import combinations

import pytest

from shared.kernel.parametres import (
    ClasseAcheteur,
    Nature,
    ParametreLegal,
    ParametreManquant,
    Parametres,
)

COLLECTIVITE, ETAT, EPS, OPH = (
    ClasseAcheteur.COLLECTIVITE,
    ClasseAcheteur.ETAT,
    ClasseAcheteur.EPS,
    ClasseAcheteur.OPH,
)


@pytest.fixture(scope="module")
def parametres() -> Parametres:
    return Parametres.depuis_yaml()


def d(texte: str) -> dt.date:
    return dt.date.fromisoformat(texte)


@pytest.mark.parametrize(
    ("jour", "fs", "travaux"),
    [
        ("2011-12-11", 15000, 15000),
        ("2015-10-01", 25000, 25000),
        ("2020-01-01", 40000, 40000),
        ("2020-07-24", 40000, 70000),
        ("2020-12-08", 40000, 100000),
        ("2026-03-31", 40000, 100000),
        ("2026-04-01", 60000, 100000),
    ],
)
def test_exemption_threshold_by_date(parametres, jour, fs, travaux):
    code = "seuil_dispense_ht"
    assert parametres.valeur(code, d(jour), COLLECTIVITE, Nature.SERVICES).valeur == fs
    assert parametres.valeur(code, d(jour), COLLECTIVITE, Nature.TRAVAUX).valeur == travaux


@pytest.mark.parametrize(
    ("jour", "seuils"),
    [
        ("2014-01-01", (134000, 207000, 414000, 5186000)),
        ("2016-01-01", (135000, 209000, 418000, 5225000)),
        ("2018-01-01", (144000, 221000, 443000, 5548000)),
        ("2020-01-01", (139000, 214000, 428000, 5350000)),
        ("2022-01-01", (140000, 215000, 431000, 5382000)),
        ("2024-01-01", (143000, 221000, 443000, 5538000)),
        ("2027-12-31", (140000, 216000, 432000, 5404000)),
    ],
)
def test_formal_threshold_by_date_and_buyer(parametres, jour, seuils):
    def seuil(acheteur: ClasseAcheteur, nature: Nature = Nature.FOURNITURES) -> Decimal:
        return parametres.valeur("seuil_formalise_ht", d(jour), acheteur, nature).valeur

    etat, local, reseau, travaux = seuils
    assert seuil(ETAT) == etat
    assert seuil(COLLECTIVITE) == seuil(EPS) == seuil(OPH) == local
    assert seuil(ClasseAcheteur.ENTITE_ADJUDICATRICE) == reseau
    assert seuil(COLLECTIVITE, Nature.TRAVAUX) == seuil(ETAT, Nature.TRAVAUX) == travaux


@pytest.mark.parametrize(
    ("jour", "taux"),
    [("2013-01-01", "0.75"), ("2016-12-31", "0.00"), ("2023-01-01", "2.50"),
     ("2024-06-28", "4.50"), ("2024-07-01", "4.25"), ("2025-06-30", "3.15"),
     ("2025-12-31", "2.15"), ("2026-06-30", "2.15")],
)  # fmt: skip
def test_central_bank_rate_of_the_half_year(parametres, jour, taux):
    assert parametres.valeur("taux_bce", d(jour)).valeur == Decimal(taux)


@pytest.mark.parametrize(
    ("acheteur", "jours", "comptable"), [(COLLECTIVITE, 30, 10), (OPH, 30, 10), (EPS, 50, 15)]
)
def test_payment_period_by_buyer(parametres, acheteur, jours, comptable):
    jour = d("2026-03-02")
    assert parametres.valeur("delai_paiement_jours", jour, acheteur).valeur == jours
    assert parametres.valeur("delai_comptable_jours", jour, acheteur).valeur == comptable


@pytest.mark.parametrize(
    ("code", "jour", "cas", "message"),
    [
        ("taux_bce", "2026-07-01", (), "«\u00a0taux_bce\u00a0» ne couvre le 01/07/2026"),
        ("seuil_formalise_ht", "2028-01-01", (COLLECTIVITE, Nature.SERVICES), "01/01/2028"),
        ("seuil_dispense_ht", "2011-12-10", (COLLECTIVITE, Nature.SERVICES), "10/12/2011"),
        ("delai_paiement_jours", "2026-01-01", (), "delai_paiement_jours"),
        ("delai_paiement_jours", "2018-01-01", (COLLECTIVITE,), "COLLECTIVITE"),
        ("inconnu", "2026-01-01", (), "inconnu"),
    ],
)
def test_missing_row_is_an_error_that_names_code_and_date(parametres, code, jour, cas, message):
    with pytest.raises(ParametreManquant, match=message) as manque:
        parametres.valeur(code, d(jour), *cas)
    assert manque.value.code == "parametre-manquant"
    assert manque.value.details == {"parametre": code, "date_cle": d(jour)}


def test_administrator_fills_a_gap_and_overrides(parametres):
    saisie = ParametreLegal(
        "taux_bce", Decimal("2.00"), d("2026-07-01"), d("2026-12-31"), saisi_par="Claire Admin"
    )
    correction = ParametreLegal("taux_bce", Decimal("1.90"), d("2026-07-01"), d("2026-12-31"))
    complet = parametres.avec([saisie])
    assert complet.valeur("taux_bce", d("2026-07-01")) is saisie
    assert complet.valeur("taux_bce", d("2026-06-30")).valeur == Decimal("2.15")
    assert complet.avec([correction]).valeur("taux_bce", d("2026-10-01")) is correction
    with pytest.raises(ParametreManquant):
        complet.valeur("taux_bce", d("2027-01-01"))
    with pytest.raises(ParametreManquant):
        parametres.valeur("taux_bce", d("2026-07-01"))


def test_a_typed_row_wins_over_the_shipped_one_it_corrects(parametres):
    correction = ParametreLegal("taux_bce", Decimal("2.40"), d("2026-02-01"), d("2026-06-30"))
    corriges = parametres.avec([correction])
    assert corriges.valeur("taux_bce", d("2026-02-01")) is correction
    assert corriges.valeur("taux_bce", d("2026-01-31")).valeur == Decimal("2.15")


def test_row_tells_its_source_and_whether_it_was_checked(parametres):
    ligne = parametres.valeur("seuil_dispense_ht", d("2026-04-01"), OPH, Nature.FOURNITURES)
    assert (ligne.ref, ligne.verifie) == ("CCP R2122-8, décret 2025-1386, art. 1er b", True)
    assert (ligne.du, ligne.au) == (d("2026-04-01"), None)
    ancienne = parametres.valeur("seuil_dispense_ht", d("2020-08-01"), OPH, Nature.TRAVAUX)
    assert not ancienne.verifie
    assert ancienne.au == d("2020-12-07")


def test_every_shipped_row_is_exact_dated_and_sourced(parametres):
    lignes = list(parametres)
    assert len({ligne.code for ligne in lignes}) >= 50
    for ligne in lignes:
        assert isinstance(ligne.valeur, Decimal)
        assert ligne.ref
        assert ligne.libelle
        assert ligne.au is None or ligne.du <= ligne.au


def test_no_case_is_covered_twice(parametres):
    par_code: dict[str, list[ParametreLegal]] = {}
    for ligne in parametres:
        par_code.setdefault(ligne.code, []).append(ligne)
    for lignes in par_code.values():
        assert not [paire for paire in combinations(lignes, 2) if _se_chevauchent(*paire)]


def _se_chevauchent(a: ParametreLegal, b: ParametreLegal) -> bool:
    fin = dt.date.max
    memes_dates = a.du <= (b.au or fin) and b.du <= (a.au or fin)
    acheteurs = None in {a.acheteurs, b.acheteurs} or bool(a.acheteurs & b.acheteurs)
    natures = None in {a.natures, b.natures} or bool(a.natures & b.natures)
    return memes_dates and acheteurs and natures
