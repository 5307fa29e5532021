"""M1: what if, beside what is."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.comparaison import Simulation, simuler
from services.groupement.domain.consolidation import Besoin, consolider, cout_par_membre, mesurer
from services.groupement.domain.hypotheses import (
    AjouterMembre,
    BesoinPrevu,
    ChangerConditionnement,
    ChangerQuantite,
    Entrees,
    Hypothese,
    RegrouperLots,
    RetirerMembre,
    SeparerParLieu,
)
from services.groupement.domain.seuils import Cadre
from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres
from tests.unit.groupement.monde import (
    AUB,
    BESOINS_PAPIER,
    DEP,
    ENVELOPPES,
    LOTS,
    PAPIER,
    SDEA,
    SDIS,
    VH,
    besoin,
)
from tests.unit.groupement.test_consolidation import ARTICLES, besoins

CADRE = Cadre(
    Parametres.depuis_yaml(),
    dt.date(2026, 3, 2),
    ClasseAcheteur.COLLECTIVITE,
    Nature.FOURNITURES,
)
CATALOGUE = {article.code: article for article in ARTICLES}
COLLEGE = "college"


def entrees(declares: list[Besoin] | tuple[Besoin, ...] = BESOINS_PAPIER) -> Entrees:
    return Entrees(LOTS, CATALOGUE, mesurer(declares, CATALOGUE), {})


def supposer(
    *hypotheses: Hypothese, declares: list[Besoin] | tuple[Besoin, ...] = BESOINS_PAPIER
) -> Simulation:
    return simuler(CADRE, entrees(declares), hypotheses)


def prevu(quantite: str, unite: str = "palette", lieu: str = "Privas") -> BesoinPrevu:
    return BesoinPrevu(PAPIER.code, lieu, Decimal(quantite), unite)


def test_M1_without_the_SDIS_the_group_falls_below_the_threshold() -> None:
    simulation = supposer(RetirerMembre(SDIS))
    assert simulation.apres.consolidation.montant_ht == Montant("34200.00")
    assert simulation.avant.verification.groupe.procedure == "MAPA"
    assert simulation.apres.verification.groupe.procedure == "SANS_PUBLICITE"
    assert "La procédure change" in simulation.phrase
    assert "47\u202f880,00\u00a0€" in simulation.phrase
    ecarts = {m.siret: m.ecart for m in simulation.membres}
    assert ecarts.pop(SDIS) == Montant("-13680.00")
    assert set(ecarts.values()) == {Montant.zero()}
    assert len(simulation.besoins) == 5


def test_M1_the_colleges_join() -> None:
    simulation = supposer(AjouterMembre(COLLEGE, (prevu("3"), prevu("2", lieu="Tournon"))))
    (nouveau,) = [m for m in simulation.membres if m.siret == COLLEGE]
    assert (nouveau.avant, nouveau.apres) == (Montant.zero(), Montant("2280.00"))
    assert [(p.lieu, p.apres) for p in nouveau.parts] == [("Privas", 180000), ("Tournon", 120000)]
    lieux = {ligne.apres and ligne.apres.lieu: ligne for ligne in simulation.lignes}
    assert lieux["Tournon"].avant is None


def test_M1_one_lot_per_place_moves_lines_not_quantities() -> None:
    declares = [*BESOINS_PAPIER, besoin(DEP, "2", "palette", lieu="Tournon")]
    simulation = supposer(SeparerParLieu(), declares=declares)
    lots = [(lot.numero, lot.objet) for lot in simulation.apres.consolidation.lots]
    assert lots == [(1, "Papier A4 80 g – Privas"), (2, "Papier A4 80 g – Tournon")]
    assert simulation.ecart == Montant.zero()
    assert all(not m.parts for m in simulation.membres)
    assert simulation.apres.consolidation.empreinte != simulation.avant.consolidation.empreinte


def test_M1_another_pack_changes_what_belongs_to_nobody() -> None:
    declares = [besoin(DEP, "61000", "feuille")]
    avant = supposer(ChangerConditionnement(PAPIER.code, "cartons"), declares=declares)
    (ligne,) = avant.lignes
    assert ligne.avant is not None
    assert ligne.apres is not None
    assert (ligne.avant.quantite, ligne.avant.non_affecte_base) == (2, 59000)
    assert (ligne.apres.quantite, ligne.apres.non_affecte_base) == (25, 1500)
    assert ligne.apres.conditionnement == "carton"


def test_M1_another_quantity_replaces_and_keeps_the_need_it_replaces() -> None:
    simulation = supposer(ChangerQuantite(SDIS, prevu("10")))
    assert simulation.apres.consolidation.lignes[0].quantite == 85
    assert "sdis-PAPIER-A4-80-Privas" in simulation.besoins
    assert supposer(ChangerQuantite(SDIS, prevu("0"))).apres.couts.keys() == {DEP, SDEA, VH, AUB}


def test_M1_lots_put_together() -> None:
    declares = [*BESOINS_PAPIER, besoin(DEP, "9", "boîte", article=ENVELOPPES)]
    simulation = supposer(RegrouperLots((1, 2)), declares=declares)
    (lot,) = simulation.apres.consolidation.lots
    assert (lot.numero, lot.objet) == (1, "Papier A4 80 g et Enveloppes")
    assert lot.montant_ht == simulation.avant.consolidation.montant_ht


@pytest.mark.parametrize(
    ("hypothese", "code"),
    [
        (RetirerMembre("inconnu"), "hypothese_membre_absent"),
        (AjouterMembre(DEP, (prevu("1"),)), "hypothese_membre_present"),
        (RegrouperLots((1, 9)), "hypothese_lots_invalides"),
        (ChangerConditionnement("X", "carton"), "hypothese_article_inconnu"),
        (ChangerConditionnement(PAPIER.code, "litre"), "unite_incompatible"),
        (ChangerQuantite(DEP, prevu("1", "litre")), "unite_incompatible"),
    ],
)
def test_a_hypothesis_that_means_nothing_is_refused_by_name(
    hypothese: Hypothese, code: str
) -> None:
    with pytest.raises(DomainError) as refus:
        supposer(hypothese)
    assert refus.value.code == code


def test_nobody_left_is_said() -> None:
    with pytest.raises(DomainError) as refus:
        supposer(*(RetirerMembre(b.siret) for b in BESOINS_PAPIER))
    assert refus.value.code == "aucun_besoin"


@given(besoins(), st.randoms(use_true_random=False))
def test_I2_a_what_if_equals_the_consolidation_of_the_supposed_needs(
    declares: list[Besoin], hasard: random.Random
) -> None:
    """The incremental answer is the full computation on the other inputs, to the fingerprint."""
    fermes = [b for b in declares if b.quantite]
    membres = sorted({b.siret for b in fermes})
    if len(membres) < 2:
        return
    parti = hasard.choice(membres)
    simulation = supposer(RetirerMembre(parti), declares=declares)
    restants = [b for b in declares if b.siret != parti]
    hasard.shuffle(restants)
    plein = consolider(LOTS, ARTICLES, restants)
    obtenu = simulation.apres.consolidation
    assert obtenu.empreinte == plein.empreinte
    assert obtenu.lignes == tuple(replace(ligne, composition=()) for ligne in plein.lignes)
    assert simulation.apres.couts == cout_par_membre(plein, ARTICLES)
    assert simulation.avant.couts == cout_par_membre(consolider(LOTS, ARTICLES, declares), ARTICLES)


@given(besoins())
def test_leaving_and_coming_back_changes_nothing(declares: list[Besoin]) -> None:
    fermes = [b for b in declares if b.quantite]
    if len({b.siret for b in fermes}) < 2:
        return
    revient = fermes[0].siret
    siens = tuple(
        BesoinPrevu(b.article, b.lieu, b.quantite, b.unite, b.tolerance)
        for b in declares
        if b.siret == revient
    )
    simulation = supposer(RetirerMembre(revient), AjouterMembre(revient, siens), declares=declares)
    assert simulation.apres.couts == simulation.avant.couts
    assert simulation.apres.consolidation.empreinte == simulation.avant.consolidation.empreinte
    assert simulation.lignes == ()
