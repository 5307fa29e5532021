"""Roles of a programme, life of a card, and the card number that nobody may keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import numero_carte, programme
from services.paiement.domain.programme import EtatCarte, Personne, Role
from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError

CHEF = Personne("chef", frozenset({"finances"}))
AGENT = Personne("agent", frozenset({"porteur"}))
PAN = "4970100000000055"


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.PORTEUR])
def test_regles_8_C13_un_porteur_ne_joue_aucun_autre_role(role: Role) -> None:
    programme.exiger(role, CHEF, ())
    with pytest.raises(ForbiddenError):
        programme.exiger(role, AGENT, ())
    with pytest.raises(ForbiddenError):
        programme.exiger(role, AGENT, {"agent"})


def test_regles_8_C13_seul_le_designe_agit() -> None:
    programme.exiger(Role.APPROBATEUR, CHEF, {"chef", "autre"})
    with pytest.raises(ForbiddenError) as refus:
        programme.exiger(Role.APPROBATEUR, CHEF, {"autre"})
    assert refus.value.code == "role_carte"


def test_regles_8_l_ordonnateur_n_est_pas_le_comptable() -> None:
    for role, autre in ((Role.ORDONNATEUR, Role.COMPTABLE), (Role.COMPTABLE, Role.ORDONNATEUR)):
        programme.verifier_cumul(role, {role, Role.APPROBATEUR})
        with pytest.raises(ValidationError):
            programme.verifier_cumul(role, {autre})


def test_regles_8_personne_n_approuve_son_achat() -> None:
    programme.verifier_approbateur("chef", {"agent"})
    with pytest.raises(ForbiddenError):
        programme.verifier_approbateur("agent", {"agent"})


def test_une_opposition_est_definitive() -> None:
    for vers in EtatCarte:
        with pytest.raises(ConflictError):
            programme.changer(EtatCarte.OPPOSEE, vers, "Perdue")


@pytest.mark.parametrize("vers", [EtatCarte.SUSPENDUE, EtatCarte.OPPOSEE])
def test_retirer_un_droit_demande_un_motif(vers: EtatCarte) -> None:
    assert programme.changer(EtatCarte.ACTIVE, vers, "Vol") is vers
    with pytest.raises(ValidationError):
        programme.changer(EtatCarte.ACTIVE, vers, " ")


@pytest.mark.parametrize(
    "texte", [PAN, "4970 1000 0000 0055", f"carte {PAN}, merci", PAN[:4] + "-1000-0000-0055"]
)
def test_un_numero_complet_est_refuse(texte: str) -> None:
    assert numero_carte.contient_un_numero(texte)
    with pytest.raises(ValidationError) as refus:
        numero_carte.refuser(motif=texte, autre="rien")
    assert set(refus.value.champs) == {"motif"}
    assert PAN[-8:] not in str(refus.value.champs)


@pytest.mark.parametrize(
    "texte", ["91070001200016", "4970100000000056", "123456789012", "", "9" * 25]
)
def test_un_siret_ou_une_cle_fausse_n_est_pas_un_numero(texte: str) -> None:
    assert not numero_carte.contient_un_numero(texte)
    assert numero_carte.masquer(texte) == texte


@given(
    debut=st.text(alphabet="abc :;é", max_size=5),
    chiffres=st.text("0123456789", min_size=12, max_size=18),
)
def test_masquer_ne_laisse_jamais_un_numero(debut: str, chiffres: str) -> None:
    for cle in "0123456789":
        masque = numero_carte.masquer(f"{debut}{chiffres}{cle}.")
        assert not numero_carte.contient_un_numero(masque)
        assert masque.endswith(f"{chiffres[-3:]}{cle}.")


def test_les_derniers_chiffres_se_lisent_masques_ou_non() -> None:
    for texte in ("4242", "•••• 4242", "497010******4242", "4970 1000 0000 4242"):
        assert numero_carte.derniers_chiffres(texte) == "4242"
    assert numero_carte.derniers_chiffres("XX42") is None
