"""The forward programme: purchases to come, announced without commitment (C1, C3)."""

from collections.abc import Mapping
from enum import StrEnum

from shared.kernel.errors import ConflictError


class EtatProgramme(StrEnum):
    """How sure a purchase to come is; values are those of the published event."""

    ENVISAGEE = "ENVISAGEE"
    CONFIRMEE = "CONFIRMEE"
    LANCEE = "LANCEE"
    ABANDONNEE = "ABANDONNEE"


LIBELLES: Mapping[EtatProgramme, str] = {
    EtatProgramme.ENVISAGEE: "Envisagée",
    EtatProgramme.CONFIRMEE: "Confirmée",
    EtatProgramme.LANCEE: "Lancée",
    EtatProgramme.ABANDONNEE: "Abandonnée",
}

_SUITES: Mapping[EtatProgramme, frozenset[EtatProgramme]] = {
    EtatProgramme.ENVISAGEE: frozenset(
        {EtatProgramme.CONFIRMEE, EtatProgramme.LANCEE, EtatProgramme.ABANDONNEE}
    ),
    EtatProgramme.CONFIRMEE: frozenset({EtatProgramme.LANCEE, EtatProgramme.ABANDONNEE}),
    EtatProgramme.LANCEE: frozenset({EtatProgramme.ABANDONNEE}),
    EtatProgramme.ABANDONNEE: frozenset(),
}
A_VENIR = frozenset({EtatProgramme.ENVISAGEE, EtatProgramme.CONFIRMEE})


def passer(actuel: EtatProgramme, voulu: EtatProgramme) -> EtatProgramme:
    """Return the new state, or refuse: a purchase given up or launched never comes back."""
    if voulu not in _SUITES[actuel]:
        raise ConflictError(
            f"Un achat «\u00a0{LIBELLES[actuel].lower()}\u00a0» ne peut pas devenir "
            f"«\u00a0{LIBELLES[voulu].lower()}\u00a0».",
            code="etat_programme",
            etat=actuel,
            voulu=voulu,
        )
    return voulu


def verifier_replanifiable(actuel: EtatProgramme) -> None:
    """A date moves only while the purchase is still to come."""
    if actuel not in A_VENIR:
        raise ConflictError(
            f"La date d’un achat «\u00a0{LIBELLES[actuel].lower()}\u00a0» ne change plus.",
            code="etat_programme",
            etat=actuel,
        )
