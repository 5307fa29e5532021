"""C1: a purchase to come is considered, confirmed, launched or given up."""

import itertools

import pytest

from services.publication.domain.programme import (
    LIBELLES,
    EtatProgramme,
    passer,
    verifier_replanifiable,
)
from shared.kernel.errors import ConflictError

E = EtatProgramme
PERMIS = {
    (E.ENVISAGEE, E.CONFIRMEE),
    (E.ENVISAGEE, E.LANCEE),
    (E.ENVISAGEE, E.ABANDONNEE),
    (E.CONFIRMEE, E.LANCEE),
    (E.CONFIRMEE, E.ABANDONNEE),
    (E.LANCEE, E.ABANDONNEE),
}


@pytest.mark.parametrize(("depuis", "vers"), list(itertools.product(E, E)))
def test_C1_states_follow_one_another_and_never_come_back(
    depuis: EtatProgramme, vers: EtatProgramme
) -> None:
    if (depuis, vers) in PERMIS:
        assert passer(depuis, vers) is vers
        return
    with pytest.raises(ConflictError) as refus:
        passer(depuis, vers)
    assert LIBELLES[depuis].lower() in refus.value.message


@pytest.mark.parametrize("etat", E)
def test_only_a_purchase_to_come_changes_its_date(etat: EtatProgramme) -> None:
    if etat in (E.ENVISAGEE, E.CONFIRMEE):
        verifier_replanifiable(etat)
        return
    with pytest.raises(ConflictError):
        verifier_replanifiable(etat)
