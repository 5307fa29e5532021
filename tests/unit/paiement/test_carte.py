"""The ordered checks of a purchasing card, with the example card of the rule book."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import carte
from services.paiement.domain.carte import (
    Carte,
    Depenses,
    Genre,
    LigneBudget,
    MarcheVise,
    Motif,
    Operation,
    PlafondCategorie,
)
from services.paiement.domain.programme import EtatCarte
from shared.kernel.montant import Montant

S1 = "91070001200016"
CARTE = Carte(
    etat=EtatCarte.ACTIVE,
    porteur_actif=True,
    expire_le=dt.date(2027, 12, 31),
    plafond_transaction=Montant(500),
    plafond_periode=Montant(2000),
    plafond_fournisseur=Montant(1200),
)
DEPENSES = Depenses(periode=Montant(1700), fournisseur=Montant(900), annee=Montant(1700))
TRAVAUX = MarcheVise("2026-T1", travaux=True, avance=False, reste=Montant(10000))
AVANCE = MarcheVise("2026-A1", travaux=False, avance=True, reste=Montant(10000))


def operation(montant: str, **faits: object) -> Operation:
    base: dict[str, object] = {"fournisseur_reference": True}
    return Operation(
        le=dt.date(2026, 3, 15),
        montant=Montant(montant),
        siret=S1,
        **(base | faits),  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("op", "motif"),
    [
        (operation("300"), None),
        (operation("301"), Motif.PLAFOND_PERIODE),
        (operation("501"), Motif.PLAFOND_TRANSACTION),
        (operation("250", marche=TRAVAUX), Motif.MARCHE_EXCLU_TRAVAUX),
        (operation("100", marche=AVANCE), Motif.MARCHE_EXCLU_AVANCE),
    ],
)
def test_8_la_carte_d_exemple(op: Operation, motif: Motif | None) -> None:
    decision = carte.autoriser(CARTE, op, DEPENSES)
    assert decision.motif == motif
    assert decision.autorisee == (motif is None)


def test_8_au_plafond_exact_il_ne_reste_rien() -> None:
    assert carte.autoriser(CARTE, operation("300"), DEPENSES).reste_periode == Montant.zero()


PAPIER = PlafondCategorie(Genre.CPV, "30190000", Montant(300))
LIBRAIRIE = PlafondCategorie(Genre.MCC, "5942", Montant(0))
VIDE = Depenses(Montant.zero(), Montant.zero(), Montant.zero())


@pytest.mark.parametrize(
    ("porteuse", "op", "depenses", "motif"),
    [
        (replace(CARTE, etat=EtatCarte.A_ACTIVER), operation("1"), VIDE, Motif.CARTE_INACTIVE),
        (replace(CARTE, etat=EtatCarte.SUSPENDUE), operation("1"), VIDE, Motif.CARTE_SUSPENDUE),
        (replace(CARTE, etat=EtatCarte.OPPOSEE), operation("1"), VIDE, Motif.CARTE_OPPOSEE),
        (
            replace(CARTE, expire_le=dt.date(2026, 3, 14)),
            operation("1"),
            VIDE,
            Motif.CARTE_EXPIREE,
        ),
        (replace(CARTE, porteur_actif=False), operation("1"), VIDE, Motif.PORTEUR_INACTIF),
        (
            CARTE,
            operation("1", fournisseur_reference=False),
            VIDE,
            Motif.FOURNISSEUR_NON_REFERENCE,
        ),
        (
            replace(CARTE, familles_exclues=("15900000",)),
            operation("1", cpv="15911000"),
            VIDE,
            Motif.FAMILLE_EXCLUE,
        ),
        (
            replace(CARTE, mcc_exclus=("5921",)),
            operation("1", mcc="5921"),
            VIDE,
            Motif.MCC_EXCLU,
        ),
        (CARTE, operation("1", sur_stock=True), VIDE, Motif.MARCHE_EXCLU_STOCK),
        (
            CARTE,
            operation("1", ligne=LigneBudget("3111", Montant(100))),
            VIDE,
            Motif.MARCHE_EXCLU_STOCK,
        ),
        (
            replace(CARTE, plafonds_categorie=(PAPIER,)),
            operation("51", cpv="30197630"),
            replace(VIDE, categories=(Montant(250),)),
            Motif.PLAFOND_CATEGORIE,
        ),
        (
            replace(CARTE, plafonds_categorie=(LIBRAIRIE,)),
            operation("1", mcc="5942"),
            replace(VIDE, categories=(Montant(0),)),
            Motif.PLAFOND_CATEGORIE,
        ),
        (
            CARTE,
            operation("1", ligne=LigneBudget("60632", Montant("0.99"))),
            VIDE,
            Motif.BUDGET_EPUISE,
        ),
        (
            CARTE,
            operation("400"),
            replace(VIDE, fournisseur=Montant(900)),
            Motif.PLAFOND_FOURNISSEUR,
        ),
        (
            CARTE,
            operation("400", marche=MarcheVise("M", False, False, Montant("399.99"))),
            VIDE,
            Motif.MARCHE_EPUISE,
        ),
        (
            replace(CARTE, budget_annuel=Montant(3000)),
            operation("400"),
            replace(VIDE, annee=Montant(2601)),
            Motif.BUDGET_EPUISE,
        ),
    ],
)
def test_I1_chaque_refus_est_nomme(
    porteuse: Carte, op: Operation, depenses: Depenses, motif: Motif
) -> None:
    decision = carte.autoriser(porteuse, op, depenses)
    assert decision.motif is motif
    assert decision.explication.endswith(".")


def test_I1_le_plafond_d_une_categorie_ne_tient_que_ses_achats() -> None:
    porteuse = replace(CARTE, plafonds_categorie=(PAPIER,))
    depenses = replace(VIDE, categories=(Montant(300),))
    assert carte.autoriser(porteuse, operation("51", cpv="39830000"), depenses).autorisee
    exact = replace(VIDE, categories=(Montant(249),))
    assert carte.autoriser(porteuse, operation("51", cpv="30197630"), exact).autorisee


def test_I1_des_travaux_motives_sont_permis() -> None:
    op = operation("250", marche=TRAVAUX, motif_travaux="Réparation courante d’une serrure")
    assert carte.autoriser(CARTE, op, VIDE).autorisee


def test_I2_le_premier_echec_decide_et_la_suite_n_est_pas_examinee() -> None:
    op = operation("501", marche=AVANCE, fournisseur_reference=False)
    decision = carte.autoriser(CARTE, op, DEPENSES)
    assert decision.motif is Motif.FOURNISSEUR_NON_REFERENCE
    assert [c.passe for c in decision.controles] == [True, True, False] + [None] * 8


@given(
    centimes=st.integers(1, 300_000),
    periode=st.integers(0, 300_000),
    fournisseur=st.integers(0, 300_000),
)
def test_une_operation_acceptee_respecte_tous_les_plafonds(
    centimes: int, periode: int, fournisseur: int
) -> None:
    montant, mois, chez_lui = (Montant(n) / 100 for n in (centimes, periode, fournisseur))
    depenses = Depenses(mois, chez_lui, mois)
    decision = carte.autoriser(CARTE, operation(str(montant)), depenses)
    respecte = (
        montant <= CARTE.plafond_transaction
        and mois + montant <= CARTE.plafond_periode
        and chez_lui + montant <= CARTE.plafond_fournisseur
    )
    assert decision.autorisee == respecte
    assert len(decision.controles) == 11
