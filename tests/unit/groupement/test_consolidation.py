import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.consolidation import (
    Besoin,
    consolider,
    cout_par_membre,
)
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from tests.unit.groupement.monde import (
    AUB,
    BESOINS_PAPIER,
    DEP,
    ENVELOPPES,
    LOTS,
    PAPIER,
    SDEA,
    SDIS,
    SEL,
    VH,
    besoin,
)

ARTICLES = (PAPIER, ENVELOPPES)
UNITES = ("feuille", "ramette", "carton", "palette")


@st.composite
def besoins(draw: st.DrawFn) -> list[Besoin]:
    cles = draw(
        st.lists(
            st.tuples(
                st.sampled_from([DEP, SDIS, SDEA, VH, AUB]),
                st.sampled_from(ARTICLES),
                st.sampled_from(["Privas", "Aubenas", "Tournon"]),
            ),
            min_size=1,
            max_size=20,
            unique_by=lambda cle: (cle[0], cle[1].code, cle[2]),
        )
    )
    lus = []
    for siret, article, lieu in cles:
        unite = draw(st.sampled_from(article.bareme.noms))
        quantite = draw(st.integers(0, 900))
        tolerance = draw(st.integers(0, 50))
        lus.append(besoin(siret, str(quantite), unite, str(tolerance), article=article, lieu=lieu))
    return lus


def test_the_paper_of_the_story_makes_105_pallets_for_47_880_euros() -> None:
    resultat = consolider(LOTS, ARTICLES, BESOINS_PAPIER)
    (ligne,) = resultat.lignes
    assert (ligne.quantite, ligne.conditionnement) == (Decimal(105), "palette")
    assert ligne.quantite_base == Decimal(6_300_000)
    assert ligne.non_affecte_base == 0
    assert resultat.montant_ht == Montant("47880.00")
    assert {p.siret: p.quantite_base / 60000 for p in ligne.composition} == {
        DEP: 40, SDIS: 30, SDEA: 20, VH: 10, AUB: 5,
    }  # fmt: skip


def test_D5_boxes_and_sheets_of_one_article_make_one_line_in_the_base_unit() -> None:
    feuilles = [besoin(DEP, "12", "ramette"), besoin(SDIS, "3000", "feuille")]
    (ligne,) = consolider(LOTS, ARTICLES, feuilles).lignes
    assert ligne.unite_base == "feuille"
    assert ligne.quantite_base == 12 * 500 + 3000


def test_D5_kilograms_and_litres_never_merge() -> None:
    with pytest.raises(DomainError) as refus:
        consolider(
            LOTS,
            (SEL,),
            [besoin(DEP, "2", "t", article=SEL), besoin(VH, "3", "litre", article=SEL)],
        )
    assert refus.value.code == "unite_incompatible"
    assert refus.value.details == {"besoin": "vh-SEL-Privas", "unite": "litre"}


def test_D5_two_delivery_places_give_two_sub_lines() -> None:
    lignes = consolider(
        LOTS, ARTICLES, [besoin(DEP, "2", "palette"), besoin(VH, "1", "palette", lieu="Tournon")]
    ).lignes
    assert [(ligne.lieu, ligne.quantite) for ligne in lignes] == [("Privas", 2), ("Tournon", 1)]


@given(besoins(), st.randoms(use_true_random=False))
def test_I2_consolidation_depends_on_the_set_of_needs_only(
    declares: list[Besoin], hasard: random.Random
) -> None:
    melanges = declares.copy()
    hasard.shuffle(melanges)
    if not any(b.quantite for b in declares):
        with pytest.raises(DomainError, match="Aucun besoin"):
            consolider(LOTS, ARTICLES, declares)
        return
    resultat = consolider(LOTS, ARTICLES, declares)
    assert consolider(reversed(LOTS), reversed(ARTICLES), melanges) == resultat


@given(besoins())
def test_I1_the_needs_of_a_line_sum_to_its_quantity(declares: list[Besoin]) -> None:
    if not any(b.quantite for b in declares):
        return
    catalogue = {article.code: article for article in ARTICLES}
    for ligne in consolider(LOTS, ARTICLES, declares).lignes:
        article = catalogue[ligne.article]
        assert sum(p.quantite_base for p in ligne.composition) == ligne.quantite_base
        achete = article.en_base(ligne.quantite, ligne.conditionnement)
        complements = sum(p.complement_base for p in ligne.composition)
        assert ligne.quantite_base + complements + ligne.non_affecte_base == achete
        assert ligne.non_affecte_base >= 0


@given(besoins())
def test_a_complement_never_exceeds_the_tolerance_nor_fills_a_pack_nobody_asked(
    declares: list[Besoin],
) -> None:
    if not any(b.quantite for b in declares):
        return
    catalogue = {article.code: article for article in ARTICLES}
    tolerances = {b.id: catalogue[b.article].en_base(b.tolerance, b.unite) for b in declares}
    for ligne in consolider(LOTS, ARTICLES, declares).lignes:
        assert all(0 <= p.complement_base <= tolerances[p.besoin] for p in ligne.composition)
        un_de_moins = catalogue[ligne.article].en_base(ligne.quantite - 1, ligne.conditionnement)
        assert un_de_moins < ligne.quantite_base


def test_the_last_pack_is_filled_by_the_tolerances_pro_rata() -> None:
    declares = [
        besoin(DEP, "400", "enveloppe", "60", article=ENVELOPPES),
        besoin(VH, "10", "enveloppe", "120", article=ENVELOPPES),
    ]
    (ligne,) = consolider(LOTS, ARTICLES, declares).lignes
    assert ligne.quantite == 1
    assert {p.siret: p.complement_base for p in ligne.composition} == {DEP: 30, VH: 60}
    assert ligne.non_affecte_base == 0


def test_what_the_tolerances_cannot_fill_belongs_to_nobody() -> None:
    declares = [besoin(DEP, "400", "enveloppe", "60", article=ENVELOPPES)]
    (ligne,) = consolider(LOTS, ARTICLES, declares).lignes
    assert (ligne.quantite, ligne.non_affecte_base) == (1, 40)


def test_the_fingerprint_changes_with_any_input_and_not_with_its_writing() -> None:
    reference = consolider(LOTS, ARTICLES, BESOINS_PAPIER).empreinte
    reecrit = [besoin(DEP, "40.000", "palette"), *BESOINS_PAPIER[1:]]
    autre = [besoin(DEP, "41", "palette"), *BESOINS_PAPIER[1:]]
    assert consolider(LOTS, ARTICLES, reecrit).empreinte == reference
    assert consolider(LOTS, ARTICLES, autre).empreinte != reference
    assert reference.startswith("sha256:")


def test_costs_by_member_use_their_own_needs() -> None:
    resultat = consolider(LOTS, ARTICLES, BESOINS_PAPIER)
    couts = cout_par_membre(resultat, ARTICLES)
    assert couts[DEP] == Montant("18240.00")
    assert Montant.somme(couts.values()) == resultat.montant_ht


def test_an_unknown_article_or_lot_is_named() -> None:
    with pytest.raises(DomainError) as refus:
        consolider(LOTS, (ENVELOPPES,), BESOINS_PAPIER)
    assert refus.value.code == "article_inconnu"
    with pytest.raises(DomainError) as refus:
        consolider(LOTS[1:], ARTICLES, BESOINS_PAPIER)
    assert refus.value.code == "lot_inconnu"
