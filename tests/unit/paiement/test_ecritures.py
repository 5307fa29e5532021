"""The ledger's arithmetic: movements balance, reversals cancel, order never matters."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.paiement.domain.ecritures import (
    Compte,
    Ligne,
    Situation,
    admettre,
    conclure,
    depassements,
    devoir_interets,
    engager,
    equilibrer,
    inverser,
    payer,
    recuperer_avance,
    situation,
    soldes,
    total,
    verser_avance,
)
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant

montants = st.integers(min_value=1, max_value=10**9).map(lambda n: Montant(n) / 100)
gestes = st.one_of(
    *(
        montants.map(ecriture)
        for ecriture in (conclure, engager, payer, verser_avance, recuperer_avance, devoir_interets)
    ),
    st.builds(admettre, montants, montants, montants),
)


@given(gestes)
def test_10_tout_mouvement_est_equilibre_et_sa_contrepassation_l_annule(lignes: Any) -> None:
    assert not total(lignes)
    assert soldes((*lignes, *inverser(lignes))) == {}


@given(st.lists(gestes, max_size=8), st.randoms(use_true_random=False))
def test_10_les_soldes_ne_dependent_pas_de_l_ordre(mouvements: list[Any], hasard: Any) -> None:
    lignes = [ligne for mouvement in mouvements for ligne in mouvement]
    melangees = list(lignes)
    hasard.shuffle(melangees)
    assert soldes(lignes) == soldes(melangees)
    assert not Montant.somme(soldes(lignes).values())


def test_10_un_mouvement_desequilibre_est_refuse() -> None:
    lignes = [Ligne(Compte.ENGAGE, Montant(10)), Ligne(Compte.CREDITS, Montant(-9))]
    with pytest.raises(DomainError) as refus:
        equilibrer(lignes)
    assert refus.value.code == "mouvement_desequilibre"


def test_10_un_montant_nul_n_ecrit_rien() -> None:
    assert engager(Montant.zero()) == ()


def test_10_une_facture_en_partie_reglee_ailleurs_ne_doit_que_le_reste() -> None:
    lignes = admettre(Montant(100), Montant(20), Montant(90))
    assert soldes(lignes)[Compte.FOURNISSEUR] == Montant(-90)
    assert soldes(lignes)[Compte.AILLEURS] == Montant(-30)


def test_H11_un_avoir_reprend_ce_que_la_facture_avait_admis() -> None:
    facture = admettre(Montant(100), Montant(20), Montant(120))
    avoir = admettre(Montant(-100), Montant(-20), Montant(-120))
    assert soldes((*facture, *avoir)) == {}


@pytest.mark.parametrize(
    ("lignes", "phrase"),
    [
        ((*conclure(Montant(10)), *engager(Montant(11))), "Les commandes dépassent"),
        (
            (
                *conclure(Montant(10)),
                *engager(Montant(5)),
                *admettre(Montant(6), Montant(1), Montant(7)),
            ),
            "dépassent les commandes",
        ),
        (payer(Montant(1)), "plus que ce qui lui était dû"),
        (recuperer_avance(Montant(1)), "au-delà de son montant"),
    ],
)
def test_10_ce_qui_depasse_est_dit(lignes: Any, phrase: str) -> None:
    dits = depassements(situation(soldes(lignes)))
    assert any(phrase in dit for dit in dits), dits


class VieDUnMarche(RuleBasedStateMachine):
    """Any lawful life of a contract keeps engaged ≥ admitted ≥ paid, whatever the steps."""

    def __init__(self) -> None:
        super().__init__()
        self.mouvements: list[tuple[Ligne, ...]] = [conclure(Montant(10_000))]
        self.contrepasse = False

    @property
    def s(self) -> Situation:
        return situation(soldes(ligne for m in self.mouvements for ligne in m))

    def ecrire(self, lignes: tuple[Ligne, ...]) -> None:
        self.mouvements.append(lignes)
        self.contrepasse = False

    @rule(part=st.integers(1, 100))
    def commander(self, part: int) -> None:
        self.ecrire(engager((self.s.marche_ht - self.s.engage_ht) * (Decimal(part) / 100)))

    @rule(part=st.integers(1, 100), tva=st.sampled_from([0, 10, 20]))
    def admettre(self, part: int, tva: int) -> None:
        ht = (self.s.engage_ht - self.s.admis_ht) * (Decimal(part) / 100)
        taxe = ht * tva / 100
        self.ecrire(admettre(ht, taxe, ht + taxe))

    @precondition(lambda self: not self.s.avance)
    @rule(montant=st.integers(1, 500))
    def avancer(self, montant: int) -> None:
        self.ecrire(verser_avance(Montant(montant)))

    @rule(part=st.integers(1, 100))
    def recuperer(self, part: int) -> None:
        possible = min(self.s.avance, self.s.du_ttc)
        self.ecrire(recuperer_avance(possible * (Decimal(part) / 100)))

    @rule(part=st.integers(1, 100))
    def payer(self, part: int) -> None:
        self.ecrire(payer(self.s.du_ttc * (Decimal(part) / 100)))

    @precondition(lambda self: len(self.mouvements) > 1 and not self.contrepasse)
    @rule()
    def contrepasser_le_dernier(self) -> None:
        self.ecrire(inverser(self.mouvements[-1]))
        self.contrepasse = True

    @invariant()
    def tout_est_equilibre(self) -> None:
        assert all(not total(m) for m in self.mouvements)
        assert depassements(self.s) == []
        regle_le = self.s.paye_ttc - self.s.avance
        assert self.s.admis_ttc == regle_le + self.s.du_ttc


TestVieDUnMarche = VieDUnMarche.TestCase
