import datetime as dt

import pytest

from services.groupement.domain.seuils import Cadre, verifier
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, ParametreManquant, Parametres

PARAMETRES = Parametres.depuis_yaml()


def cadre(jour: dt.date, nature: Nature = Nature.SERVICES) -> Cadre:
    return Cadre(PARAMETRES, jour, ClasseAcheteur.COLLECTIVITE, nature)


def test_rules_2_three_members_cross_together_a_threshold_that_none_crosses() -> None:
    membres = {"a": Montant(30_000), "b": Montant(25_000), "c": Montant(8_000)}
    lu = verifier(cadre(dt.date(2026, 5, 1)), {1: Montant(63_000)}, membres)
    assert lu.groupe.procedure == "MAPA"
    assert {p.procedure for p in lu.membres.values()} == {"SANS_PUBLICITE"}
    assert "aucun membre seul" in lu.phrase
    assert "60\u202f000" in lu.phrase


def test_the_sum_of_lots_decides_though_no_lot_reaches_the_threshold() -> None:
    lots = {1: Montant(47_880), 2: Montant(18_000)}
    membres = {"dep": Montant("25097.14"), "autres": Montant("40782.86")}
    lu = verifier(cadre(dt.date(2026, 4, 1), Nature.FOURNITURES), lots, membres)
    assert lu.groupe.procedure == "MAPA"
    assert "aucun membre seul et aucun lot seul" in lu.phrase


def test_a_single_large_member_needs_no_such_explanation() -> None:
    membres = {"a": Montant(200_000), "b": Montant(1_000)}
    lu = verifier(cadre(dt.date(2026, 5, 1)), {1: Montant(201_000)}, membres)
    assert lu.groupe.publicite == "BOAMP_OU_JAL"
    assert "effet du groupement" not in lu.phrase


def test_no_row_for_the_date_is_an_error_that_names_the_parameter() -> None:
    with pytest.raises(ParametreManquant, match="seuil_"):
        verifier(cadre(dt.date(2001, 1, 1)), {1: Montant(1)}, {})
