"""What the database sums gives what the needs themselves give: the kernel is the oracle."""

import random

from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.consolidation import Besoin, consolider, cout_par_membre, mesurer
from services.groupement.domain.mesures import cumuler, ecrire, trace
from services.groupement.domain.releve import Releve, Somme
from tests.unit.groupement.monde import LOTS
from tests.unit.groupement.test_consolidation import ARTICLES, besoins

CATALOGUE = {article.code: article for article in ARTICLES}


def sommes(declares: list[Besoin]) -> list[Somme]:
    return [
        Somme(
            article,
            lieu,
            cumuler(mesures),
            trace(map(ecrire, mesures)),
            [mesure for mesure in mesures if mesure.tolerance],
        )
        for (article, lieu), mesures in mesurer(declares, CATALOGUE).items()
    ]


@given(besoins(), st.randoms(use_true_random=False))
def test_I2_sums_in_any_order_give_the_lines_the_costs_and_the_fingerprint_of_the_needs(
    declares: list[Besoin], hasard: random.Random
) -> None:
    lues = sommes(declares)
    if not lues:
        return
    hasard.shuffle(lues)
    releve = Releve(CATALOGUE, {})
    for somme in lues:
        releve.noter(somme)
    attendu = consolider(LOTS, ARTICLES, declares)
    obtenu = releve.consolider(LOTS)
    assert (obtenu.empreinte, obtenu.montant_ht) == (attendu.empreinte, attendu.montant_ht)
    assert [ligne.quantite for ligne in obtenu.lignes] == [x.quantite for x in attendu.lignes]
    fermes = {
        part.siret: sum(
            CATALOGUE[ligne.article].cout(p.quantite_base)
            for ligne in attendu.lignes
            for p in ligne.composition
            if p.siret == part.siret
        )
        for ligne in attendu.lignes
        for part in ligne.composition
    }
    assert releve.couts(fermes) == cout_par_membre(attendu, ARTICLES)
