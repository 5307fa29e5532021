import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.cao import Membre, RegleCao, competente, phrase_des_seuils
from services.groupement.domain.clauses import ChoixCao
from services.groupement.domain.formes import LOCALES, FormeJuridique, a_une_cao, forme_de
from shared.kernel.parametres import ClasseAcheteur, Parametres

PARAMETRES = Parametres.depuis_yaml()


def membre(nom: str, forme: FormeJuridique) -> Membre:
    return Membre(nom.lower(), nom, forme, a_une_cao(forme))


DEP = membre("Département", FormeJuridique.DEPARTEMENT)
SDIS = membre("SDIS", FormeJuridique.SDIS)
SDEA = membre("SDEA", FormeJuridique.SYNDICAT_MIXTE)
VIVARAIS = membre("Vivarais Habitat", FormeJuridique.OPH)
AUTRE_OPH = membre("Autre office", FormeJuridique.OPH)
ASSOCIATION = membre("Association", FormeJuridique.PRIVE)


def test_regles_2_cao_three_of_four_are_local_bodies() -> None:
    commission = competente([DEP, SDIS, SDEA, VIVARAIS], "département", ChoixCao.GROUPEMENT)
    assert commission.regle is RegleCao.I
    assert "3 sur 4" in commission.explication
    sieges = [phrase for phrase in commission.composition if "représentant élu" in phrase]
    assert len(sieges) == 4
    assert any("Département, la préside" in phrase for phrase in commission.composition)


def test_regles_2_cao_the_convention_may_designate_the_coordinator_s() -> None:
    commission = competente([DEP, SDIS, SDEA, VIVARAIS], "département", ChoixCao.COORDONNATEUR)
    assert commission.regle is RegleCao.II
    assert "Sans cette clause, le I de l’article s’appliquerait" in commission.explication
    assert "cinq membres élus" in commission.composition[0]


def test_regles_2_cao_a_majority_of_offices_is_ruled_by_decree() -> None:
    commission = competente([DEP, VIVARAIS, AUTRE_OPH], "département", ChoixCao.GROUPEMENT)
    assert commission.regle is RegleCao.I_BIS
    assert "2 sur 3 des offices" in commission.explication


def test_cao_half_is_not_a_majority() -> None:
    commission = competente([DEP, VIVARAIS], "département", ChoixCao.GROUPEMENT)
    assert commission.regle is RegleCao.AUCUNE


def test_cao_a_member_without_a_board_designates_its_representative() -> None:
    commission = competente([DEP, SDIS, ASSOCIATION], "département", ChoixCao.GROUPEMENT)
    (siege,) = (p for p in commission.composition if p.startswith("Association"))
    assert "ses propres règles" in siege


def test_cao_a_small_commune_elects_three() -> None:
    commune = membre("Commune", FormeJuridique.COMMUNE)
    (propre, *_) = competente([commune, SDIS], "commune", ChoixCao.COORDONNATEUR).composition
    assert "le maire" in propre
    assert "3\u00a0500 habitants" in propre


def test_cao_awards_from_the_dated_european_threshold() -> None:
    phrase = phrase_des_seuils(PARAMETRES, dt.date(2026, 3, 2), ClasseAcheteur.COLLECTIVITE)
    assert "216\u202f000" in phrase
    assert "5\u202f404\u202f000" in phrase
    avant = phrase_des_seuils(PARAMETRES, dt.date(2025, 12, 31), ClasseAcheteur.COLLECTIVITE)
    assert "221\u202f000" in avant


def test_a_class_tells_a_kind_when_nothing_else_does() -> None:
    assert forme_de(ClasseAcheteur.OPH) is FormeJuridique.OPH
    assert forme_de(ClasseAcheteur.COLLECTIVITE) in LOCALES
    assert not a_une_cao(FormeJuridique.PRIVE)


@given(st.permutations([DEP, SDIS, SDEA, VIVARAIS, AUTRE_OPH, ASSOCIATION]))
def test_the_rule_does_not_depend_on_the_order_of_the_members(membres: list[Membre]) -> None:
    assert competente(membres, "département", ChoixCao.GROUPEMENT).regle is RegleCao.AUCUNE
