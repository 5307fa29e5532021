"""Documents that a supplier sends: known by their bytes, named without a path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.facture import Etat
from services.paiement.domain.pieces import (
    NOMBRE_MAX,
    TAILLE_MAX,
    nom_propre,
    verifier_piece,
)
from shared.kernel.errors import ConflictError, ValidationError

PDF = b"%PDF-1.7 rien"


def test_8_le_genre_se_lit_dans_les_octets() -> None:
    assert verifier_piece(PDF, Etat.SUSPENDUE, 0) == "application/pdf"
    assert verifier_piece(b"\xff\xd8\xff\xe0", Etat.SUSPENDUE, 0) == "image/jpeg"


@pytest.mark.parametrize("octets", [b"", b"MZ\x90", b"<svg/>", PDF + b"0" * TAILLE_MAX])
def test_8_une_piece_illisible_ou_trop_lourde_est_refusee(octets: bytes) -> None:
    with pytest.raises(ValidationError) as refus:
        verifier_piece(octets, Etat.SUSPENDUE, 0)
    assert "fichier" in refus.value.champs


@pytest.mark.parametrize("etat", [etat for etat in Etat if etat is not Etat.SUSPENDUE])
def test_8_aucune_piece_hors_d_une_demande(etat: Etat) -> None:
    with pytest.raises(ConflictError):
        verifier_piece(PDF, etat, 0)


def test_8_le_nombre_de_pieces_est_borne() -> None:
    with pytest.raises(ConflictError):
        verifier_piece(PDF, Etat.SUSPENDUE, NOMBRE_MAX)


@given(st.text(max_size=300))
def test_8_un_nom_n_a_ni_dossier_ni_controle(nom: str) -> None:
    propre = nom_propre(nom, "application/pdf")
    assert propre.endswith(".pdf")
    assert propre.isprintable()
    assert not set(propre) & set('/\\"<>')
