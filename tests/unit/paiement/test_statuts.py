"""The life cycle: only allowed steps, closed lists of reasons, messages that validate."""

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.facture import DETENTEURS, LIBELLES, SUITES, Etat, avancer
from services.paiement.domain.motifs import (
    CODES,
    LIBELLES_CODES,
    MOTIFS,
    choix,
    verifier_motif,
)
from services.paiement.domain.motifs import LIBELLES as MOTIFS_DITS
from shared.kernel.errors import ConflictError, ValidationError

# Rules §7, read backwards: from where each state may be reached.
PREDECESSEURS: dict[Etat, set[Etat]] = {
    Etat.DEPOSEE: set(),
    Etat.EN_COURS_ACHEMINEMENT: {Etat.DEPOSEE},
    Etat.MISE_A_DISPOSITION: {
        Etat.DEPOSEE,
        Etat.EN_COURS_ACHEMINEMENT,
        Etat.A_RECYCLER,
        Etat.COMPLETEE,
    },
    Etat.A_RECYCLER: {Etat.EN_COURS_ACHEMINEMENT, Etat.MISE_A_DISPOSITION},
    Etat.SUSPENDUE: {Etat.MISE_A_DISPOSITION, Etat.SERVICE_FAIT},
    Etat.COMPLETEE: {Etat.SUSPENDUE},
    Etat.SERVICE_FAIT: {Etat.MISE_A_DISPOSITION},
    Etat.MANDATEE: {Etat.MISE_A_DISPOSITION, Etat.SERVICE_FAIT},
    Etat.MISE_A_DISPOSITION_COMPTABLE: {Etat.MANDATEE},
    Etat.COMPTABILISEE: {Etat.MANDATEE, Etat.MISE_A_DISPOSITION_COMPTABLE},
    Etat.MISE_EN_PAIEMENT: {
        Etat.MANDATEE,
        Etat.MISE_A_DISPOSITION_COMPTABLE,
        Etat.COMPTABILISEE,
    },
    Etat.REJETEE: {Etat.EN_COURS_ACHEMINEMENT, Etat.MISE_A_DISPOSITION},
}


@given(st.lists(st.sampled_from(list(Etat)), max_size=60))
def test_H5_un_etat_n_est_atteint_que_depuis_ses_predecesseurs(voulus: list[Etat]) -> None:
    etat = Etat.DEPOSEE
    for voulu in voulus:
        if etat in PREDECESSEURS[voulu]:
            etat = avancer(etat, voulu)
            assert etat is voulu
        else:
            with pytest.raises(ConflictError) as refus:
                avancer(etat, voulu)
            assert refus.value.code == "transition_interdite"


def test_H5_tout_etat_se_nomme_a_un_detenteur_et_s_atteint_depuis_le_depot() -> None:
    atteints, frontiere = {Etat.DEPOSEE}, [Etat.DEPOSEE]
    while frontiere:
        nouveaux = SUITES[frontiere.pop()] - atteints
        atteints |= nouveaux
        frontiere += nouveaux
    assert atteints == set(Etat) == set(LIBELLES) == set(DETENTEURS) == set(SUITES)
    finaux = {etat for etat, suites in SUITES.items() if not suites}
    assert finaux == {Etat.MISE_EN_PAIEMENT, Etat.REJETEE}


def _schematron() -> str:
    chemin = files("pyfrctc") / "cdar-schematron" / "BR-FR-CDV-Schematron-CDAR.xslt"
    return chemin.read_text(encoding="utf-8")


@pytest.mark.parametrize("statut", sorted(MOTIFS))
def test_regles_7_les_motifs_sont_ceux_du_schematron(statut: int) -> None:
    fin = _schematron().index(f'name="id">BR-FR-CDV-CL-09_MDT-113_{statut}<')
    debut = _schematron().rindex("<xsl:when test=", 0, fin)
    assertion = _schematron()[debut : _schematron().index("/>", debut)]
    assert set(re.findall(r"\(\.\) = '([A-Z0-9_]+)'", assertion)) == MOTIFS[statut]


def test_regles_7_chaque_code_et_chaque_motif_se_disent_en_francais() -> None:
    assert set(CODES.values()) | set(MOTIFS) <= set(LIBELLES_CODES)
    assert set().union(*MOTIFS.values()) == set(MOTIFS_DITS)
    assert [code for code, _ in choix(208)][:2] == ["CODE_ROUTAGE_ERR", "COORD_BANC_ERR"]


def test_regles_7_un_motif_hors_liste_est_refuse_en_nommant_la_liste() -> None:
    assert verifier_motif(208, "JUSTIF_ABS") == "JUSTIF_ABS"
    with pytest.raises(ValidationError, match="Suspendue") as refus:
        verifier_motif(208, "DOUBLON")
    assert "JUSTIF_ABS" in refus.value.champs["code"]
